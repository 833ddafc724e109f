/** The words in which a desk decides: what a choice leads to, then the decision that names it. */
import type { ChoiceRow, OpenException } from "../device/office";
import type { Draft, ScanRow } from "../device/phone";
import { deskWords } from "../words/desk-en";

type Body = Draft["body"];

/** Say that a person has looked at an exception as it stands; the facts the choice leads to come first. */
export function decision(open: OpenException, choice: ChoiceRow, note: string): Body[] {
  return [...choice.effects.map((effect) => ({ ...effect, ...reasonOf(note) })), decided(open, choice.choice, note)];
}

/** Take one scan of an exception back, and say so on it. */
export function takenBack(open: OpenException, event: string, note: string): Body[] {
  return [{ type: "voided", target: event, ...reasonOf(note) }, decided(open, "take_back", note)];
}

function decided({ exception, evidence, earlier_decisions }: OpenException, choice: string, note: string): Body {
  const told = note === "" ? {} : { note };
  return { type: "decided", exception, evidence, choice, after: earlier_decisions, ...told };
}

const reasonOf = (note: string): { reason?: string } => (note === "" ? {} : { reason: note });

/** The choices that fit all of these: like cases have the same. */
export function commonChoices(open: readonly OpenException[]): string[] {
  const [first, ...others] = open.map(({ choices }) => choices.map(({ choice }) => choice));
  return (first ?? []).filter((choice) => others.every((known) => known.includes(choice)));
}

/** What this desk has recorded on an exception as it stands, whether the server has heard of it or not. */
export function recordedOn({ exception, evidence }: OpenException, scans: readonly ScanRow[]): ScanRow | undefined {
  return scans.find(
    ({ type, body }) => type === "decided" && body["exception"] === exception && body["evidence"] === evidence,
  );
}

/** Say what a choice records besides the decision; null if nothing. */
export function effectsOf({ effects }: ChoiceRow): string | null {
  if (effects.length === 0) return null;
  return effects.map((effect) => (deskWords.exceptions.effect[effect.type] ?? String)(subjectOf(effect))).join(", ");
}

function subjectOf(effect: ChoiceRow["effects"][number]): string {
  const events = effect["events"];
  if (Array.isArray(events)) return deskWords.exceptions.scanCount(events.length);
  return [effect["item"], effect["batch"], effect["unit"]].filter((part) => typeof part === "string").join(" ");
}
