/** Digits for gloved fingers; the same field takes a keyboard, and Enter goes on. */
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../words/words";
import { Icon } from "./icons";

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
    <div class="keys" onPointerDown={(event) => event.preventDefault()}>
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

interface NumberPadProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  unitOfMeasure?: string;
  error?: string | null;
  isWhole?: boolean;
}

const LENGTH_MAX = 16;

/** A number, entered on large keys or a keyboard, with its unit of measure beside it. */
export function NumberPad({ label, value, onChange, unitOfMeasure, error, isWhole }: NumberPadProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus({ preventScroll: true }), []);
  const put = (text: string): void => onChange((value + text).slice(0, LENGTH_MAX));
  return (
    <div class={error ? "number wrong" : "number"}>
      <label class="number-label" for={id}>
        {label}
      </label>
      <div class="number-line">
        <input
          ref={input}
          id={id}
          class="number-input"
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
      </div>
      {error && (
        <p id={`${id}-error`} class="field-note" role="alert">
          {error}
        </p>
      )}
      <Keys
        onDigit={put}
        onErase={() => onChange(value.slice(0, -1))}
        {...(isWhole === true ? {} : { onPoint: () => !value.includes(".") && put(value === "" ? "0." : ".") })}
      />
    </div>
  );
}
