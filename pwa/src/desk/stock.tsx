/** Stock: what is where, with what is on hand, on its way and in process clearly apart. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StockFilter, StockRow } from "../device/office";
import { QualityTag } from "../ui/quality";
import { useApp } from "../ui/context";
import { Icon, type IconName } from "../ui/icons";
import { Field, Select } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { BatchLink } from "./batch-link";
import { itemOptions, wordOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole, type Column } from "./rows";
import { useLoaded } from "./use-list";

const STATES: readonly { state: StockRow["state"]; icon: IconName }[] = [
  { state: "on_hand", icon: "home" },
  { state: "in_transit", icon: "truck" },
  { state: "in_process", icon: "make" },
  { state: "outside", icon: "forward" },
];

/** The page. */
export function Stock(): JSX.Element {
  const { office } = useApp();
  const filter = useSignal<StockFilter>({});
  const batch = useSignal("");
  const items = useLoaded(() => office.items());
  const key = JSON.stringify(filter.value);
  const stock = useLoaded(() => office.stock(filter.value), key);
  const narrow = (change: StockFilter): void => {
    filter.value = { ...filter.value, ...change };
  };
  return (
    <Page title={deskWords.stock.title}>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          narrow({ batch: batch.value.trim().toUpperCase() });
        }}
      >
        <Field
          label={deskWords.stock.batch}
          value={batch.value}
          isCode
          autoCapitalize="characters"
          onInput={(text) => (batch.value = text)}
        />
        <Select
          label={deskWords.stock.item}
          value={filter.value.item ?? ""}
          options={[{ value: "", text: deskWords.stock.all }, ...itemOptions(items.value ?? [])]}
          onInput={(item) => narrow({ item })}
        />
        <Select
          label={deskWords.stock.state}
          value={filter.value.state ?? ""}
          options={[{ value: "", text: deskWords.stock.all }, ...wordOptions(deskWords.stock.states)]}
          onInput={(state) => narrow({ state })}
        />
        <button type="submit" class="button plain small">
          {deskWords.stock.show}
        </button>
      </form>
      <Whole loaded={stock}>{(rows) => <ByState rows={rows} isFiltered={key !== "{}"} />}</Whole>
    </Page>
  );
}

/** One table per state, so that nobody adds up what is not there yet. */
export function ByState({ rows, isFiltered }: { rows: readonly StockRow[]; isFiltered: boolean }): JSX.Element {
  if (rows.length === 0) {
    return <p class="notice">{isFiltered ? deskWords.stock.noneFits : deskWords.stock.none}</p>;
  }
  return (
    <>
      {STATES.map(({ state, icon }) => {
        const some = rows.filter((row) => row.state === state);
        if (some.length === 0) return null;
        return (
          <section key={state} class="stock-state">
            <h2>
              <Icon name={icon} />
              {deskWords.stock.states[state]}
            </h2>
            <Rows
              label={deskWords.stock.states[state] ?? state}
              rows={some}
              none={deskWords.stock.none}
              keyOf={(row) => [row.place, row.item, row.batch, row.owner, row.status].join(" ")}
              columns={columns()}
            />
          </section>
        );
      })}
    </>
  );
}

const columns = (): readonly Column<StockRow>[] => [
  { head: deskWords.stock.columns.place, cell: ({ place, place_name }) => place_name || place },
  { head: deskWords.stock.columns.item, cell: ({ item_name }) => item_name },
  { head: deskWords.stock.columns.batch, cell: ({ batch }) => <BatchLink batch={batch} /> },
  { head: deskWords.stock.columns.owner, cell: ({ owner }) => owner },
  { head: deskWords.stock.columns.quality, cell: ({ status }) => <QualityTag status={status} /> },
  {
    head: deskWords.stock.columns.quantity,
    isNumber: true,
    cell: ({ shown, unit_of_measure, is_below_zero }) => (
      <>
        <strong>
          {shown} {unit_of_measure}
        </strong>
        {is_below_zero && <small class="below-zero">{deskWords.stock.belowZero}</small>}
      </>
    ),
  },
];
