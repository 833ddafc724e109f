/** Labels: printed at a printer of the site, without a network when it is back; or as a PDF to open or share. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../device/phone";
import type { Printer } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { problemSentence } from "../ui/reasons";
import { printingWords } from "../words/printing-words";
import { randomId } from "../ui/random-id";
import { words } from "../words/words";
import { PrintWishCard, Reasons } from "./print-wish";

type Sheet =
  | { at: "none" | "working" | "again" }
  | { at: "ready"; file: File; url: string }
  | { at: "later"; line: string };

interface LabelsProps {
  units: string[];
  lot: string;
  look?: "primary" | "plain";
  /** What is wanted of printers stands elsewhere on the screen. */
  isListed?: boolean;
}

/** Print the labels of these units, or make a file of them. */
export function Labels({ units, lot, look = "plain", isListed = false }: LabelsProps): JSX.Element {
  const { phone } = useApp();
  const refused = useSignal<string | null>(null);
  useEffect(() => void phone.findPrinters(), [phone]);
  const printers = phone.printers.value;
  const all = units.join();
  const wishes = phone.printWishes.value.filter((wish) => wish.units.join() === all);
  const print = async (printer: Printer): Promise<void> => {
    try {
      await phone.print(printer, units);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused.value = problemSentence(error);
    }
  };
  return (
    <>
      {!isListed && wishes.map((wish) => <PrintWishCard key={wish.job} wish={wish} />)}
      {refused.value !== null && <Notice line={refused.value} />}
      {wishes.length === 0 &&
        printers.map((printer) => (
          <Button key={printer.printer} look={look} icon="label" onPress={() => void print(printer)}>
            {printingWords.printAt(printer.name)}
          </Button>
        ))}
      <AsFile units={units} lot={lot} look={printers.length > 0 ? "plain" : look} />
    </>
  );
}

function AsFile({ units, lot, look }: { units: string[]; lot: string; look: "primary" | "plain" }): JSX.Element {
  const { phone } = useApp();
  const sheet = useSignal<Sheet>({ at: "none" });
  // One id for one wish: a call whose answer was lost asks for the same labels again, not for more of them.
  const job = useSignal(randomId());
  useEffect(
    () => () => {
      if (sheet.value.at === "ready") URL.revokeObjectURL(sheet.value.url);
    },
    [sheet],
  );
  const make = async (reason = ""): Promise<void> => {
    sheet.value = { at: "working" };
    try {
      const pdf = await phone.labels(job.value, units, reason);
      const file = new File([pdf], words.labels.fileName(lot), { type: "application/pdf" });
      job.value = randomId();
      sheet.value = { at: "ready", file, url: URL.createObjectURL(file) };
    } catch (error) {
      if (!(error instanceof Problem)) reportError(error);
      const isAgain = error instanceof Problem && error.code === "reprint_needs_reason";
      sheet.value = isAgain
        ? { at: "again" }
        : { at: "later", line: reasonOf(error, phone.connection.value.state) };
    }
  };
  const { value } = sheet;
  if (value.at === "ready") return <Ready file={value.file} url={value.url} />;
  if (value.at === "again") {
    return (
      <>
        <Notice line={printingWords.states.needs_reason()} />
        <Reasons onReason={(reason) => void make(reason)} />
      </>
    );
  }
  return (
    <>
      {value.at === "later" && <Notice line={value.line} />}
      <Button look={look} icon="label" isDisabled={value.at === "working"} onPress={() => void make()}>
        {value.at === "working" ? words.labels.working : words.labels.button}
      </Button>
    </>
  );
}

function Notice({ line }: { line: string }): JSX.Element {
  return (
    <p class="notice" role="status">
      <Icon name="label" />
      <span>{line}</span>
    </p>
  );
}

function reasonOf(error: unknown, connection: string): string {
  if (!(error instanceof Problem) || connection === "offline") return words.labels.later;
  return error.code === "unknown_unit" ? words.labels.sendFirst : problemSentence(error);
}

function Ready({ file, url }: { file: File; url: string }): JSX.Element {
  const canShare = "canShare" in navigator && navigator.canShare({ files: [file] });
  return (
    <>
      <a class="button primary" href={url} download={file.name}>
        <Icon name="label" />
        <span>{words.labels.open}</span>
      </a>
      {canShare && (
        <Button icon="share" onPress={() => void navigator.share({ files: [file], title: file.name }).catch(() => {})}>
          {words.labels.share}
        </Button>
      )}
    </>
  );
}
