/** Suppliers' own codes: taught once by an example, read by every phone from then on. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
import { Form, type Values } from "./form";
import { itemOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

const NUMBER = /^[1-9][0-9]?$/;

/** The page. */
export function SupplierCodes(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.supplierCodes;
  const codes = useLoaded(() => office.supplierCodes());
  const items = useLoaded(() => office.items());
  const itemName = (code: string): string => items.value?.find(({ item }) => item === code)?.name ?? code;
  return (
    <Page
      title={text.title}
      sideTitle={text.add}
      side={
        <Form
          button={text.button}
          fields={[
            { name: "example", label: text.example, hint: text.exampleHint, autoComplete: "off" },
            { name: "item", label: text.item, options: () => itemOptions(items.value ?? []) },
            { name: "lot_from", label: text.lotFrom, hint: text.lotHint },
            { name: "lot_to", label: text.lotTo },
          ]}
          check={check}
          onSend={async ({ example = "", item = "", lot_from = "", lot_to = "" }) => {
            const lesson = { example, item, lot_from: Number(lot_from), lot_to: Number(lot_to) };
            const taught = await office.teachSupplierCode(lesson);
            codes.again();
            return `${itemName(taught.item)}, ${text.taught(taught.lot)}`;
          }}
        />
      }
    >
      <p class="lead">{text.line}</p>
      <Whole loaded={codes}>
        {(rows) => (
          <Rows
            label={text.title}
            rows={rows}
            none={text.none}
            keyOf={({ supplier_code }) => String(supplier_code)}
            columns={[
              { head: text.columns.item, cell: ({ item }) => itemName(item) },
              { head: text.columns.example, cell: ({ example }) => <span class="code">{example}</span> },
              { head: text.columns.lot, cell: ({ lot }) => <span class="code">{lot}</span> },
              { head: text.columns.length, isNumber: true, cell: ({ length }) => String(length) },
              {
                head: text.columns.act,
                cell: ({ supplier_code }) => (
                  <button
                    type="button"
                    class="button small"
                    onClick={() => void office.forgetSupplierCode(supplier_code).then(codes.again)}
                  >
                    {text.forget}
                  </button>
                ),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}

function check(values: Values): { field: string; line: string } | null {
  const field = ["lot_from", "lot_to"].find((name) => !NUMBER.test(values[name] ?? ""));
  return field === undefined ? null : { field, line: deskWords.supplierCodes.number };
}
