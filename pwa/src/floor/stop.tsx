/**
 * The red screen: something must not be used or sent.
 *
 * Putting it back is the large button. Two other ways lead on, and both are recorded in the scan: a second person who
 * may overrules with a PIN and a reason, or it is done already and anybody says so with a reason. No scan and no Enter
 * of a scanner chooses any of them.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { mayOverrule } from "../core/rules";
import type { Lending, Person, Phone } from "../device/phone";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Choice, Field, Step } from "../ui/parts";
import { reasonRecorded } from "../ui/reasons";
import { signalClass } from "../ui/sound";
import { words } from "../words/words";
import type { Books } from "./books";
import type { StopAnswer } from "./drafts";
import { EntryStep } from "./entry-step";
import { Empty } from "./frame";
import { later } from "./later";
import { PeopleList } from "./people-list";
import { PhotoButton, TakePhoto, useKeepPhoto } from "./photo";
import { PinStep } from "./pin";
import type { Asking } from "./remarks";
import { UnitCard } from "./unit-card";

interface StopProps {
  asking: Asking;
  books: Books;
  onCancel: () => void;
}

type Stage =
  | { at: "stop" | "who" | "done" | "photo" }
  | { at: "pin" | "telephone"; second: Second }
  | { at: "overrule"; second: Second; challenge?: string };

/** Who overrules: by role, or by a right that was lent. */
interface Second extends Person {
  lending: Lending | null;
}

const Telephone = later(async () => (await import("./second-page")).Telephone);

const STOP: Stage = { at: "stop" };

/** The stop, and the two ways past it; Esc leads one step back. */
export function StopScreen({ asking, books, onCancel }: StopProps): JSX.Element {
  const stage = useSignal<Stage>(STOP);
  const photo = useSignal<Blob | null>(null);
  const keepPhoto = useKeepPhoto();
  const { phone } = useApp();
  const back = (): void => {
    stage.value = STOP;
  };
  const answer = (said: Omit<StopAnswer, "stops">): void => asking.go({ stops: asking.codes, ...said });
  const now = stage.value;
  switch (now.at) {
    case "stop":
      return <Stop asking={asking} books={books} onCancel={onCancel} onStage={(next) => (stage.value = next)} />;
    case "who":
      return <Seconds onSecond={(second) => (stage.value = { at: "pin", second })} onBack={back} />;
    case "pin":
      return (
        <PinStep
          name={now.second.name}
          back={words.action.cancel}
          check={(pin) => phone.confirm(now.second.person, pin)}
          onOk={() => (stage.value = { at: "overrule", second: now.second })}
          onBack={() => (stage.value = { at: "who" })}
          // A right that was lent is for who stands here.
          other={
            now.second.lending === null ? (
              <Button icon="call" onPress={() => (stage.value = { at: "telephone", second: now.second })}>
                {words.stop.byTelephone}
              </Button>
            ) : null
          }
        />
      );
    case "telephone":
      return (
        <Telephone
          second={now.second}
          onOk={(challenge) => (stage.value = { at: "overrule", second: now.second, challenge })}
          onBack={() => (stage.value = { at: "pin", second: now.second })}
        />
      );
    case "overrule":
      return (
        <Reason
          instruction={words.stop.whyOverrule}
          reasons={words.reasons.overrule}
          onReason={(reason) => answer({ reason, ...overrule(now.second, now.challenge) })}
          onBack={back}
        />
      );
    case "done":
      return (
        <Reason
          instruction={words.stop.whyDone}
          reasons={words.reasons.alreadyDone}
          onReason={(reason) => {
            void keepPhoto(asking.subject.unit.unit, photo.value).then(() => answer({ reason, already_done: true }));
          }}
          beside={<PhotoButton photo={photo} onPress={() => (stage.value = { at: "photo" })} />}
          onBack={back}
        />
      );
    case "photo":
      return (
        <TakePhoto
          onPhoto={(taken) => {
            photo.value = taken;
            stage.value = { at: "done" };
          }}
          onBack={() => (stage.value = { at: "done" })}
        />
      );
  }
}

function Stop({ asking, books, onCancel, onStage }: StopProps & { onStage: (stage: Stage) => void }): JSX.Element {
  useEscape(onCancel);
  useEffect(() => signalClass("refused"), [asking]);
  return (
    <Step
      instruction={words.stop.titles[asking.operation] ?? words.stop.title}
      stepKey={asking.codes.join()}
      foot={
        <>
          <Button look="primary" icon="undo" testId="put-back" onPress={onCancel}>
            {words.remarkStop}
          </Button>
          <div class="button-row">
            <Button onPress={() => onStage({ at: "who" })}>{words.stop.overrule}</Button>
            <Button onPress={() => onStage({ at: "done" })}>{words.stop.done}</Button>
          </div>
        </>
      }
    >
      <div class="remarks" role="alert" data-testid="stop">
        {asking.codes.map((code) => (
          <div key={code} class="result refused">
            <Icon name="cross" />
            <div>
              <strong>{words.remarkTitles[code] ?? words.stop.title}</strong>
              <p>{words.stops[code] ?? words.remarkUnknown}</p>
            </div>
          </div>
        ))}
      </div>
      <UnitCard subject={asking.subject} books={books} />
    </Step>
  );
}

/** Say on whose word it goes on, and what that word rests on. */
function overrule({ person, grant, lending }: Second, challenge: string | undefined): Omit<StopAnswer, "stops" | "reason"> {
  return {
    overruled: true,
    second: person,
    second_grant: grant,
    ...(challenge === undefined ? {} : { challenge }),
    ...(lending === null ? {} : { lending: lending.lending }),
  };
}

/** Choose who overrules: of this site, of a role that may or with a right that was lent, and not who was stopped. */
function Seconds({ onSecond, onBack }: { onSecond: (second: Second) => void; onBack: () => void }): JSX.Element {
  useEscape(onBack);
  const { phone } = useApp();
  const people = useSignal<Second[] | null>(null);
  // A right may be lent, or taken back, while the list is looked at.
  useEffect(() => void secondsOf(phone).then((found) => (people.value = found)), [phone, people, phone.dataAt.value]);
  return (
    <Step instruction={words.stop.who} foot={<Button onPress={onBack}>{words.action.cancel}</Button>}>
      {people.value?.length === 0 && <Empty>{words.stop.nobody}</Empty>}
      <PeopleList
        people={people.value ?? []}
        onPerson={onSecond}
        note={({ lending }) => (lending === null ? null : words.stop.lentUntil(when(lending.until, phone.now())))}
      />
    </Step>
  );
}

async function secondsOf(phone: Phone): Promise<Second[]> {
  const actor = phone.person.value?.person ?? "";
  const [people, lendings] = await Promise.all([phone.people(), phone.lendings()]);
  return people.flatMap<Second>((person) => {
    if (!person.isActive || person.person === actor) return [];
    if (mayOverrule(person.role, person.person, actor)) return [{ ...person, lending: null }];
    const lending = lendings.find((lent) => lent.person === person.person);
    return lending === undefined ? [] : [{ ...person, lending }];
  });
}

interface ReasonProps {
  instruction: string;
  reasons: readonly string[];
  onReason: (reason: string) => void;
  onBack: () => void;
  /** What may be done beside giving a reason. */
  beside?: ComponentChildren;
}

/** A reason from a short list, or in one's own words. */
export function Reason({ instruction, reasons, onReason, onBack, beside }: ReasonProps): JSX.Element {
  const isOther = useSignal(false);
  useEscape(() => (isOther.value ? (isOther.value = false) : onBack()));
  if (isOther.value) return <OwnWords instruction={instruction} onReason={onReason} />;
  return (
    <Step
      instruction={instruction}
      foot={
        <div class="button-row">
          {beside}
          <Button onPress={onBack}>{words.action.cancel}</Button>
        </div>
      }
    >
      <ul class="choices">
        {reasons.map((reason) => (
          <Choice key={reason} title={reason} onPress={() => onReason(reasonRecorded(reason))} />
        ))}
        <Choice icon="keyboard" title={words.stop.otherReason} onPress={() => (isOther.value = true)} />
      </ul>
    </Step>
  );
}

const REASON_MAX = 200;

function OwnWords({ instruction, onReason }: { instruction: string; onReason: (reason: string) => void }): JSX.Element {
  return (
    <EntryStep
      instruction={instruction}
      check={(text) => (text === "" ? words.stop.reasonMissing : null)}
      onEntry={onReason}
    >
      {(entry) => <Field label={words.stop.reason} maxLength={REASON_MAX} isDefault {...entry} />}
    </EntryStep>
  );
}
