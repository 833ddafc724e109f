/** What is made, bought and scanned. */
import type { JSX } from "preact";
import type { Office } from "../device/office";
import { shown } from "../core/quantity";
import { useApp } from "../ui/context";
import { words } from "../words/words";
import { itemOptions, wordOptions } from "./lists";
import { Form, type FormField, type Values } from "./form";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

const STEPS = [1n, 10n, 100n, 1_000n, 1_000_000n] as const;

/** The smallest step of an item, said in its unit of measure. */
function stepOf(perUnit: bigint, unitOfMeasure: string): string {
  return `${shown(1n, perUnit)} ${unitOfMeasure}`;
}

/** The fields of an item; first-run uses them too. */
export const ITEM_FIELDS: readonly FormField[] = [
  { name: "name", label: words.desk.items.name },
  { name: "code", label: words.desk.items.code, kind: "code", codeFrom: "name", hint: words.desk.setup.codeHint },
  { name: "unit_of_measure", label: words.desk.items.unitOfMeasure, initial: "kg" },
  {
    name: "per_unit",
    label: words.desk.items.smallest,
    hint: words.desk.items.smallestLine,
    initial: "1000",
    options: ({ unit_of_measure: unit = "" }) =>
      STEPS.map((step) => ({ value: step.toString(), text: stepOf(step, unit) })),
  },
  {
    name: "waits_for_quality",
    label: words.desk.items.waits,
    hint: words.desk.items.waitsLine,
    initial: "no",
    options: () => wordOptions(words.desk.items.waitsChoices),
  },
];

function articleNumber({ gtin = "" }: Values): string | null {
  return gtin.replace(/\s/g, "") || null;
}

/** Send a new item. */
export async function addItem(office: Office, values: Values): Promise<string> {
  const { name = "", code = "", unit_of_measure = "", per_unit = "1" } = values;
  const gtin = articleNumber(values);
  const waits_for_quality = values["waits_for_quality"] === "yes";
  const added = await office.addItem({ code, name, unit_of_measure, per_unit: Number(per_unit), waits_for_quality, gtin });
  return added.name;
}

/** The page. */
export function Items(): JSX.Element {
  const { office } = useApp();
  const items = useLoaded(() => office.items());
  return (
    <Page
      title={words.desk.items.title}
      sideTitle={words.desk.items.add}
      side={
        <>
          <Form
            button={words.action.add}
            fields={[
              ...ITEM_FIELDS,
              { name: "gtin", label: words.desk.items.gtin, hint: words.desk.items.gtinLine, isOptional: true },
            ]}
            onSend={async (values) => {
              const name = await addItem(office, values);
              items.again();
              return name;
            }}
          />
          <h2>{words.desk.items.gtinTitle}</h2>
          <Form
            button={words.desk.items.gtinButton}
            fields={[
              { name: "item", label: words.desk.items.columns.item, options: () => itemOptions(items.value ?? []) },
              { name: "gtin", label: words.desk.items.gtin, hint: words.desk.items.gtinChange, isOptional: true },
            ]}
            onSend={async (values) => {
              const { name } = await office.setGtin(values["item"] ?? "", articleNumber(values));
              items.again();
              return name;
            }}
          />
        </>
      }
    >
      <Whole loaded={items}>
        {(rows) => (
          <Rows
            label={words.desk.items.title}
            rows={rows}
            none={words.desk.items.none}
            keyOf={({ item }) => item}
            columns={[
              { head: words.desk.items.columns.item, cell: ({ item }) => <span class="code">{item}</span> },
              { head: words.desk.items.columns.name, cell: ({ name }) => name },
              { head: words.desk.items.columns.unit_of_measure, cell: ({ unit_of_measure }) => unit_of_measure },
              {
                head: words.desk.items.columns.per_unit,
                cell: ({ per_unit, unit_of_measure }) => stepOf(BigInt(per_unit), unit_of_measure),
              },
              { head: words.desk.items.columns.gtin, cell: ({ gtin }) => <span class="code">{gtin ?? ""}</span> },
              {
                head: words.desk.items.columns.waits,
                cell: ({ waits_for_quality }) => words.desk.items.waitsShort(waits_for_quality),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
