/** Have labels printed from the desk: at a printer of the site, or as a file; a second time only with a reason. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Printable } from "../device/office";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Field, Select } from "../ui/parts";
import { words } from "../words/words";
import { download } from "./download";
import { wordOptions } from "./lists";
import { OutcomeLine, type Outcome } from "./outcome";
import { sentenceOf, useLoaded } from "./use-list";
import { AS_FILE, WhereToPrint } from "./where-to-print";
import { newWish } from "./wish";

const ROLL = "100x150";
/** The label that a unit or a lot has anyway. */
const USUAL = "usual";
const STICKER = "status";

/** Choose where, then print. */
export function PrintLabels({ what, name }: { what: Printable; name: string }): JSX.Element {
  const { office } = useApp();
  const text = words.desk.printing;
  const stocks = useLoaded(() => office.labelStocks());
  const where = useSignal(AS_FILE);
  const stock = useSignal(ROLL);
  const kind = useSignal(USUAL);
  const report = useSignal("");
  const place = useSignal("1");
  const reason = useSignal("");
  const needsReason = useSignal(false);
  const outcome = useSignal<Outcome>({ is: "none" });
  // One id for one wish: a call whose answer was lost asks for the same job again.
  const wish = useSignal(newWish());
  const perSheet = (stocks.value ?? []).find((one) => one.stock === stock.value)?.per_sheet ?? null;
  const print = async (): Promise<void> => {
    outcome.value = { is: "working" };
    const printer = where.value === AS_FILE ? null : where.value;
    const onStock = { stock: stock.value, first_position: perSheet === null ? 1 : Number(place.value) || 1 };
    try {
      const asked = kind.value === USUAL ? what : { ...what, kind: kind.value, stated: statedOf(kind.value, report.value) };
      const { job } = await office.print(wish.value, asked, printer ?? onStock, reason.value.trim());
      if (printer === null) download(await office.printedFile(job), words.labels.fileName(name));
      outcome.value = { is: "done", line: printer === null ? text.fileMade : text.queued(printer) };
      wish.value = newWish();
      reason.value = "";
      needsReason.value = false;
    } catch (error) {
      needsReason.value ||= error instanceof Problem && error.code === "reprint_needs_reason";
      outcome.value = { is: "refused", line: sentenceOf(error) };
    }
  };
  const { value } = outcome;
  return (
    <form
      class="print-labels"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void print();
      }}
    >
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
      {where.value === AS_FILE && perSheet !== null && (
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
      <button type="submit" class="button small" disabled={value.is === "working"}>
        <Icon name="label" />
        <span>
          {value.is === "working"
            ? words.labels.working
            : where.value === AS_FILE
              ? words.desk.stock.labels
              : text.print}
        </span>
      </button>
      <OutcomeLine outcome={value} />
    </form>
  );
}

function statedOf(kind: string, report: string): { report_number?: string } {
  return kind === STICKER && report.trim() !== "" ? { report_number: report.trim() } : {};
}
