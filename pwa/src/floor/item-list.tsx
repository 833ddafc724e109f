/** Choose an item: a list, with a search above it when it is long. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Item } from "../device/phone";
import { Choice, Field } from "../ui/parts";
import { words } from "../words/words";
import { Empty } from "./frame";

const SEARCH_FROM = 6;
/** More than this on one screen is not a list a person reads: search. */
const SHOWN_MAX = 50;

/** Items to choose from. */
export function ItemList({ items, onItem }: { items: Item[]; onItem: (item: Item) => void }): JSX.Element {
  const search = useSignal("");
  if (items.length === 0) return <Empty>{words.goodsIn.noItems}</Empty>;
  const wanted = search.value.trim().toLowerCase();
  const fitting = items.filter(({ item, name }) => `${item} ${name}`.toLowerCase().includes(wanted));
  return (
    <>
      {items.length > SEARCH_FROM && (
        <Field
          label={words.goodsIn.filter}
          type="search"
          inputMode="search"
          value={search.value}
          onInput={(value) => (search.value = value)}
        />
      )}
      {fitting.length === 0 && <Empty>{words.goodsIn.noMatch}</Empty>}
      <ul class="choices">
        {fitting.slice(0, SHOWN_MAX).map((item) => (
          <Choice key={item.item} title={item.name} code={item.item} onPress={() => onItem(item)} />
        ))}
      </ul>
    </>
  );
}
