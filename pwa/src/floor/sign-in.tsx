/** Sign-in: a name, six digits. Who signs out leaves nothing behind; scans go on being sent. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Person } from "../device/phone";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Keys } from "../ui/keypad";
import { Button } from "../ui/parts";
import { Head } from "../ui/status";
import { UpdateOffer } from "../ui/update";
import { words } from "../words/words";
import { Empty } from "./frame";

/** The screen. */
export function SignIn(): JSX.Element {
  const { phone } = useApp();
  const people = useSignal<Person[] | null>(null);
  const chosen = useSignal<Person | null>(null);
  useEffect(() => {
    void phone.people().then((found) => {
      const active = found.filter(({ isActive }) => isActive);
      // Who cannot sign in here is told why, below those who can.
      people.value = [...active.filter(mayTry), ...active.filter((person) => !mayTry(person))];
    });
  }, [phone, phone.dataAt.value, chosen.value]);
  return (
    <>
      <Head title={words.product} />
      <main>
        {chosen.value === null ? (
          <Who people={people.value} chosen={chosen} />
        ) : (
          <Pin person={chosen.value} onBack={() => (chosen.value = null)} />
        )}
      </main>
    </>
  );
}

function Who({ people, chosen }: { people: Person[] | null; chosen: Signal<Person | null> }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="step">
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {words.signIn.who}
      </h2>
      <ul class="people">
        {people?.map((person) => (
          <li key={person.person}>
            <button type="button" class="person" disabled={!mayTry(person)} onClick={() => (chosen.value = person)}>
              <Icon name="person" />
              <span class="choice-text">
                <strong>{person.name}</strong>
                <small>{lineOf(person)}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {people?.length === 0 && <Empty>{words.signIn.none}</Empty>}
      <UpdateOffer />
      <p class="small">{words.signIn.unsentKept}</p>
    </section>
  );
}

const mayTry = ({ hasPin, lockedUntilOffice }: Person): boolean => hasPin && !lockedUntilOffice;

function lineOf(person: Person): string {
  if (person.lockedUntilOffice) return words.signIn.lockedShort;
  if (!person.hasPin) return words.signIn.noPin;
  return words.desk.people.roles[person.role] ?? person.role;
}

const PIN_LENGTH = 6;

function Pin({ person, onBack }: { person: Person; onBack: () => void }): JSX.Element {
  const { phone, feedback } = useApp();
  const pin = useSignal("");
  const error = useSignal<string | null>(null);
  const isChecking = useSignal(false);
  useEscape(onBack);
  const check = async (): Promise<void> => {
    isChecking.value = true;
    const answer = await phone.signIn(person.person, pin.value);
    isChecking.value = false;
    pin.value = "";
    if (answer !== "ok") error.value = words.signIn[answer];
  };
  const put = (digit: string): void => {
    if (isChecking.value || pin.value.length >= PIN_LENGTH) return;
    error.value = null;
    pin.value += digit;
    if (pin.value.length === PIN_LENGTH) void check();
  };
  const erase = (): void => {
    pin.value = pin.value.slice(0, -1);
  };
  usePinKeyboard(put, erase);
  // Digits typed very fast look like a scanner's; they are a PIN all the same.
  useScans(
    ({ text }) => {
      if (!/^[0-9]{6}$/.test(text)) return feedback.say({ kind: "refused", line: words.scan.signInFirst });
      pin.value = "";
      for (const digit of text) put(digit);
    },
    { isRaw: true },
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="step pin">
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {words.signIn.pin(person.name)}
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
        <Button icon="back" onPress={onBack}>
          {words.signIn.notMe}
        </Button>
      </div>
    </section>
  );
}

/** Digits from a keyboard count like the keys on the screen, wherever the focus is. */
function usePinKeyboard(put: (digit: string) => void, erase: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey) return;
      if (/^[0-9]$/.test(event.key)) put(event.key);
      else if (event.key === "Backspace") erase();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
}
