/** Tolerances: which differences are so small that nobody need look. */
import type { JSX } from "preact";
import { shown, toBase } from "../core/quantity";
import type { ItemRow } from "../device/books";
import type { ToleranceRow } from "../device/office";
import { Problem } from "../device/phone";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Form, type Values } from "./form";
import { itemOptions, nameOf, placeOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

const PERCENT = /^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$/;

/** The page. */
export function Tolerances(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.tolerances;
  const tolerances = useLoaded(() => office.tolerances());
  const items = useLoaded(() => office.items());
  const places = useLoaded(() => office.places());
  const known = items.value ?? [];
  const where = places.value ?? [];
  const anyItem = { value: "*", text: text.anyItem };
  const anyPlace = { value: "*", text: text.anyPlace };
  return (
    <Page
      title={text.title}
      sideTitle={text.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "item", label: text.item, initial: "*", options: () => [anyItem, ...itemOptions(known)] },
            { name: "place", label: text.place, initial: "*", options: () => [anyPlace, ...placeOptions(where)] },
            { name: "percent", label: text.percent, isOptional: true },
            { name: "quantity", label: text.quantity, hint: text.quantityHint, isOptional: true },
          ]}
          check={check}
          onSend={async (values) => {
            await office.setTolerance(asRow(values, known));
            tolerances.again();
            return null;
          }}
        />
      }
    >
      <p class="lead">{text.line}</p>
      <Whole loaded={tolerances}>
        {(rows) => (
          <Rows
            label={text.title}
            rows={rows}
            none={text.none}
            keyOf={({ item, place }) => `${item} ${place}`}
            columns={[
              { head: text.columns.item, cell: ({ item }) => itemName(known, item) ?? text.anyItem },
              { head: text.columns.place, cell: ({ place }) => (place === null ? text.anyPlace : nameOf(where, place)) },
              { head: text.columns.percent, isNumber: true, cell: ({ percent }) => (percent === null ? "–" : `${percent} %`) },
              { head: text.columns.quantity, isNumber: true, cell: (row) => quantityOf(row, known) },
              {
                head: text.columns.act,
                cell: (row) => (
                  <button
                    type="button"
                    class="button small"
                    onClick={() => void office.removeTolerance(row).then(tolerances.again)}
                  >
                    {text.remove}
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

function itemName(items: readonly ItemRow[], code: string | null): string | null {
  return code === null ? null : (items.find(({ item }) => item === code)?.name ?? code);
}

function quantityOf({ item: code, quantity }: ToleranceRow, items: readonly ItemRow[]): string {
  const item = items.find((known) => known.item === code);
  if (quantity === null) return "–";
  return item === undefined ? quantity : `${shown(BigInt(quantity), BigInt(item.per_unit))} ${item.unit_of_measure}`;
}

function check({ item = "*", percent = "", quantity = "" }: Values): { field: string; line: string } | null {
  const text = deskWords.tolerances;
  if (percent === "" && quantity === "") return { field: "percent", line: text.limitMissing };
  if (percent !== "" && !PERCENT.test(percent)) return { field: "percent", line: text.percentWrong };
  if (quantity !== "" && item === "*") return { field: "item", line: text.itemMissing };
  return null;
}

function asRow({ item = "*", place = "*", percent = "", quantity = "" }: Values, items: readonly ItemRow[]): ToleranceRow {
  return {
    item: item === "*" ? null : item,
    place: place === "*" ? null : place,
    percent: percent === "" ? null : percent,
    quantity: quantity === "" ? null : smallest(quantity, item, items),
  };
}

/** A quantity as people write it, in smallest units. */
function smallest(text: string, code: string, items: readonly ItemRow[]): string {
  const perUnit = BigInt(items.find(({ item }) => item === code)?.per_unit ?? "1");
  const base = toBase(text, perUnit);
  if (typeof base === "string") throw new Problem(base, words.quantity.problems[base] ?? base, "quantity");
  return base.toString();
}
