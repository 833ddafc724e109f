/** For those whose word leads past a stop: give it by telephone, or lend the right for a shift. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { OVERRULERS } from "../core/rules";
import type { Lending, Person } from "../device/phone";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { useEscape } from "../ui/keys";
import { Button, Choice, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { allowed, lent, voided } from "./drafts";
import { Empty, Frame } from "./frame";
import { PeopleList } from "./people-list";
import { PinStep } from "./pin";
import { saved, useSave } from "./saving";
import { SpokenEntry, SpokenNumber } from "./telephone";

const HOUR_MS = 3_600_000;
/** A shift, half of one, and a long one. */
const SHIFTS = [4, 8, 12] as const;

type At =
  | { step: "choose" | "their_number" | "whom" }
  | { step: "pin"; challenge: string }
  | { step: "answer"; number: string }
  | { step: "how_long"; whom: Person }
  | { step: "lend_pin"; whom: Person; until: number };

const CHOOSE: At = { step: "choose" };

/** The screen. */
export function Lead(): JSX.Element {
  return (
    <Frame title={flowWords.lead.title}>
      <Steps />
    </Frame>
  );
}

function Steps(): JSX.Element | null {
  const { phone, router } = useApp();
  const record = useSave();
  const at = useSignal<At>(CHOOSE);
  const self = phone.person.value;
  const go = (next: At): void => {
    at.value = next;
  };
  const back = (): void => go(CHOOSE);
  useEscape(back, at.value.step !== "choose");
  if (self === null) return null;
  if (!OVERRULERS.has(self.role)) return <Empty>{flowWords.lead.notYou}</Empty>;
  const now = at.value;
  switch (now.step) {
    case "choose":
      return <Choose self={self} onStep={(step) => go({ step })} />;
    case "their_number":
      return <TheirNumber onNumber={(challenge) => go({ step: "pin", challenge })} onBack={back} />;
    case "pin": {
      const answer = async (): Promise<void> => {
        const number = await phone.answerTo(self.person, now.challenge);
        // Kept first: an answer that is read out has been given.
        const ids = await record([allowed(now.challenge)], saved(flowWords.lead.given, null));
        if (ids !== null && number !== null) go({ step: "answer", number });
      };
      return <OwnPin self={self} onOk={() => void answer()} onBack={back} />;
    }
    case "answer":
      return (
        <Step
          instruction={flowWords.lead.sayAnswer}
          foot={
            <Button look="primary" onPress={() => router.replace("/")}>
              {flowWords.lead.done}
            </Button>
          }
        >
          <SpokenNumber label={flowWords.lead.answer} number={now.number} />
          <p class="lead">{flowWords.lead.onlyThis}</p>
        </Step>
      );
    case "whom":
      return <Whom self={self} onPerson={(whom) => go({ step: "how_long", whom })} onBack={back} />;
    case "how_long":
      return <HowLong onUntil={(until) => go({ step: "lend_pin", whom: now.whom, until })} onBack={back} />;
    case "lend_pin": {
      const line = flowWords.lead.lent(now.whom.name, when(now.until, phone.now()));
      const lend = async (): Promise<void> => {
        if ((await record([lent(now.whom.person, now.until)], saved(line, null))) !== null) back();
      };
      return <OwnPin self={self} onOk={() => void lend()} onBack={back} />;
    }
  }
}

/** The phone may have lain about since its person signed in. */
function OwnPin({ self, onOk, onBack }: { self: Person; onOk: () => void; onBack: () => void }): JSX.Element {
  const { phone } = useApp();
  return (
    <PinStep
      name={self.name}
      back={words.action.cancel}
      check={(pin) => phone.confirm(self.person, pin)}
      onOk={onOk}
      onBack={onBack}
    />
  );
}

function Choose({ self, onStep }: { self: Person; onStep: (step: "their_number" | "whom") => void }): JSX.Element {
  return (
    <Step instruction={flowWords.lead.which}>
      <ul class="choices">
        <Choice
          icon="call"
          title={flowWords.lead.allow}
          line={flowWords.lead.allowLine}
          onPress={() => onStep("their_number")}
        />
        <Choice icon="lend" title={flowWords.lead.lend} line={flowWords.lead.lendLine} onPress={() => onStep("whom")} />
      </ul>
      <LentNow self={self} />
    </Step>
  );
}

/** What is lent now can be taken back by who lent it. */
function LentNow({ self }: { self: Person }): JSX.Element | null {
  const { phone } = useApp();
  const record = useSave();
  const lendings = useSignal<readonly (Lending & { name: string })[]>([]);
  const read = async (): Promise<void> => {
    const [mine, people] = await Promise.all([phone.lendings(), phone.people()]);
    const names = new Map(people.map(({ person, name }) => [person, name]));
    lendings.value = mine
      .filter(({ by }) => by === self.person)
      .map((lending) => ({ ...lending, name: names.get(lending.person) ?? lending.person }));
  };
  useEffect(() => void read(), [phone.dataAt.value, phone.scans.value]);
  const takeBack = async ({ event, name }: Lending & { name: string }): Promise<void> => {
    await record([voided(event)], saved(flowWords.lead.takenBack(name), null));
    await read();
  };
  if (lendings.value.length === 0) return null;
  return (
    <section class="lent">
      <h3>{flowWords.lead.lentNow}</h3>
      <ul>
        {lendings.value.map((lending) => (
          <li key={lending.event} data-testid="lending">
            <span>
              <strong>{lending.name}</strong> <small>{flowWords.lead.until(when(lending.until, phone.now()))}</small>
            </span>
            <button type="button" class="button small" onClick={() => void takeBack(lending)}>
              {flowWords.lead.takeBack}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function TheirNumber({ onNumber, onBack }: { onNumber: (number: string) => void; onBack: () => void }): JSX.Element {
  const take = async (number: string): Promise<null> => {
    onNumber(number);
    return null;
  };
  return (
    <SpokenEntry instruction={flowWords.lead.type} line={flowWords.lead.ask} onNumber={take} onBack={onBack} />
  );
}

interface WhomProps {
  self: Person;
  onPerson: (person: Person) => void;
  onBack: () => void;
}

function Whom({ self, onPerson, onBack }: WhomProps): JSX.Element {
  const { phone } = useApp();
  const people = useSignal<Person[] | null>(null);
  useEffect(() => {
    void phone.people().then((found) => {
      people.value = found.filter(({ person, role }) => person !== self.person && !OVERRULERS.has(role));
    });
  }, [phone, people, self]);
  return (
    <Step instruction={flowWords.lead.whom} foot={<Button onPress={onBack}>{words.action.cancel}</Button>}>
      {people.value?.length === 0 && <Empty>{flowWords.lead.nobody}</Empty>}
      <PeopleList people={people.value ?? []} onPerson={onPerson} />
    </Step>
  );
}

function HowLong({ onUntil, onBack }: { onUntil: (until: number) => void; onBack: () => void }): JSX.Element {
  const { phone } = useApp();
  return (
    <Step instruction={flowWords.lead.howLong} foot={<Button onPress={onBack}>{words.action.cancel}</Button>}>
      <ul class="choices">
        {SHIFTS.map((hours) => {
          const until = phone.now() + hours * HOUR_MS;
          return (
            <Choice
              key={hours}
              icon="clock"
              title={flowWords.lead.hours(hours)}
              line={flowWords.lead.until(when(until, phone.now()))}
              onPress={() => onUntil(until)}
            />
          );
        })}
      </ul>
    </Step>
  );
}
