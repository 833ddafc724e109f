/** The few parts every screen is made of: buttons, choices, fields, the frame of a step. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  children: ComponentChildren;
  onPress?: () => void;
  icon?: IconName;
  look?: "primary" | "plain";
  /** Takes the focus when it appears, so that Enter presses it. */
  isDefault?: boolean;
  isDisabled?: boolean;
  isSubmit?: boolean;
  testId?: string;
  label?: string;
  /** The command barcode that presses it; the primary button needs none to be OK. */
  command?: "ok" | "cancel" | "all" | "part";
}

/** A large button: icon and word, the whole width of its place. */
export function Button(props: ButtonProps): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (props.isDefault === true) button.current?.focus({ preventScroll: true });
  }, [props.isDefault]);
  return (
    <button
      ref={button}
      type={props.isSubmit === true ? "submit" : "button"}
      class={`button ${props.look ?? "plain"}`}
      disabled={props.isDisabled ?? false}
      data-testid={props.testId}
      data-command={props.command}
      aria-label={props.label}
      onClick={props.onPress}
    >
      {props.icon !== undefined && <Icon name={props.icon} />}
      <span>{props.children}</span>
    </button>
  );
}

interface ChoiceProps {
  title: string;
  line?: string | undefined;
  icon?: IconName | undefined;
  code?: string | undefined;
  isChosen?: boolean;
  onPress: () => void;
}

/** One line of a list to choose from. */
export function Choice({ title, line, icon, code, isChosen, onPress }: ChoiceProps): JSX.Element {
  return (
    <li>
      <button type="button" class="choice" aria-pressed={isChosen} onClick={onPress}>
        {icon !== undefined && <Icon name={icon} />}
        <span class="choice-text">
          <strong>{title}</strong>
          {line !== undefined && <small>{line}</small>}
        </span>
        {code !== undefined && <span class="code">{code}</span>}
        <Icon name="forward" class="choice-go" />
      </button>
    </li>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  error?: string | null | undefined;
  type?: "text" | "password" | "search" | "date";
  inputMode?: "text" | "numeric" | "decimal" | "none" | "search";
  autoComplete?: string;
  autoCapitalize?: "off" | "characters" | "words";
  maxLength?: number;
  isDefault?: boolean;
  isCode?: boolean;
  testId?: string;
  name?: string;
}

/** A labelled text field with its hint and its error beneath. */
export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (props.isDefault === true) input.current?.focus({ preventScroll: true });
  }, [props.isDefault]);
  useLayoutEffect(() => {
    if (props.error) input.current?.focus();
  }, [props.error]);
  const note = props.error ?? props.hint;
  // The attributes below fit all three types; Preact's types want one of them named.
  const type = (props.type ?? "text") as "text";
  return (
    <div class={props.error ? "field wrong" : "field"}>
      <label for={id}>{props.label}</label>
      <input
        ref={input}
        id={id}
        name={props.name}
        class={props.isCode === true ? "code" : undefined}
        type={type}
        value={props.value}
        inputMode={props.inputMode ?? "text"}
        autoComplete={props.autoComplete ?? "off"}
        autoCapitalize={props.autoCapitalize ?? "off"}
        spellcheck={false}
        maxLength={props.maxLength ?? 400}
        aria-invalid={props.error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        data-testid={props.testId}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {note && (
        <p id={`${id}-note`} class="field-note" role={props.error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly { value: string; text: string }[];
  onInput: (value: string) => void;
  error?: string | null | undefined;
  hint?: string;
}

/** A labelled list to choose one of. */
export function Select(props: SelectProps): JSX.Element {
  const id = useId();
  const note = props.error ?? props.hint;
  return (
    <div class={props.error ? "field wrong" : "field"}>
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        aria-invalid={props.error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        onChange={(event) => props.onInput(event.currentTarget.value)}
      >
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
      {note && (
        <p id={`${id}-note`} class="field-note" role={props.error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

interface StepProps {
  /** The one thing to do now. */
  instruction: string;
  children?: ComponentChildren;
  /** The large buttons, in the lower half where the thumb is. */
  foot?: ComponentChildren;
  /** Changes when another step begins: the instruction is then read out. */
  stepKey?: string;
  onSubmit?: () => void;
  /** The step itself places the focus (a default button or field). */
  keepsFocus?: boolean;
}

/** One step of a flow: one instruction, what it is about, and what to press. */
export function Step({ instruction, children, foot, stepKey, onSubmit, keepsFocus }: StepProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const key = stepKey ?? instruction;
  useLayoutEffect(() => {
    if (keepsFocus !== true) heading.current?.focus({ preventScroll: true });
  }, [key, keepsFocus]);
  const inside = (
    <>
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {instruction}
      </h2>
      <div class="step-body">{children}</div>
      {foot !== undefined && <div class="foot">{foot}</div>}
    </>
  );
  if (onSubmit === undefined) return <section class="step">{inside}</section>;
  return (
    <form
      class="step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {inside}
    </form>
  );
}
