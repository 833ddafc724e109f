/** What was asked of printers and what came of it, which only somebody who looks can say; and the printers. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { NewPrinter, PrintJob, PrintWord, PrinterRow } from "../device/office";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Form, type Values } from "./form";
import { nameOf, siteOptions, stockOptions, wordOptions } from "./lists";
import { Page } from "./page";
import { Rolls } from "./rolls";
import { Rows, Whole } from "./rows";
import { Signs } from "./signs";
import { sentenceOf, useLoaded, type Loaded } from "./use-list";

const LOOK_EVERY_MS = 3_000;
const PORT = "9100";
/** What most label printers of the last twenty years have. */
const DPI = "203";
const DPIS = [DPI, "300", "600"].map((dpi) => ({ value: dpi, text: `${dpi} dpi` }));
const ROLL = "100x150";

/** The page. */
export function Printing(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const printers = useLoaded(() => office.printers());
  const places = useLoaded(() => office.places());
  const stocks = useLoaded(() => office.labelStocks());
  const known = places.value ?? [];
  return (
    <Page
      title={text.title}
      sideTitle={text.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "name", label: text.name },
            { name: "code", label: text.code, kind: "code", codeFrom: "name", hint: deskWords.setup.codeHint },
            { name: "site", label: text.site, options: () => siteOptions(known) },
            { name: "kind", label: text.kind, initial: "network", options: () => wordOptions(text.kinds) },
            { name: "host", label: text.host, hint: text.hostHint, isOptional: true },
            { name: "port", label: text.port, initial: PORT, isOptional: true },
            { name: "format", label: text.format, initial: "pdf", options: () => wordOptions(text.formats) },
            { name: "stock", label: text.stock, initial: ROLL, options: () => stockOptions(stocks.value ?? []) },
            { name: "dpi", label: text.dpi, initial: DPI, options: () => DPIS },
            { name: "offset_x_mm", label: text.offsetX, hint: text.offsetHint, isOptional: true },
            { name: "offset_y_mm", label: text.offsetY, isOptional: true },
          ]}
          check={wrongPrinter}
          onSend={async (values) => {
            await office.addPrinter(printerOf(values));
            printers.again();
            return values["name"] ?? "";
          }}
        />
      }
    >
      <Jobs />
      <section class="stock-state">
        <h2>{text.printers}</h2>
        <Whole loaded={printers}>{(rows) => <Printers rows={rows} loaded={printers} />}</Whole>
      </section>
      <Rolls />
      <Signs />
    </Page>
  );
}

function wrongPrinter(values: Values): { field: string; line: string } | null {
  if (values["kind"] === "network" && !values["host"]) return { field: "host", line: deskWords.required };
  const field = ["offset_x_mm", "offset_y_mm"].find((name) => Number.isNaN(millimetres(values[name])));
  return field === undefined ? null : { field, line: deskWords.printing.offsetHint };
}

function printerOf({ name = "", code = "", site = "", kind = "", ...values }: Values): NewPrinter {
  return {
    code,
    name,
    site,
    kind,
    host: kind === "network" ? (values["host"] ?? null) : null,
    port: Number(values["port"] || PORT),
    format: values["format"] ?? "pdf",
    stock: values["stock"] || ROLL,
    dpi: Number(values["dpi"] ?? DPI),
    offset_x_mm: millimetres(values["offset_x_mm"]),
    offset_y_mm: millimetres(values["offset_y_mm"]),
  };
}

const millimetres = (text = ""): number => Number(text.replace(",", "."));

function Printers({ rows, loaded }: { rows: PrinterRow[]; loaded: Loaded<PrinterRow[]> }): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const places = useLoaded(() => office.places());
  const tried = useSignal<{ printer: string; line: string } | null>(null);
  const tryOut = async (printer: string): Promise<void> => {
    tried.value = { printer, line: words.labels.working };
    const line = await office.tryPrinter(printer).then(({ sentence }) => sentence, sentenceOf);
    tried.value = { printer, line };
  };
  return (
    <Rows
      label={text.printers}
      rows={rows}
      none={text.noPrinters}
      keyOf={({ printer }) => printer}
      columns={[
        { head: text.columns.printer, cell: ({ name }) => name },
        { head: text.columns.site, cell: ({ site }) => nameOf(places.value ?? [], site) },
        { head: text.columns.address, cell: (row) => (row.host === null ? text.folder(row.printer) : `${row.host}:${row.port}`) },
        { head: text.columns.labels, cell: ({ stock, format, dpi }) => `${stock}, ${format.toUpperCase()}, ${dpi} dpi` },
        {
          head: text.columns.act,
          cell: ({ printer, name }) => (
            <>
              <button
                type="button"
                class="button small"
                aria-label={text.testPageTitle(name)}
                onClick={() => void tryOut(printer)}
              >
                {text.testPage}
              </button>
              <button
                type="button"
                class="button small"
                aria-label={text.removeTitle(name)}
                onClick={() => void office.removePrinter(printer).then(loaded.again)}
              >
                {text.remove}
              </button>
              {tried.value?.printer === printer && (
                <small class="row-line" role="status">
                  {tried.value.line}
                </small>
              )}
            </>
          ),
        },
      ]}
    />
  );
}

function Jobs(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const jobs = useLoaded(() => office.printJobs());
  const problem = useSignal<string | null>(null);
  const isMoving = (jobs.value ?? []).some(({ state }) => state === "queued" || state === "sending");
  useEffect(() => {
    if (!isMoving) return undefined;
    const timer = setInterval(jobs.again, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  const say = async (job: PrintJob, word: PrintWord): Promise<void> => {
    problem.value = null;
    try {
      await office.sayOfPrint(job.job, word);
    } catch (error) {
      problem.value = sentenceOf(error);
    }
    jobs.again();
  };
  return (
    <section class="stock-state">
      <h2>{text.jobs}</h2>
      {problem.value !== null && (
        <p class="notice bad" role="alert">
          {problem.value}
        </p>
      )}
      <Whole loaded={jobs}>
        {(rows) => (
          <Rows
            label={text.jobs}
            rows={rows}
            none={text.noJobs}
            keyOf={({ job }) => job}
            columns={[
              { head: text.columns.what, cell: labelsOf },
              { head: text.columns.printer, cell: ({ printer }) => printer ?? text.asFile },
              { head: text.columns.who, cell: ({ person, device }) => [person, device].filter(Boolean).join(", ") || "–" },
              { head: text.columns.when, cell: ({ asked_at }) => when(asked_at, Date.now()) },
              { head: text.columns.why, cell: ({ reason }) => reason || "–" },
              {
                head: text.columns.state,
                cell: (job) => (
                  <span data-testid="print-job" data-state={job.state}>
                    <strong>{text.states[job.state]}</strong>
                    {job.sentence !== "" && <small class="row-line">{job.sentence}</small>}
                  </span>
                ),
              },
              {
                head: text.columns.act,
                cell: (job) =>
                  job.may.map((word) => (
                    <button key={word} type="button" class="button small" onClick={() => void say(job, word)}>
                      {text.words[word]}
                    </button>
                  )),
              },
            ]}
          />
        )}
      </Whole>
    </section>
  );
}

const UNITS_SHOWN = 3;

function labelsOf({ labels }: PrintJob): string {
  const named = labels.map(({ unit, item, batch, copy }) =>
    deskWords.printing.label(unit ?? `${item} ${batch}`, copy),
  );
  const more = named.length - UNITS_SHOWN;
  return named.slice(0, UNITS_SHOWN).join(", ") + (more > 0 ? `, ${words.labels.more(more)}` : "");
}
