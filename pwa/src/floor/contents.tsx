/** What stands in a larger unit, as this phone knows it: counted while it grows, the last ones by name. */
import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Unit } from "../device/phone";
import { useApp } from "../ui/context";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import type { Books } from "./books";
import { amount } from "./subject";

const SHOWN_MAX = 3;

/** Follow what is in a unit; null until it is read for the first time. */
export function useContents(unit: string): Unit[] | null {
  const { phone } = useApp();
  const contents = useSignal<Unit[] | null>(null);
  useEffect(() => {
    let isGone = false;
    const stop = effect(() => {
      void phone.scans.value;
      void phone.dataAt.value;
      void phone.contentsOf(unit).then((found) => {
        if (!isGone) contents.value = found;
      });
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [phone, contents, unit]);
  return contents.value;
}

/** Name the lots of which something is among these units. */
export function lotsOf(units: readonly Unit[]): string[] {
  return [...new Set(units.map(({ item, batch }) => `${item ?? ""} ${batch ?? ""}`))];
}

/** The count, large; one lot or several; and the units that came last. */
export function Contents({ units, newest, books }: { units: Unit[]; newest: string[]; books: Books }): JSX.Element {
  const last = newest.filter((name) => units.some(({ unit }) => unit === name));
  const rest = units.map(({ unit }) => unit).filter((name) => !last.includes(name));
  const shown = [...last, ...rest].slice(0, SHOWN_MAX);
  return (
    <section class="contents" data-testid="contents" data-count={units.length}>
      <p class="counter">
        <strong>{units.length}</strong> {flowWords.contents.inside(units.length).replace(/^\d+ /, "")}
      </p>
      {units.length > 0 && <p class="contents-lot">{lotLine(units, books)}</p>}
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <span class="code">{name}</span>
            <span>{amountOf(units.find(({ unit }) => unit === name), books)}</span>
          </li>
        ))}
        {units.length > shown.length && <li>{flowWords.contents.more(units.length - shown.length)}</li>}
      </ul>
    </section>
  );
}

function lotLine(units: readonly Unit[], books: Books): string {
  const lots = lotsOf(units);
  const [first] = units;
  if (lots.length > 1 || first === undefined) return flowWords.contents.lots(lots.length);
  const item = first.item === null ? words.unit.contentsUnknown : (books.items.get(first.item)?.name ?? first.item);
  return [item, first.batch].filter(Boolean).join(", ");
}

function amountOf(unit: Unit | undefined, books: Books): string {
  const item = unit === undefined || unit.item === null ? undefined : books.items.get(unit.item);
  return unit === undefined || item === undefined ? "" : amount(unit.quantity, item);
}
