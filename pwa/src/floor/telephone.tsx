/** Overruling by telephone, at the phone that stopped somebody: one number is read out, the other is typed in. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
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
  const text = useSignal("");
  const error = useSignal<string | null>(null);
  useEscape(onBack);
  const judge = async (): Promise<void> => {
    if (!isWhole(text.value)) {
      error.value = flowWords.lead.digits;
      return;
    }
    const answer = await phone.checkAnswer(second.person, challenge.value, text.value);
    if (answer === "ok") return onOk(challenge.value);
    text.value = "";
    error.value = answer === "locked" ? words.signIn.locked : flowWords.lead.wrong;
  };
  return (
    <Step
      instruction={flowWords.lead.call(second.name)}
      keepsFocus
      onSubmit={() => void judge()}
      foot={
        <div class="button-row">
          <Button look="primary" isSubmit>
            {words.action.next}
          </Button>
          <Button onPress={onBack}>{words.action.cancel}</Button>
        </div>
      }
    >
      <SpokenNumber label={flowWords.lead.say} number={challenge.value} />
      {error.value === null && <p class="lead">{flowWords.lead.type}</p>}
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
export function SpokenPad({ text, error, onText }: SpokenPadProps): JSX.Element {
  const keep = (typed: string): void => onText(typed.replace(/[^0-9]/g, "").slice(0, DIGITS));
  return (
    <div class="spoken-pad">
      <NumberPad label={flowWords.lead.type} value={text} error={error} isCode onChange={keep} />
    </div>
  );
}
