/** A form of the desk: its fields are a list, its errors are the server's, shown at the field they are about. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Problem } from "../device/phone";
import { asCode, isCode } from "../ui/codes";
import { Icon } from "../ui/icons";
import { Button, Field, Select } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { sentenceOf } from "./use-list";

export interface FormField {
  /** As on the wire. */
  name: string;
  label: string;
  kind?: "text" | "code" | "password" | "pin";
  hint?: string;
  isOptional?: boolean;
  /** Choose instead of typing; may depend on what is entered elsewhere. */
  options?: (values: Values) => readonly { value: string; text: string }[];
  initial?: string;
  /** The field whose text becomes a code until somebody types one. */
  codeFrom?: string;
  autoComplete?: string;
}

export type Values = Record<string, string>;

interface FormProps {
  fields: readonly FormField[];
  button: string;
  /** Send it; what comes back is said to have been added. */
  onSend: (values: Values) => Promise<string | null>;
  /** Checks of the page itself: a field and its sentence. */
  check?: (values: Values) => { field: string; line: string } | null;
}

const PIN = /^[0-9]{6}$/;

/** Draw the form. */
export function Form({ fields, button, onSend, check }: FormProps): JSX.Element {
  const values = useSignal<Values>(initial(fields));
  const touched = useSignal<ReadonlySet<string>>(new Set());
  const wrong = useSignal<{ field: string | null; line: string } | null>(null);
  const done = useSignal<string | null>(null);
  const isSending = useSignal(false);

  const enter = (field: FormField, text: string): void => {
    values.value = followed(fields, { ...values.value, [field.name]: text }, field.name, touched.value);
    touched.value = new Set([...touched.value, field.name]);
    wrong.value = null;
    done.value = null;
  };
  const send = async (): Promise<void> => {
    if (isSending.value) return;
    const ready = cleaned(fields, values.value);
    wrong.value = firstWrong(fields, ready) ?? check?.(ready) ?? null;
    if (wrong.value !== null) return;
    isSending.value = true;
    try {
      const added = await onSend(ready);
      done.value = added === null ? null : deskWords.saved(added);
      values.value = initial(fields);
      touched.value = new Set();
    } catch (error) {
      wrong.value = problemOf(error, fields);
    }
    isSending.value = false;
  };
  return (
    <form
      class="desk-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {fields.map((field) => (
        <FormInput
          key={field.name}
          field={field}
          values={values.value}
          error={wrong.value?.field === field.name ? wrong.value.line : null}
          onEnter={(text) => enter(field, text)}
        />
      ))}
      {wrong.value !== null && wrong.value.field === null && (
        <p class="notice bad" role="alert">
          <Icon name="cross" />
          <span>{wrong.value.line}</span>
        </p>
      )}
      <Button look="primary" isSubmit isDisabled={isSending.value}>
        {button}
      </Button>
      <p class="form-done" role="status">
        {done.value !== null && (
          <>
            <Icon name="tick" />
            {done.value}
          </>
        )}
      </p>
    </form>
  );
}

interface InputProps {
  field: FormField;
  values: Values;
  error: string | null;
  onEnter: (text: string) => void;
}

function FormInput({ field, values, error, onEnter }: InputProps): JSX.Element {
  const value = values[field.name] ?? "";
  const { label, hint } = field;
  if (field.options !== undefined) {
    const options = [{ value: "", text: deskWords.choose }, ...field.options(values)];
    return (
      <Select
        label={label}
        value={value}
        options={options}
        error={error}
        onInput={onEnter}
        {...(hint ? { hint } : {})}
      />
    );
  }
  const isPin = field.kind === "pin";
  return (
    <Field
      label={label}
      name={field.name}
      value={value}
      hint={hint}
      error={error}
      type={field.kind === "password" || isPin ? "password" : "text"}
      inputMode={isPin ? "numeric" : "text"}
      autoComplete={field.autoComplete ?? (field.kind === "password" || isPin ? "new-password" : "off")}
      autoCapitalize={field.kind === "code" ? "characters" : "off"}
      isCode={field.kind === "code"}
      maxLength={isPin ? 6 : 120}
      onInput={onEnter}
    />
  );
}

function initial(fields: readonly FormField[]): Values {
  return Object.fromEntries(fields.map(({ name, initial: value }) => [name, value ?? ""]));
}

/** Let codes follow the names they are made from. */
function followed(fields: readonly FormField[], values: Values, changed: string, touched: ReadonlySet<string>): Values {
  const followers = fields.filter(({ name, codeFrom }) => codeFrom === changed && !touched.has(name));
  return { ...values, ...Object.fromEntries(followers.map(({ name }) => [name, codeOf(values[changed] ?? "")])) };
}

const CODE_PROPOSED_MAX = 12;

/** Propose a code for a name: "Neem extract 10:1" becomes NEEM-EXTRACT. */
function codeOf(name: string): string {
  return name
    .normalize("NFD")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-")
    .slice(0, CODE_PROPOSED_MAX)
    .replace(/^-+|-+$/g, "");
}

function cleaned(fields: readonly FormField[], values: Values): Values {
  return Object.fromEntries(
    fields.map(({ name, kind }) => {
      const text = values[name] ?? "";
      return [name, kind === "code" ? asCode(text) : kind === "password" ? text : text.trim()];
    }),
  );
}

function firstWrong(fields: readonly FormField[], values: Values): { field: string; line: string } | null {
  for (const { name, kind, isOptional } of fields) {
    const text = values[name] ?? "";
    if (text === "") {
      if (isOptional !== true) return { field: name, line: deskWords.required };
    } else if (kind === "code" && !isCode(text)) {
      return { field: name, line: deskWords.codeWrong };
    } else if (kind === "pin" && !PIN.test(text)) {
      return { field: name, line: deskWords.people.pinWrong };
    }
  }
  return null;
}

/** Put the server's sentence at the field it is about, if the form has it. */
function problemOf(error: unknown, fields: readonly FormField[]): { field: string | null; line: string } {
  const field = error instanceof Problem ? (error.field?.split(".").at(-1) ?? null) : null;
  const isHere = fields.some(({ name }) => name === field);
  return { field: isHere ? field : null, line: sentenceOf(error) };
}
