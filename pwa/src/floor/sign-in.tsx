/** Sign-in: a name, six digits. Who signs out leaves nothing behind; scans go on being sent. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Person } from "../device/phone";
import { useApp } from "../ui/context";
import { Head } from "../ui/status";
import { UpdateOffer } from "../ui/update";
import { words } from "../words/words";
import { Empty } from "./frame";
import { PeopleList } from "./people-list";
import { PinStep } from "./pin";
import { Camera } from "./scan-panel";

/** The screen. */
export function SignIn(): JSX.Element {
  const { phone, badges } = useApp();
  const people = useSignal<Person[] | null>(null);
  const chosen = badges.shown;
  // Who leaves this screen without a PIN has said nothing.
  useEffect(() => () => void (chosen.value = null), [chosen]);
  useEffect(() => {
    void phone.people().then((found) => (people.value = found.filter(({ isActive }) => isActive)));
  }, [phone, phone.dataAt.value, chosen.value]);
  const person = chosen.value;
  return (
    <>
      <Head title={words.product} />
      <main>
        {person === null ? (
          <Who people={people.value} chosen={chosen} />
        ) : (
          <PinStep
            name={person.name}
            back={words.signIn.notMe}
            check={(pin) => phone.signIn(person.person, pin)}
            onBack={() => (chosen.value = null)}
          />
        )}
      </main>
    </>
  );
}

function Who({ people, chosen }: { people: Person[] | null; chosen: Signal<Person | null> }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <section class="step">
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {words.signIn.who}
      </h2>
      <PeopleList people={people ?? []} onPerson={(person) => (chosen.value = person)} />
      {people?.length === 0 && <Empty>{words.signIn.none}</Empty>}
      <UpdateOffer />
      <p class="small">{words.signIn.unsentKept}</p>
      {/* For badges; a scanner needs no button. */}
      <div class="foot">
        <Camera isOpen look="plain" label={words.badge.scan} />
      </div>
    </section>
  );
}
