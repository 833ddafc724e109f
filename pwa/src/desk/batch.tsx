/** One batch: its lots, where it is, and every unit that carries its number. */
import type { JSX } from "preact";
import { shown } from "../core/quantity";
import type { ItemRow, PlaceRow, UnitRow } from "../device/books";
import type { BatchAnswer } from "../device/office";
import { QualityTag } from "../ui/quality";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { HoldOf } from "./hold";
import { LabelsOfBatch } from "./label-ledger";
import { nameOf } from "./lists";
import { Page } from "./page";
import { PhotosOfBatch } from "./photos";
import { PrintLabels } from "./print-labels";
import { Rows, Whole } from "./rows";
import { ByState } from "./stock";
import { useLoaded } from "./use-list";

interface Answer {
  batch: BatchAnswer;
  items: ItemRow[];
  places: PlaceRow[];
}

/** The page. */
export function Batch({ batch }: { batch: string }): JSX.Element {
  const { office, desk, router } = useApp();
  const loaded = useLoaded<Answer>(async () => {
    const [found, items, places] = await Promise.all([office.batch(batch), office.items(), office.places()]);
    return { batch: found, items, places };
  }, `${batch} ${desk.device.value?.unsent.value ?? 0}`);
  return (
    <Page title={batch}>
      <p>
        <button type="button" class="button small" onClick={() => router.go("/desk/stock")}>
          <Icon name="back" />
          <span>{deskWords.stock.back}</span>
        </button>
      </p>
      <Whole loaded={loaded}>{(answer) => <Parts answer={answer} />}</Whole>
    </Page>
  );
}

function Parts({ answer }: { answer: Answer }): JSX.Element {
  const { batch, items, places } = answer;
  const itemOf = (code: string | null): ItemRow | undefined => items.find(({ item }) => item === code);
  return (
    <>
      {batch.batch_number !== batch.batch && <p class="lead">{deskWords.stock.onPapers(batch.batch_number)}</p>}
      <section class="stock-state">
        <h2>
          <Icon name="label" />
          {deskWords.stock.lots}
        </h2>
        <ul class="lots">
          {batch.lots.map((lot) => (
            <li key={lot.item}>
              <p>
                <strong>{lot.item_name}</strong> <span class="code">{lot.item}</span>
              </p>
              <HoldOf key={lot.hold_heads.join()} lot={lot} />
              <LabelsOf item={lot.item} batch={batch.batch} units={batch.units.filter((unit) => unit.item === lot.item)} />
            </li>
          ))}
        </ul>
      </section>
      <LabelsOfBatch batch={batch.batch} />
      <PhotosOfBatch batch={batch.batch} />
      <ByState rows={batch.stock} isFiltered={false} />
      <section class="stock-state">
        <h2>
          <Icon name="drum" />
          {deskWords.stock.units}
        </h2>
        <Rows
          label={deskWords.stock.units}
          rows={batch.units}
          none={deskWords.stock.noUnits}
          keyOf={({ unit }) => unit}
          columns={[
            { head: deskWords.stock.unitColumns.unit, cell: (row) => <span class="code">{row.unit}</span> },
            { head: deskWords.stock.unitColumns.item, cell: ({ item }) => itemOf(item)?.name ?? item ?? "–" },
            { head: deskWords.stock.unitColumns.where, cell: (row) => whereIs(row, places) },
            {
              head: deskWords.stock.unitColumns.quality,
              cell: ({ status }) => (status === null ? "–" : <QualityTag status={status} />),
            },
            {
              head: deskWords.stock.unitColumns.quantity,
              isNumber: true,
              cell: (row) => <strong>{row.is_ended ? words.unit.ended : amountOf(row, itemOf(row.item))}</strong>,
            },
          ]}
        />
      </section>
    </>
  );
}

function amountOf({ quantity }: UnitRow, item: ItemRow | undefined): string {
  if (item === undefined) return "–";
  return `${shown(BigInt(quantity), BigInt(item.per_unit))} ${item.unit_of_measure}`;
}

function whereIs({ place, is_ended }: UnitRow, places: readonly PlaceRow[]): string {
  if (is_ended || place === null) return "–";
  const [kind = "", code] = place.split(":");
  if (code === undefined) return words.unit.outside[kind] ?? place;
  if (kind === "location") return nameOf(places, code);
  return kind === "transfer" ? words.unit.onTheWay(code) : words.unit.inRun(code);
}

/** Labels of the lot's units; of the lot itself while it has none. */
function LabelsOf({ item, batch, units }: { item: string; batch: string; units: readonly UnitRow[] }): JSX.Element {
  const serials = units.filter(({ is_ended }) => !is_ended).map(({ unit }) => unit);
  return <PrintLabels what={serials.length > 0 ? { units: serials } : { item, batch }} name={batch} />;
}
