/**
 * What screens watch: who this phone is, who holds it, how many scans wait, how far each has come.
 *
 * It is read from the databases, never counted along, so it is right after a kill and with several tabs. A new scan is
 * shown at once, because it has just been written; everything else a moment later, when the phone has time.
 */
import { batch, signal } from "@preact/signals";
import { fingerprint } from "../core/chain";
import { outcomeKey } from "../core/wire";
import type { CompanyRow, ExceptionRow, OutcomeRow } from "./books";
import type { EventRow } from "./database";
import { changesInMs, scanRows } from "./my-scans";
import type { Enrolled, OutboxStore } from "./outbox-store";
import type { Connection, Identity, Person, ScanRow } from "./phone";
import type { Replica } from "./replica";
import type { Rescued } from "./rescue";
import type { RightOfWay } from "./right-of-way";
import { personOf } from "./sign-in";
import type { World } from "./world";

const SCANS_SHOWN = 100;
/** A desk decides many like cases at once, each with what it leads to. */
const DESK_SCANS_SHOWN = 500;
/** The beep and the green come first. */
const MOMENT_MS = 120;

export class Noticeboard {
  readonly enrolled = signal<Identity | null>(null);
  readonly storageLost = signal(false);
  readonly rescued = signal<Rescued | null>(null);
  readonly person = signal<Person | null>(null);
  readonly unsent = signal(0);
  readonly dataAt = signal<number | null>(null);
  readonly connection = signal<Connection>({ state: "offline", code: null, lastSuccessAt: null, lastFailureAt: null });
  readonly scans = signal<ScanRow[]>([]);
  readonly notSaved = signal<string | null>(null);
  readonly exceptions = signal<ExceptionRow[]>([]);
  company: CompanyRow | null = null;

  private readonly count: number;
  private refreshing: Promise<void> | null = null;
  private isStale = false;
  private recordings = 0;
  /** Under which keys the books tell what became of the scans shown, by their ids. */
  private keys: ReadonlyMap<string, string> = new Map();
  private timer: { id: number; dueAt: number } | null = null;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly replica: Replica,
    private readonly way: RightOfWay,
  ) {
    this.count = world.role === "desk" ? DESK_SCANS_SHOWN : SCANS_SHOWN;
  }

  /** Show scans that were just written. */
  recorded(rows: readonly EventRow[]): void {
    this.recordings += 1;
    const actor = this.person.value?.person ?? null;
    const fate = { outcomes: new Map(), judged: {}, actor, wall: this.world.clocks().wall };
    const fresh = scanRows([...rows].reverse(), fate);
    const undone = new Set(fresh.flatMap(({ type, body }) => (type === "voided" ? [body["target"]] : [])));
    const older = this.scans.value.map((row) =>
      undone.has(row.id) ? { ...row, state: "undone" as const, canUndo: false } : row,
    );
    batch(() => {
      this.unsent.value += rows.length;
      this.scans.value = [...fresh, ...older].slice(0, this.count);
    });
    this.refreshLater(MOMENT_MS);
  }

  /** Look again soon; what comes meanwhile is seen in the same look. */
  refreshSoon(): void {
    this.refreshLater(MOMENT_MS);
  }

  /** Bring everything up to date; a call that comes meanwhile is answered by one more round. */
  refresh(): Promise<void> {
    this.isStale = true;
    this.refreshing ??= this.rounds().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async rounds(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      await this.round();
    }
  }

  private async round(): Promise<void> {
    await this.way.clear();
    const { company, judged, heard } = await this.replica.state();
    const exceptions = await this.replica.all("exception");
    const before = this.person.value;
    const person = await this.currentPerson(before);
    await this.way.clear();
    const { recordings } = this;
    const { enrolled, head, unsent, rows } = await this.outbox.state(judged, this.count);
    const outcomes = await this.outcomesOf(rows);
    // What was recorded while we were reading stands on the board already, and not in what we have read.
    if (recordings !== this.recordings) {
      this.isStale = true;
      return;
    }
    const { wall } = this.world.clocks();
    this.company = company;
    batch(() => {
      if (enrolled !== undefined && head !== undefined) this.enrolled.value = identityOf(enrolled, head.inc);
      // Somebody may have signed out while we were reading.
      if (this.person.value === before) this.person.value = person;
      this.unsent.value = unsent;
      this.dataAt.value = heard?.wall ?? null;
      this.exceptions.value = exceptions;
      this.scans.value = scanRows(rows, { outcomes, judged, actor: this.person.value?.person ?? null, wall });
    });
    if (head !== undefined) this.outbox.leaveCanary(head, unsent);
    const ages = changesInMs(this.scans.value, wall);
    if (ages !== null) this.refreshLater(ages);
  }

  private async outcomesOf(rows: readonly EventRow[]): Promise<Map<string, OutcomeRow>> {
    const known = this.keys;
    this.keys = new Map(rows.map(({ id, body }) => [id, known.get(id) ?? outcomeKey(id, fingerprint(body))]));
    const found = await this.replica.many("outcome", [...this.keys.values()]);
    return new Map(
      [...this.keys].flatMap(([id, key]) => {
        const outcome = found.get(key);
        return outcome === undefined ? [] : [[id, outcome] as const];
      }),
    );
  }

  /** The person signed in, with the rights the books give today; somebody switched off is signed out. */
  private async currentPerson(person: Person | null): Promise<Person | null> {
    const row = person === null ? null : await this.replica.one("person", person.person);
    if (row === null) return person;
    return row.is_active ? personOf(this.outbox, row) : null;
  }

  private refreshLater(ms: number): void {
    const dueAt = this.world.clocks().mono + ms;
    if (this.timer !== null && this.timer.dueAt <= dueAt) return;
    if (this.timer !== null) this.world.clearTimer(this.timer.id);
    const id = this.world.setTimer(() => {
      this.timer = null;
      void this.refresh();
    }, ms);
    this.timer = { id, dueAt };
  }
}

function identityOf(enrolled: Enrolled, inc: string): Identity {
  const { device, device_code, name, site, company, is_demo } = enrolled;
  return { device, deviceCode: device_code, name, site, company, isDemo: is_demo, inc };
}
