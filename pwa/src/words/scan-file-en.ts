/** The words about scans and reports that are carried as a file, in English; the same rules hold for them as for `en.ts`. */
export const scanFileEn = {
  save: "Save unsent scans as a file",
  line: "No network for days? Give the file to the office, by cable, card or mail. The scans stay on this phone too.",
  ready: (count: number) => `${count === 1 ? "1 scan" : `${count} scans`} in the file. The office hands it in at the desk.`,
  open: "Save the file",
  share: "Share the file",
  fileName: (phone: string, day: string) => `scans-${phone.replace(/[^A-Za-z0-9]+/g, "-")}-${day}.json`,
  title: "Scans in a file",
  take: "Hand in a file of scans",
  report: "Report a problem",
  reportLine:
    "The report says how this phone is: app, network, room, what became of the last scans. It has no names, quantities or labels in it. Give it to the office.",
  reportName: (phone: string, day: string) => `report-${phone}-${day}.json`,
  taken: (phone: string, taken: number, known: number) => `${phone}: ${taken} scans taken, ${known} known already.`,
};

export type ScanFileWords = typeof scanFileEn;
