/** A PIN on large keys, a keyboard or a scanner; what a right one is good for is the caller's business. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Keys } from "../ui/keypad";
import { Button } from "../ui/parts";
import { words } from "../words/words";

const PIN_LENGTH = 6;

interface PinStepProps {
  /** Whose PIN it is. */
  name: string;
  /** "Not me", "Cancel". */
  back: string;
  check: (pin: string) => Promise<"ok" | "wrong" | "locked">;
  onOk?: () => void;
  onBack: () => void;
  /** Another way than this person's PIN. */
  other?: JSX.Element | null;
}

/** Ask for the six digits of a person; the last one is checked at once. */
export function PinStep({ name, back, check, onOk, onBack, other }: PinStepProps): JSX.Element {
  const { feedback } = useApp();
  const pin = useSignal("");
  const error = useSignal<string | null>(null);
  const isChecking = useSignal(false);
  useEscape(onBack);
  const judge = async (): Promise<void> => {
    isChecking.value = true;
    const answer = await check(pin.value);
    isChecking.value = false;
    pin.value = "";
    if (answer === "ok") onOk?.();
    else error.value = words.signIn[answer];
  };
  const put = (digit: string): void => {
    if (isChecking.value || pin.value.length >= PIN_LENGTH) return;
    error.value = null;
    pin.value += digit;
    if (pin.value.length === PIN_LENGTH) void judge();
  };
  const erase = (): void => {
    pin.value = pin.value.slice(0, -1);
  };
  usePinKeyboard(put, erase);
  // Digits typed very fast look like a scanner's; they are a PIN all the same.
  useScans(
    ({ text }) => {
      if (!/^[0-9]{6}$/.test(text)) return feedback.say({ kind: "refused", line: words.signIn.pinFirst });
      pin.value = "";
      for (const digit of text) put(digit);
    },
    { isRaw: true },
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <section class="step pin">
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {words.signIn.pin(name)}
      </h2>
      <div class="pin-dots" role="img" aria-label={words.signIn.pinDots(pin.value.length)}>
        {Array.from({ length: PIN_LENGTH }, (_, index) => (
          <span key={index} class={index < pin.value.length ? "dot full" : "dot"} />
        ))}
      </div>
      <p class="pin-error" role="alert">
        {error.value !== null && (
          <>
            <Icon name="cross" />
            {error.value}
          </>
        )}
      </p>
      <div class="foot">
        <Keys onDigit={put} onErase={erase} />
        <div class="button-row">
          {other}
          <Button icon="back" onPress={onBack}>
            {back}
          </Button>
        </div>
      </div>
    </section>
  );
}

/** Digits from a keyboard count like the keys on the screen, wherever the focus is. */
function usePinKeyboard(put: (digit: string) => void, erase: () => void): void {
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey) return;
      if (/^[0-9]$/.test(event.key)) put(event.key);
      else if (event.key === "Backspace") erase();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
