/** Have labels printed from the desk: at a printer of the site, or as a file; a second time only with a reason. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Printable } from "../device/office";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { Field, Select } from "../ui/parts";
import { randomId } from "../ui/random-id";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { download } from "./download";
import { wordOptions } from "./lists";
import { PrintForm } from "./print-form";
import { useLoaded } from "./use-list";
import { AS_FILE, WhereToPrint } from "./where-to-print";

const ROLL = "100x150";
/** The label that a unit or a lot has anyway. */
const USUAL = "usual";
const STICKER = "status";

/** Choose where, then print. */
export function PrintLabels({ what, name }: { what: Printable; name: string }): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const stocks = useLoaded(() => office.labelStocks());
  const where = useSignal(AS_FILE);
  const stock = useSignal(ROLL);
  const kind = useSignal(USUAL);
  const report = useSignal("");
  const place = useSignal("1");
  const reason = useSignal("");
  const needsReason = useSignal(false);
  // One id for one wish: a call whose answer was lost asks for the same job again.
  const wish = useSignal(randomId());
  const perSheet = (stocks.value ?? []).find((one) => one.stock === stock.value)?.per_sheet ?? null;
  const print = async (): Promise<string> => {
    const printer = where.value === AS_FILE ? null : where.value;
    const onStock = { stock: stock.value, first_position: perSheet === null ? 1 : Number(place.value) || 1 };
    const asked = kind.value === USUAL ? what : { ...what, kind: kind.value, stated: statedOf(kind.value, report.value) };
    const { job } = await office.print(wish.value, asked, printer ?? onStock, reason.value.trim()).catch(askWhy);
    if (printer === null) download(await office.printedFile(job), words.labels.fileName(name));
    wish.value = randomId();
    reason.value = "";
    needsReason.value = false;
    return printer === null ? text.fileMade : text.queued(printer);
  };
  // A label that was printed before is printed again for a reason, which is asked for then.
  const askWhy = (error: unknown): never => {
    needsReason.value ||= error instanceof Problem && error.code === "reprint_needs_reason";
    throw error;
  };
  const isFile = where.value === AS_FILE;
  return (
    <PrintForm button={isFile ? deskWords.stock.labels : text.print} onPrint={print}>
      <Select
        label={text.labelKind}
        value={kind.value}
        options={wordOptions("units" in what ? text.unitKinds : text.lotKinds)}
        onInput={(chosen) => (kind.value = chosen)}
      />
      {kind.value === STICKER && (
        <Field label={text.report} value={report.value} onInput={(given) => (report.value = given)} />
      )}
      <WhereToPrint
        where={where}
        stock={stock}
        labels={{ where: text.where, stock: text.stock }}
        stocks={stocks.value ?? []}
      />
      {isFile && perSheet !== null && (
        <Field
          label={text.firstPlace}
          hint={text.firstPlaceHint(perSheet)}
          value={place.value}
          onInput={(given) => (place.value = given)}
        />
      )}
      {needsReason.value && (
        <Field label={text.reason} value={reason.value} onInput={(given) => (reason.value = given)} />
      )}
    </PrintForm>
  );
}

function statedOf(kind: string, report: string): { report_number?: string } {
  return kind === STICKER && report.trim() !== "" ? { report_number: report.trim() } : {};
}
