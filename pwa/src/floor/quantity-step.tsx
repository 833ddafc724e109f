/** Ask for a quantity of an item, exactly; what can be done with it stands on the buttons. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { toBase } from "../core/quantity";
import type { Item } from "../device/phone";
import type { IconName } from "../ui/icons";
import { NumberPad } from "../ui/keypad";
import { Button, Step } from "../ui/parts";
import { words } from "../words/words";
import type { Given } from "./drafts";

interface Action {
  text: string;
  icon?: IconName;
  take: (given: Given) => void;
}

interface QuantityStepProps {
  instruction: string;
  item: Item;
  lead?: ComponentChildren;
  obtained: Given["obtained"];
  /** What stands there before anything is entered. */
  initial?: string;
  /** The first is what Enter does. */
  actions: readonly [Action, ...Action[]];
  /** A way on without a quantity. */
  other?: JSX.Element | false;
}

/** What was last entered here, by item and question: the next drum mostly holds as much. */
const entries = new Map<string, string>();

/** One quantity, one or two ways to use it. */
export function QuantityStep({ instruction, item, lead, obtained, initial = "", actions, other }: QuantityStepProps): JSX.Element {
  const text = useSignal(initial);
  const error = useSignal<string | null>(null);
  const [first, ...others] = actions;
  const question = `${item.item} ${instruction}`;
  // Who counts shall see what is there, not what was there before.
  const last = obtained === "counted" ? undefined : entries.get(question);
  const give = (take: Action["take"]): void => {
    const entered = tidy(text.value);
    const base = toBase(entered, item.perUnit);
    if (typeof base === "string") error.value = words.quantity.problems[base] ?? null;
    else {
      entries.set(question, entered);
      take({ base, entered, obtained });
    }
  };
  return (
    <Step
      instruction={instruction}
      keepsFocus
      onSubmit={() => give(first.take)}
      foot={
        // Side by side: on a small phone the keys above need the height.
        <div class="button-row">
          <Button look="primary" isSubmit {...(first.icon === undefined ? {} : { icon: first.icon })}>
            {first.text}
          </Button>
          {others.map((action) => (
            <Button key={action.text} onPress={() => give(action.take)}>
              {action.text}
            </Button>
          ))}
          {other}
        </div>
      }
    >
      {lead !== undefined && <p class="lead">{lead}</p>}
      <NumberPad
        label={words.quantity.label(item.unitOfMeasure)}
        unitOfMeasure={item.unitOfMeasure}
        value={text.value}
        error={error.value}
        last={last}
        onChange={(value) => {
          text.value = value;
          error.value = null;
        }}
      />
    </Step>
  );
}

/** ".5" and "5." are numbers to a person. */
export function tidy(text: string): string {
  return text.trim().replace(/^\./, "0.").replace(/\.$/, "");
}
