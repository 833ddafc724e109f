/** Rolls of labels that are printed before their units are there, and what became of each. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Roll, RollKind } from "../device/office";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Field, Select } from "../ui/parts";
import { randomId } from "../ui/random-id";
import { deskWords } from "../words/desk-en";
import { download } from "./download";
import { nameOf, siteOptions, wordOptions } from "./lists";
import { PrintForm } from "./print-form";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";
import { AS_FILE, WhereToPrint } from "./where-to-print";

const SHEET = "a4-63x38";
const COUNT = "20";

/** The section of the printing page. */
export function Rolls(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing.rolls;
  const rolls = useLoaded(() => office.rolls());
  const places = useLoaded(() => office.places());
  return (
    <section class="stock-state">
      <h2>{text.title}</h2>
      <p class="small">{text.line}</p>
      <NewRoll onMade={rolls.again} />
      <Whole loaded={rolls}>
        {(rows) => (
          <Rows
            label={text.title}
            rows={rows}
            none={text.none}
            keyOf={({ first }) => first}
            columns={[
              { head: deskWords.printing.columns.what, cell: (roll) => whatOf(roll) },
              { head: text.numbers, cell: ({ first, last }) => <span class="code">{`${first} … ${last}`}</span> },
              { head: deskWords.printing.columns.site, cell: ({ site }) => nameOf(places.value ?? [], site) },
              { head: deskWords.printing.columns.who, cell: ({ person }) => person ?? "–" },
              { head: deskWords.printing.columns.when, cell: ({ at }) => when(at, Date.now()) },
              {
                head: deskWords.printing.fate,
                cell: (roll) => (
                  <span data-testid="roll-sum" data-open={roll.open}>
                    {deskWords.printing.sum(roll)}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Whole>
    </section>
  );
}

function whatOf({ kind, count }: Roll): string {
  const text = deskWords.printing.rolls;
  return text.count(text.kinds[kind], count);
}

/** Choose what and how many, and where they are printed. */
function NewRoll({ onMade }: { onMade: () => void }): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const places = useLoaded(() => office.places());
  const stocks = useLoaded(() => office.labelStocks());
  const kind = useSignal<RollKind>("unit");
  const count = useSignal(COUNT);
  const chosenSite = useSignal("");
  const where = useSignal(AS_FILE);
  const stock = useSignal(SHEET);
  // One id for one wish: a call whose answer was lost asks for the same roll again.
  const wish = useSignal(randomId());
  const sites = siteOptions(places.value ?? []);
  const site = chosenSite.value || (sites[0]?.value ?? "");
  const make = async (): Promise<string> => {
    const printer = where.value === AS_FILE ? null : where.value;
    const roll = { kind: kind.value, count: Number(count.value), site };
    const { job } = await office.printRoll(wish.value, roll, printer ?? { stock: stock.value, first_position: 1 });
    if (printer === null) download(await office.printedFile(job), text.rolls.fileName);
    wish.value = randomId();
    onMade();
    return printer === null ? text.fileMade : text.queued(printer);
  };
  return (
    <PrintForm button={text.rolls.make} onPrint={make}>
      <Select
        label={text.rolls.what}
        value={kind.value}
        options={wordOptions(text.rolls.kinds)}
        onInput={(chosen) => (kind.value = chosen as RollKind)}
      />
      <Field
        label={text.rolls.howMany}
        value={count.value}
        inputMode="numeric"
        maxLength={4}
        onInput={(given) => (count.value = given)}
      />
      <Select label={text.rolls.site} value={site} options={sites} onInput={(chosen) => (chosenSite.value = chosen)} />
      <WhereToPrint
        where={where}
        stock={stock}
        labels={{ where: text.rolls.where, stock: text.rolls.stock }}
        stocks={stocks.value ?? []}
      />
    </PrintForm>
  );
}
