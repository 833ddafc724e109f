/** What is made, bought and scanned. */
import type { JSX } from "preact";
import type { Office } from "../device/office";
import { shown } from "../core/quantity";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
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
export const itemFields = (): readonly FormField[] => [
  { name: "name", label: deskWords.items.name },
  { name: "code", label: deskWords.items.code, kind: "code", codeFrom: "name", hint: deskWords.setup.codeHint },
  { name: "unit_of_measure", label: deskWords.items.unitOfMeasure, initial: "kg" },
  {
    name: "per_unit",
    label: deskWords.items.smallest,
    hint: deskWords.items.smallestLine,
    initial: "1000",
    options: ({ unit_of_measure: unit = "" }) =>
      STEPS.map((step) => ({ value: step.toString(), text: stepOf(step, unit) })),
  },
  {
    name: "waits_for_quality",
    label: deskWords.items.waits,
    hint: deskWords.items.waitsLine,
    initial: "no",
    options: () => wordOptions(deskWords.items.waitsChoices),
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
      title={deskWords.items.title}
      sideTitle={deskWords.items.add}
      side={
        <>
          <Form
            button={words.action.add}
            fields={[
              ...itemFields(),
              { name: "gtin", label: deskWords.items.gtin, hint: deskWords.items.gtinLine, isOptional: true },
            ]}
            onSend={async (values) => {
              const name = await addItem(office, values);
              items.again();
              return name;
            }}
          />
          <h2>{deskWords.items.gtinTitle}</h2>
          <Form
            button={deskWords.items.gtinButton}
            fields={[
              { name: "item", label: deskWords.items.columns.item, options: () => itemOptions(items.value ?? []) },
              { name: "gtin", label: deskWords.items.gtin, hint: deskWords.items.gtinChange, isOptional: true },
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
            label={deskWords.items.title}
            rows={rows}
            none={deskWords.items.none}
            keyOf={({ item }) => item}
            columns={[
              { head: deskWords.items.columns.item, cell: ({ item }) => <span class="code">{item}</span> },
              { head: deskWords.items.columns.name, cell: ({ name }) => name },
              { head: deskWords.items.columns.unit_of_measure, cell: ({ unit_of_measure }) => unit_of_measure },
              {
                head: deskWords.items.columns.per_unit,
                cell: ({ per_unit, unit_of_measure }) => stepOf(BigInt(per_unit), unit_of_measure),
              },
              { head: deskWords.items.columns.gtin, cell: ({ gtin }) => <span class="code">{gtin ?? ""}</span> },
              {
                head: deskWords.items.columns.waits,
                cell: ({ waits_for_quality }) => deskWords.items.waitsShort(waits_for_quality),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
