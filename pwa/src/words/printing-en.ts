/** The words about labels that are printed, in English; the same rules hold for them as for `en.ts`. */
export const printingEn = {
  printAt: (printer: string) => `Print at ${printer}`,
  title: "Labels to be looked at",
  file: "the file",
  count: (count: number) => (count === 1 ? "1 label" : `${count} labels`),
  states: {
    waiting: (to: string) => `Waits. Goes to ${to} when this phone is connected and its scans are sent.`,
    with_server: (to: string) => `On its way to ${to}.`,
    sent: (to: string) => `Sent to ${to}, not confirmed. Look at the labels, then say what came out.`,
    not_out: (to: string) => `Nothing came out of ${to}.`,
    spoiled: () => "Noted: these labels are spoiled. Destroy them, then print new ones.",
    unsure: (to: string) => `The server was restored. These labels may have come out of ${to}. Look before you print.`,
    needs_reason: () => "These labels were printed before. Why once more?",
    refused: () => "This cannot be printed.",
  },
  fileGiven: "The labels are in the file. Print it, look at the labels, then say what came out.",
  cameOut: "They are good",
  spoiled: "They are spoiled",
  nothingCame: "Nothing came out",
  again: "Print again",
  sendAgain: "Send it again",
  notWanted: "Not wanted any more",
  reasons: {
    damaged: "The label is damaged",
    lost: "The label is lost",
    nothing: "Nothing came out",
    spoiled: "The labels came out spoiled",
    second: "A second label is needed",
  },
};

export type PrintingWords = typeof printingEn;
