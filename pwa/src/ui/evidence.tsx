/** Both sides of an exception, as people read them: who, on which phone, when, how much, and what they could know. */
import type { ComponentChildren, JSX } from "preact";
import { shown } from "../core/quantity";
import type { EvidenceRow, ExceptionRow } from "../device/books";
import { words } from "../words/words";
import { age, when } from "./format";
import { reasonWords } from "./reasons";
import { Icon, type IconName } from "./icons";

/** What codes are called here. */
export interface Names {
  item(code: string): { name: string; unitOfMeasure: string; perUnit: bigint } | null;
  place(code: string): string;
}

/** A minute is as exact as anybody remembers. */
const FRESH_MS = 60_000;

const SEVERITY_ICONS: Record<ExceptionRow["severity"], IconName> = { stop: "cross", check: "bang", note: "look" };

/** Say how grave it is, with its picture. */
export function SeverityTag({ severity }: { severity: ExceptionRow["severity"] }): JSX.Element {
  return (
    <span class={`tag severity-${severity}`}>
      <Icon name={SEVERITY_ICONS[severity]} />
      {words.inbox.severity[severity]}
    </span>
  );
}

/** Say in one line what an exception is about. */
export function aboutOf({ about }: ExceptionRow, names: Names): string {
  const item = about.item === null ? null : (names.item(about.item)?.name ?? about.item);
  const place = about.place === null ? null : names.place(about.place);
  return [about.unit, item, about.batch, place].filter((part) => part !== null).join(" · ");
}

/** Say how far apart the quantities are; null where it is not about how much. */
export function differenceOf({ about, difference }: ExceptionRow, names: Names): string | null {
  if (difference === null) return null;
  const amount = (quantity: string): string => amountOf(quantity, about.item, names);
  return words.inbox.difference(amount(difference.found), amount(difference.expected));
}

export function amountOf(quantity: string, code: string | null, names: Names): string {
  const item = code === null ? null : names.item(code);
  return item === null ? quantity : `${shown(BigInt(quantity), item.perUnit)} ${item.unitOfMeasure}`;
}

interface SidesProps {
  scans: readonly EvidenceRow[];
  names: Names;
  now: number;
  /** What can be done with a single scan. */
  action?: (scan: EvidenceRow) => ComponentChildren;
}

/** The scans side by side. */
export function Sides({ scans, names, now, action }: SidesProps): JSX.Element {
  if (scans.length === 0) return <p class="notice">{words.inbox.noScans}</p>;
  return (
    <ol class="sides">
      {scans.map((scan) => (
        <li key={scan.event} class={scan.is_undone ? "side undone" : "side"} data-testid="side">
          <Side scan={scan} others={scans.filter((other) => other !== scan)} names={names} now={now} />
          {action?.(scan)}
        </li>
      ))}
    </ol>
  );
}

interface SideProps {
  scan: EvidenceRow;
  others: readonly EvidenceRow[];
  names: Names;
  now: number;
}

function Side({ scan, others, names, now }: SideProps): JSX.Element {
  return (
    <>
      <p class="side-who">
        <Icon name={scan.is_desk ? "label" : "person"} />
        <strong>{scan.who}</strong>
        <span>{scan.is_desk ? words.inbox.atDesk(scan.device) : words.inbox.on(scan.device)}</span>
      </p>
      <p class="side-what">
        <strong>{words.did[scan.type] ?? scan.type}</strong> {whatOf(scan, names)}
        {scan.is_undone && <span class="tag">{words.inbox.undone}</span>}
      </p>
      <p>{whenOf(scan, now)}</p>
      {scan.stops.length > 0 && <p>{stopsOf(scan)}</p>}
      {scan.reason !== null && <p>{words.inbox.reason(reasonWords(scan.reason))}</p>}
      {scan.note !== null && <p>“{scan.note}”</p>}
      <ul class="side-knowledge">
        <li>{pictureOf(scan, now)}</li>
        {others
          .filter((other) => !isLater(other, scan))
          .map((other) => (
            <li key={other.event}>{knowledgeOf(scan, other, now)}</li>
          ))}
        <li>{words.inbox.handedIn(when(scan.received_at, now))}</li>
      </ul>
    </>
  );
}

function whatOf(scan: EvidenceRow, names: Names): JSX.Element {
  const { material, units, place_from, place_to } = scan;
  const [from, to] = [placeOf(place_from, names), placeOf(place_to, names)];
  const how = material === null ? undefined : words.inbox.obtained[material.obtained];
  return (
    <>
      {material !== null && (
        <>
          {amountOf(material.quantity, material.item, names)} {names.item(material.item)?.name ?? material.item}
          {how !== undefined && <span class="side-how"> ({how})</span>}
        </>
      )}{" "}
      {units.length > 0 && <span class="code">{units.join(", ")}</span>}{" "}
      {(from !== null || to !== null) && (
        <span class="side-where">{[from, to].filter((place) => place !== null).join(" → ")}</span>
      )}
    </>
  );
}

function stopsOf({ stops, overruled_by, overruled_how, already_done }: EvidenceRow): string {
  const why = stops.map((code) => (words.remarkTitles[code] ?? code.replaceAll("_", " ")).toLowerCase());
  const letOn = words.inbox.overruledHow[overruled_how ?? "role"] ?? words.inbox.overruledBy;
  const how = overruled_by !== null ? letOn(overruled_by) : already_done ? words.inbox.alreadyDone : "";
  return `${words.inbox.stopped(why.join(", "))} ${how}`.trim();
}

function placeOf(place: string | null, names: Names): string | null {
  if (place === null) return null;
  const [kind = "", code] = place.split(":");
  if (code === undefined) return words.unit.outside[kind] ?? place;
  if (kind === "location") return names.place(code);
  return kind === "transfer" ? words.unit.onTheWay(code) : words.unit.inRun(code);
}

/** When it was, by the clock of its phone: an interval, as honest as that clock. */
export function whenOf({ from, to }: Pick<EvidenceRow, "from" | "to">, now: number): string {
  if (to === 0) return words.inbox.whenUnknown;
  const first = when(from, now);
  // On another day than it began, the end says its day too.
  const isSameDay = new Date(from).toDateString() === new Date(to).toDateString();
  const last = when(to, isSameDay ? to : Infinity);
  const isOneMinute = isSameDay && when(from, from) === last;
  return isOneMinute ? words.inbox.at(first) : words.inbox.between(first, last);
}

function pictureOf({ from, to, picture_at }: EvidenceRow, now: number): string {
  if (picture_at === null || to === 0) return words.inbox.pictureUnknown;
  const scanned = (from + to) / 2;
  if (scanned - picture_at < FRESH_MS) return words.inbox.pictureFresh;
  return words.inbox.pictureOld(age(picture_at, scanned), when(picture_at, now));
}

/** Nobody knows of what is done only afterwards, and nobody need say so. */
const isLater = (other: EvidenceRow, scan: EvidenceRow): boolean => other.from > scan.to || other.knew.includes(scan.event);

function knowledgeOf(scan: EvidenceRow, other: EvidenceRow, now: number): string {
  const what = words.did[other.type] ?? other.type;
  const isOwn = other.who === scan.who && other.device === scan.device;
  const whose = `${other.who} (${what})`;
  if (!scan.knew.includes(other.event)) {
    const wasTooLate = scan.picture_at !== null && other.received_at > scan.picture_at;
    return wasTooLate
      ? words.inbox.couldNotKnow(whose, when(other.received_at, now))
      : words.inbox.didNotKnow(whose);
  }
  return isOwn ? words.inbox.sameKnew(what) : words.inbox.knew(whose);
}
