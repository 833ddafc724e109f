/** Digits for gloved fingers; the same field takes a keyboard, and Enter goes on. */
import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../words/words";
import { Icon, type IconName } from "./icons";

const ROWS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

interface KeysProps {
  onDigit: (digit: string) => void;
  onErase: () => void;
  /** Shows the decimal point. */
  onPoint?: () => void;
}

/** The twelve keys. They never take the focus away from where it is. */
export function Keys({ onDigit, onErase, onPoint }: KeysProps): JSX.Element {
  const key = (digit: string): JSX.Element => (
    <button key={digit} type="button" class="key" onClick={() => onDigit(digit)}>
      {digit}
    </button>
  );
  return (
    <div class="keys" onPointerDown={keepFocus}>
      {ROWS.map(key)}
      {onPoint === undefined ? (
        <span class="key-gap" />
      ) : (
        <button type="button" class="key" aria-label={words.quantity.point} onClick={onPoint}>
          .
        </button>
      )}
      {key("0")}
      <button type="button" class="key" aria-label={words.quantity.erase} onClick={onErase}>
        <Icon name="erase" />
      </button>
    </div>
  );
}

/** The keys of the pad are pressed beside the field; the cursor stays in it. */
function keepFocus(event: Event): void {
  event.preventDefault();
}

interface NudgeProps {
  icon: IconName;
  label: string;
  onPress: () => void;
}

function Nudge({ icon, label, onPress }: NudgeProps): JSX.Element {
  return (
    <button type="button" class="key nudge" aria-label={label} onPointerDown={keepFocus} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

const NUMBER = /^\d*\.?\d*$/;

/** One more or one less of what stands there, exactly and never below nothing; what is no number stays as it is. */
export function stepped(text: string, by: 1n | -1n): string {
  if (!NUMBER.test(text)) return text;
  const [whole = "", fraction] = text.split(".");
  const next = BigInt(whole) + by;
  if (next < 0n) return "0";
  return fraction === undefined ? `${next}` : `${next}.${fraction}`;
}

interface NumberPadProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  unitOfMeasure?: string;
  error?: string | null;
  isWhole?: boolean;
  /** Digits that were read out, not an amount: one more or one less of it means nothing. */
  isCode?: boolean;
  /** What was entered last time, to take once more. */
  last?: string | undefined;
}

const LENGTH_MAX = 16;

/** A number, entered on large keys or a keyboard, with its unit of measure beside it. */
export function NumberPad({ label, value, onChange, unitOfMeasure, error, isWhole, isCode, last }: NumberPadProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // Also when what was entered is wrong: whoever types it again need not go there first.
  useLayoutEffect(() => input.current?.focus({ preventScroll: true }), [error]);
  const put = (text: string): void => onChange((value + text).slice(0, LENGTH_MAX));
  return (
    <div class={error ? "number wrong" : "number"}>
      <label class="number-label" for={id}>
        {label}
      </label>
      <div class="number-line">
        {isCode !== true && (
          <Nudge icon="minus" label={words.quantity.less} onPress={() => onChange(stepped(value, -1n))} />
        )}
        <input
          ref={input}
          id={id}
          class={isCode === true ? "number-input spoken" : "number-input"}
          // The keys below are the keyboard; the phone's own would cover them.
          inputMode="none"
          autoComplete="off"
          maxLength={LENGTH_MAX}
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onInput={(event) => onChange(event.currentTarget.value.replace(",", "."))}
        />
        {unitOfMeasure !== undefined && <span class="number-unit">{unitOfMeasure}</span>}
        {isCode !== true && (
          <Nudge icon="plus" label={words.quantity.more} onPress={() => onChange(stepped(value, 1n))} />
        )}
      </div>
      {last !== undefined && (
        <button type="button" class="same" onPointerDown={keepFocus} onClick={() => onChange(last)}>
          <Icon name="equals" />
          {words.quantity.same(unitOfMeasure === undefined ? last : `${last} ${unitOfMeasure}`)}
        </button>
      )}
      {error && (
        <p id={`${id}-error`} class="field-note" role="alert">
          {error}
        </p>
      )}
      <Keys
        onDigit={put}
        onErase={() => onChange(value.slice(0, -1))}
        {...(isWhole === true || isCode === true ? {} : { onPoint: () => !value.includes(".") && put(value === "" ? "0." : ".") })}
      />
    </div>
  );
}
