/** Steps that goods in and making share: what the units are, how many, and their labels in the end. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { UnitKind } from "../core/event";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { NumberPad } from "../ui/keypad";
import { Button, Step } from "../ui/parts";
import { words } from "../words/words";
import { KINDS } from "./drafts";
import { EntryStep } from "./entry-step";
import { Labels } from "./labels";
import { later } from "./later";

/** More labels than this at once are more likely a slip of the finger than a truck. */
export const UNITS_MAX = 200;

/** Choose drum, bag, carton and so on by their pictures. */
export function WhichKind({ question, onKind }: { question: string; onKind: (kind: UnitKind) => void }): JSX.Element {
  return (
    <Step instruction={question}>
      <div class="tiles kinds">
        {KINDS.map((kind) => (
          <button key={kind} type="button" class="tile" onClick={() => onKind(kind)}>
            <Icon name={kind} />
            <strong>{words.kinds[kind]?.one}</strong>
          </button>
        ))}
      </div>
    </Step>
  );
}

interface HowManyProps {
  kind: UnitKind;
  /** What a label says. */
  initial?: string;
  onCount: (count: number) => void;
}

/** Ask how many there are. */
export function HowMany({ kind, initial = "", onCount }: HowManyProps): JSX.Element {
  const many = words.kinds[kind]?.many ?? kind;
  return (
    <EntryStep
      instruction={words.goodsIn.howMany(many)}
      initial={initial}
      check={(text) => (countIn(text) === null ? words.goodsIn.countWrong(UNITS_MAX) : null)}
      onEntry={(text) => onCount(countIn(text) ?? 0)}
    >
      {({ value, error, onInput }) => (
        <NumberPad
          label={words.goodsIn.countLabel}
          unitOfMeasure={many}
          value={value}
          error={error}
          isWhole
          onChange={onInput}
        />
      )}
    </EntryStep>
  );
}

/** Read a number of units; null: it is none, or too many. */
function countIn(text: string): number | null {
  const count = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  return count < 1 || count > UNITS_MAX ? null : count;
}

/** Units just recorded. */
export interface Labelled {
  /** Their serials. */
  units: string[];
  /** The labels came off a roll and are on already. */
  areOn: boolean;
}

interface MadeProps extends Labelled {
  lot: string;
  again: string;
  onAgain: () => void;
  onHome: () => void;
}

/** After saving: labels first, then the next one. */
export function LabelsStep({ units, lot, areOn, again, onAgain, onHome }: MadeProps): JSX.Element {
  const { phone } = useApp();
  const isUndone = phone.scans.value.some(({ body, state }) => body["unit"] === units[0] && state === "undone");
  return (
    <Step
      instruction={isUndone ? words.labels.none : areOn ? words.labels.areOn : words.labels.stick}
      foot={
        <>
          {!isUndone && <Labels units={units} lot={lot} look={areOn ? "plain" : "primary"} />}
          <div class="button-row">
            <Button onPress={onAgain}>{again}</Button>
            <Button icon="home" onPress={onHome}>
              {words.action.home}
            </Button>
          </div>
        </>
      }
    >
      <ul class="serials">
        {units.slice(0, SERIALS_SHOWN).map((unit) => (
          <li key={unit} class="code">
            {unit}
          </li>
        ))}
        {units.length > SERIALS_SHOWN && <li>{words.labels.more(units.length - SERIALS_SHOWN)}</li>}
      </ul>
    </Step>
  );
}

const SERIALS_SHOWN = 6;

interface ReviewProps {
  kind: UnitKind;
  count: number;
  /** Record them, under these serials from a roll or under new ones (null); false: they are not recorded. */
  onSave: (bound: string[] | null) => Promise<boolean>;
  /** The facts to check. */
  children: ComponentChildren;
}

/** Before saving: check what was entered; the labels may come off a roll and be on already. */
export function ReviewUnits({ kind, count, onSave, children }: ReviewProps): JSX.Element {
  const isBinding = useSignal(false);
  if (isBinding.value) {
    const back = (): void => void (isBinding.value = false);
    // What could not be recorded is said there; the same labels can be scanned again.
    const save = (units: string[]): void => void onSave(units).then((isSaved) => isSaved || back());
    return <PrePrinted count={count} what={words.kind(kind)} onUnits={save} onBack={back} />;
  }
  return (
    <Step
      instruction={words.goodsIn.review}
      keepsFocus
      onSubmit={() => void onSave(null)}
      foot={
        <>
          <Button look="primary" icon="tick" isSubmit isDefault>
            {words.goodsIn.save(words.kindCount(count, kind))}
          </Button>
          <Button icon="label" testId="from-roll" onPress={() => (isBinding.value = true)}>
            {words.labels.fromRoll}
          </Button>
        </>
      }
    >
      {children}
    </Step>
  );
}

/** Rolls are not at every site: their step is fetched when it is wanted. */
const PrePrinted = later(async () => (await import("./pre-printed")).PrePrinted);

/** Facts to check before saving. */
export function Facts({ facts }: { facts: [name: string, value: string][] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
