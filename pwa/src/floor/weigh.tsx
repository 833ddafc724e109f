/** Weigh what is left: gross less tare is what stays in it, and the rest of what was in it was used. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { shown, toBase } from "../core/quantity";
import type { Item } from "../device/phone";
import { useEscape } from "../ui/keys";
import { NumberPad } from "../ui/keypad";
import { Button, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import type { Given } from "./drafts";
import { Facts } from "./new-units";
import { tidy } from "./quantity-step";
import { amount, lineOf, type Subject } from "./subject";

/** What was used, and what is left. */
export interface Weighed extends Given {
  left: bigint;
}

interface WeighProps {
  subject: Subject;
  onWeighed: (weighed: Weighed) => void;
  onBack: () => void;
}

/** Two weights and a look at what they come to. */
export function Weigh({ subject, onWeighed, onBack }: WeighProps): JSX.Element | null {
  const gross = useSignal<bigint | null>(null);
  const tare = useSignal<bigint | null>(null);
  const error = useSignal<string | null>(null);
  useEscape(() => {
    if (tare.value !== null) tare.value = null;
    else if (gross.value !== null) gross.value = null;
    else onBack();
  });
  const { item, unit } = subject;
  if (item === undefined) return null;
  if (gross.value === null) {
    return (
      <Weight
        key="gross"
        instruction={flowWords.weigh.gross}
        item={item}
        lead={lineOf(subject)}
        onWeight={(base) => (gross.value = base)}
      />
    );
  }
  const whole = gross.value;
  if (tare.value === null) {
    const stored = tareIn(unit.tare, item);
    return (
      <Weight
        key="tare"
        instruction={flowWords.weigh.tare}
        item={item}
        lead={error.value ?? (stored === null ? lineOf(subject) : flowWords.weigh.stored)}
        stored={stored}
        mayBeNothing
        onWeight={(base) => {
          error.value = whatIsWrong(whole, base, unit.quantity);
          if (error.value === null) tare.value = base;
        }}
      />
    );
  }
  return <Review subject={subject} item={item} gross={whole} tare={tare.value} onWeighed={onWeighed} />;
}

/** Give what the empty container weighs, if it was weighed in the item's own unit of measure. */
export function tareIn(tare: string | null, item: Item): string | null {
  const [weight = "", unit] = (tare ?? "").split(" ");
  return unit === item.unitOfMeasure ? weight : null;
}

/** Say what two weights cannot be; null: they can. */
export function whatIsWrong(gross: bigint, tare: bigint, held: bigint): string | null {
  if (tare > gross) return flowWords.weigh.tareLarger;
  if (gross - tare > held) return flowWords.weigh.more;
  return gross - tare === held ? flowWords.weigh.nothing : null;
}

interface WeightProps {
  instruction: string;
  item: Item;
  lead: string;
  stored?: string | null;
  /** A bag of paper weighs nothing worth telling. */
  mayBeNothing?: boolean;
  onWeight: (base: bigint) => void;
}

function Weight({ instruction, item, lead, stored, mayBeNothing, onWeight }: WeightProps): JSX.Element {
  const text = useSignal(stored ?? "");
  const error = useSignal<string | null>(null);
  const submit = (): void => {
    const entered = tidy(text.value);
    if (mayBeNothing === true && /^0*\.?0*$/.test(entered) && entered !== "") return onWeight(0n);
    const base = toBase(entered, item.perUnit);
    if (typeof base === "string") error.value = words.quantity.problems[base] ?? null;
    else onWeight(base);
  };
  return (
    <Step
      instruction={instruction}
      keepsFocus
      onSubmit={submit}
      foot={
        <Button look="primary" isSubmit>
          {words.action.next}
        </Button>
      }
    >
      <p class="lead">{lead}</p>
      <NumberPad
        label={words.quantity.label(item.unitOfMeasure)}
        unitOfMeasure={item.unitOfMeasure}
        value={text.value}
        error={error.value}
        onChange={(value) => {
          text.value = value;
          error.value = null;
        }}
      />
    </Step>
  );
}

interface ReviewProps {
  subject: Subject;
  item: Item;
  gross: bigint;
  tare: bigint;
  onWeighed: (weighed: Weighed) => void;
}

function Review({ subject, item, gross, tare, onWeighed }: ReviewProps): JSX.Element {
  const { unit } = subject;
  const left = gross - tare;
  const used = unit.quantity - left;
  const text = (base: bigint): string => shown(base, item.perUnit);
  const take = (): void => {
    const weights = { gross: text(gross), tare: text(tare), net: text(left) };
    onWeighed({ base: used, entered: text(used), obtained: "scale", weights, left });
  };
  return (
    <Step
      instruction={flowWords.weigh.review}
      keepsFocus
      onSubmit={take}
      foot={
        <Button look="primary" icon="tick" isSubmit isDefault>
          {flowWords.weigh.take(amount(used, item))}
        </Button>
      }
    >
      <Facts
        facts={[
          [flowWords.weigh.grossLabel, amount(gross, item)],
          [flowWords.weigh.tareLabel, amount(tare, item)],
          [flowWords.weigh.left, amount(left, item)],
          [flowWords.weigh.before, amount(unit.quantity, item)],
          [flowWords.weigh.used, amount(used, item)],
        ]}
      />
    </Step>
  );
}
