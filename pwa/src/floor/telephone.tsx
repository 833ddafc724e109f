/** Overruling by telephone, at the phone that stopped somebody: one number is read out, the other is typed in. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Person } from "../device/phone";
import { DIGITS, isWhole, newChallenge, spoken } from "../device/telephone";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { NumberPad } from "../ui/keypad";
import { Button, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import "./telephone.css";

interface TelephoneProps {
  second: Person;
  /** The answer was right: this challenge stands for it. */
  onOk: (challenge: string) => void;
  onBack: () => void;
}

/** Show the number for this stop, and take the answer. */
export function Telephone({ second, onOk, onBack }: TelephoneProps): JSX.Element {
  const { phone } = useApp();
  const challenge = useSignal(newChallenge());
  const judge = async (answer: string): Promise<string | null> => {
    const judged = await phone.checkAnswer(second.person, challenge.value, answer);
    if (judged !== "ok") return judged === "locked" ? words.signIn.locked : flowWords.lead.wrong;
    onOk(challenge.value);
    return null;
  };
  return (
    <SpokenEntry
      instruction={flowWords.lead.call(second.name)}
      line={flowWords.lead.type}
      onNumber={judge}
      onBack={onBack}
    >
      <SpokenNumber label={flowWords.lead.say} number={challenge.value} />
    </SpokenEntry>
  );
}

interface SpokenEntryProps {
  instruction: string;
  /** Stands above the keys, in whose place an error comes. */
  line: string;
  /** Take a whole number; gives what is wrong with it, and then it is entered anew. */
  onNumber: (number: string) => Promise<string | null>;
  onBack: () => void;
  children?: ComponentChildren;
}

/** The step that takes a number which is read out. */
export function SpokenEntry({ instruction, line, onNumber, onBack, children }: SpokenEntryProps): JSX.Element {
  const text = useSignal("");
  const error = useSignal<string | null>(null);
  useEscape(onBack);
  const submit = async (): Promise<void> => {
    if (!isWhole(text.value)) {
      error.value = flowWords.lead.digits;
      return;
    }
    error.value = await onNumber(text.value);
    if (error.value !== null) text.value = "";
  };
  return (
    <Step
      instruction={instruction}
      keepsFocus
      onSubmit={() => void submit()}
      foot={
        <div class="button-row">
          <Button look="primary" isSubmit>
            {words.action.next}
          </Button>
          <Button onPress={onBack}>{words.action.cancel}</Button>
        </div>
      }
    >
      {children}
      {error.value === null && <p class="lead">{line}</p>}
      <SpokenPad
        text={text.value}
        error={error.value}
        onText={(value) => {
          text.value = value;
          error.value = null;
        }}
      />
    </Step>
  );
}

/** A number to read out, large and in two halves. */
export function SpokenNumber({ label, number }: { label: string; number: string }): JSX.Element {
  return (
    <p class="spoken-number">
      <span>{label}</span>
      <strong class="code" data-testid="spoken-number">
        {spoken(number)}
      </strong>
    </p>
  );
}

interface SpokenPadProps {
  text: string;
  error: string | null;
  onText: (text: string) => void;
}

/** Takes a number that is read out; whatever is no digit is left out. */
function SpokenPad({ text, error, onText }: SpokenPadProps): JSX.Element {
  const keep = (typed: string): void => onText(typed.replace(/[^0-9]/g, "").slice(0, DIGITS));
  return (
    <div class="spoken-pad">
      <NumberPad label={flowWords.lead.type} value={text} error={error} isCode onChange={keep} />
    </div>
  );
}
