/** Goods in without our label: what it is, whose lot, how many of how much; then each unit gets its identity and label. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { UnitKind } from "../core/event";
import type { Item, SupplierGoods } from "../device/phone";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { dayOf } from "../ui/format";
import { useEscape } from "../ui/keys";
import { Button, Field, Step } from "../ui/parts";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { asCode } from "../ui/codes";
import { commissioned, material, type Given } from "./drafts";
import { Frame } from "./frame";
import { ItemList } from "./item-list";
import { keepLotNumber, proposeLot } from "./lot-number";
import { Facts, HowMany, LabelsStep, ReviewUnits, WhichKind, type Labelled } from "./new-units";
import { QuantityStep } from "./quantity-step";
import { Camera } from "./scan-panel";
import { useSave } from "./saving";
import { amount } from "./subject";

/** The screen. */
export function GoodsIn(): JSX.Element {
  return (
    <Frame title={words.flow.goods_in.title}>
      <WithBooks>{(books) => <Steps books={books} />}</WithBooks>
    </Frame>
  );
}

const ORDER = ["item", "lot", "kind", "count", "each", "review"] as const;
type StepName = (typeof ORDER)[number];

/** What has been entered so far; a step is shown only when all before it is known. */
interface Form {
  item: Item | null;
  supplierLot: string;
  supplier: string;
  /** The last day of use on the supplier's label, YYYY-MM-DD; "": it says none. */
  expiresOn: string;
  kind: UnitKind | null;
  count: number;
  given: Given | null;
  ourLot: string;
  /** What the supplier's label says of how many and how much, proposed where it is asked; "" where it says nothing. */
  countOnLabel: string;
  measureOnLabel: string;
}

const EMPTY: Form = {
  item: null,
  supplierLot: "",
  supplier: "",
  expiresOn: "",
  kind: null,
  count: 0,
  given: null,
  ourLot: "",
  countOnLabel: "",
  measureOnLabel: "",
};

interface StepProps {
  form: Signal<Form>;
  /** Keep what this step asked for and go on. */
  next: (entered: Partial<Form>) => void;
}

function Steps({ books }: { books: Books }): JSX.Element {
  const { router, feedback } = useApp();
  const form = useSignal<Form>(EMPTY);
  const at = useSignal<StepName>("item");
  const labelled = useSignal<Labelled | null>(null);
  const move = (by: number): void => {
    at.value = ORDER[ORDER.indexOf(at.value) + by] ?? "item";
  };
  useEscape(() => move(-1), at.value !== "item" && labelled.value === null);
  const restart = (): void => {
    feedback.clear();
    form.value = EMPTY;
    labelled.value = null;
    at.value = "item";
  };
  if (labelled.value !== null) {
    return (
      <LabelsStep
        {...labelled.value}
        lot={form.value.ourLot}
        again={words.goodsIn.again}
        onAgain={restart}
        onHome={() => router.replace("/")}
      />
    );
  }
  const next = (entered: Partial<Form>): void => {
    form.value = { ...form.value, ...entered };
    move(1);
  };
  if (at.value === "review") {
    return <Review form={form} books={books} onSaved={(made) => (labelled.value = made)} />;
  }
  return <Question at={at.value} form={form} books={books} next={next} />;
}

function Question({ at, form, books, next }: StepProps & { at: StepName; books: Books }): JSX.Element | null {
  const { item, kind } = form.value;
  switch (at) {
    case "item":
      return <WhichItem books={books} next={next} />;
    case "lot":
      return <SupplierLot form={form} next={next} />;
    case "kind":
      return <WhichKind question={words.goodsIn.whichKind} onKind={(chosen) => next({ kind: chosen })} />;
    case "count":
      return kind === null ? null : (
        <HowMany kind={kind} initial={form.value.countOnLabel} onCount={(count) => next({ count })} />
      );
    default:
      return item === null || kind === null ? null : (
        <QuantityStep
          instruction={words.goodsIn.howMuch(words.kind(kind))}
          item={item}
          lead={item.name}
          obtained="typed"
          initial={form.value.measureOnLabel}
          actions={[{ text: words.action.next, take: (given) => next({ given }) }]}
        />
      );
  }
}

function WhichItem({ books, next }: { books: Books; next: StepProps["next"] }): JSX.Element {
  const { phone, feedback } = useApp();
  const onItem = (item: Item): void => next({ item });
  // An item's own code, as printed on a shelf card, chooses it, and so does the supplier's own label.
  useScans(
    async ({ text }) => {
      const item = books.items.get(asCode(text));
      if (item !== undefined) return onItem(item);
      const goods = await phone.goodsOn(text);
      if (goods !== null && goods !== "wrong" && goods.item !== null) return next(entriesOf(goods, goods.item));
      feedback.say({ kind: "refused", line: whyNoItem(goods) });
    },
    { isRaw: true },
  );
  return (
    <Step instruction={words.goodsIn.whichItem} foot={<Camera isOpen look="plain" label={words.goodsIn.scanTheirs} />}>
      <ItemList items={[...books.items.values()]} onItem={onItem} />
    </Step>
  );
}

/** Take from a supplier's label what this job asks for, to be checked in its steps. */
function entriesOf(goods: SupplierGoods, item: Item): Partial<Form> {
  return {
    item,
    supplierLot: goods.lot,
    expiresOn: goods.expiresOn,
    countOnLabel: goods.count,
    measureOnLabel: goods.unitOfMeasure === item.unitOfMeasure ? goods.measure : "",
  };
}

function whyNoItem(goods: SupplierGoods | "wrong" | null): string {
  if (goods === null) return words.goodsIn.noItemCode;
  if (goods === "wrong") return words.refusals["gs1_wrong"] ?? "";
  return goods.gtin === "" ? words.goodsIn.noArticle : words.goodsIn.noItemOfArticle(goods.gtin);
}

const WORD_MAX = 64;

/** A scanner may say in front what kind of bars it has read. */
function withoutCarrier(text: string): string {
  return text.replace(/^\][A-Za-z][0-9]/, "");
}

function SupplierLot({ form, next }: StepProps): JSX.Element {
  const { phone, feedback } = useApp();
  const lot = useSignal(form.value.supplierLot);
  const supplier = useSignal(form.value.supplier);
  const expiresOn = useSignal(form.value.expiresOn);
  const error = useSignal<string | null>(null);
  // Of a GS1 label the lot is taken; any other barcode of the supplier is the lot as it is, whatever it says.
  useScans(
    async ({ text }) => {
      const goods = await phone.goodsOn(text);
      if (goods === "wrong") return feedback.say({ kind: "refused", line: words.refusals["gs1_wrong"] ?? "" });
      if (goods === null) return void (lot.value = withoutCarrier(text).slice(0, WORD_MAX));
      if (goods.item !== null && goods.item.item !== form.value.item?.item) {
        return feedback.say({ kind: "refused", line: words.goodsIn.otherItem(goods.item.name) });
      }
      if (goods.lot === "") return feedback.say({ kind: "refused", line: words.goodsIn.noLotOnLabel });
      lot.value = goods.lot;
      if (goods.expiresOn !== "") expiresOn.value = goods.expiresOn;
      error.value = null;
    },
    { isRaw: true },
  );
  const submit = (): void => {
    if (lot.value.trim() === "") error.value = words.goodsIn.missingLot;
    else next({ supplierLot: lot.value.trim(), supplier: supplier.value.trim(), expiresOn: expiresOn.value });
  };
  return (
    <Step
      instruction={words.goodsIn.supplierLotHint}
      keepsFocus
      onSubmit={submit}
      foot={
        <>
          <Camera isOpen look="plain" label={words.goodsIn.scanTheirs} />
          <Button look="primary" isSubmit>
            {words.action.next}
          </Button>
        </>
      }
    >
      <p class="lead">{form.value.item?.name}</p>
      <Field
        label={words.goodsIn.supplierLot}
        value={lot.value}
        error={error.value}
        maxLength={WORD_MAX}
        autoCapitalize="characters"
        isCode
        isDefault
        onInput={(value) => {
          lot.value = value;
          error.value = null;
        }}
      />
      <Field
        label={words.goodsIn.supplier}
        value={supplier.value}
        maxLength={WORD_MAX}
        autoCapitalize="words"
        onInput={(value) => (supplier.value = value)}
      />
      <Field
        label={words.goodsIn.expiresOn}
        value={expiresOn.value}
        type="date"
        onInput={(value) => (expiresOn.value = value)}
      />
    </Step>
  );
}

interface ReviewProps {
  form: Signal<Form>;
  books: Books;
  onSaved: (made: Labelled) => void;
}

function Review({ form, books, onSaved }: ReviewProps): JSX.Element | null {
  const { phone } = useApp();
  const record = useSave();
  const lot = useSignal(form.value.ourLot);
  const error = useSignal<string | null>(null);
  const proposed = useRef<Promise<unknown>>(Promise.resolve());
  // In a layout effect: the button to save must not be there before there is something to wait for.
  useLayoutEffect(() => {
    if (lot.value === "") proposed.current = proposeLot(phone, Date.now()).then((proposal) => (lot.value ||= proposal));
  }, [phone, lot]);
  const { item, kind, count, given } = form.value;
  if (item === null || kind === null || given === null) return null;
  const what = words.kindCount(count, kind);
  const day = form.value.expiresOn;
  const lastDay: [string, string][] = day === "" ? [] : [[words.unit.expiresOn, dayOf(day)]];
  const save = async (bound: string[] | null): Promise<boolean> => {
    // A quick thumb on a slow phone is here before the number is.
    await proposed.current;
    const batch = await phone.batchNamed(lot.value);
    if (batch === null) {
      error.value = words.goodsIn.lotWrong;
      return false;
    }
    const contents = material({ item, batch, owner: books.company, ...given });
    const { supplier, supplierLot, expiresOn } = form.value;
    let serials = bound ?? [];
    const kept = await record(
      async () => {
        serials = bound ?? (await phone.mintSerials(count));
        const units = { serials, kind, material: contents, here: books.here };
        return commissioned(units, { supplier, supplierLot, expiresOn });
      },
      { kind: "saved", line: words.goodsIn.saved(what, batch) },
    );
    if (kept === null) return false;
    keepLotNumber(batch);
    form.value = { ...form.value, ourLot: batch };
    onSaved({ units: serials, areOn: bound !== null });
    return true;
  };
  return (
    <ReviewUnits kind={kind} count={count} onSave={save}>
      <Facts
        facts={[
          [words.unit.item, item.name],
          [words.unit.supplierLot, [form.value.supplierLot, form.value.supplier].filter(Boolean).join(", ")],
          ...lastDay,
          [words.goodsIn.units, `${what} × ${amount(given.base, item)}`],
          [words.goodsIn.total, amount(given.base * BigInt(count), item)],
        ]}
      />
      <Field
        label={words.goodsIn.ourLot}
        value={lot.value}
        error={error.value}
        maxLength={32}
        autoCapitalize="characters"
        isCode
        onInput={(value) => {
          lot.value = value;
          error.value = null;
        }}
      />
    </ReviewUnits>
  );
}
