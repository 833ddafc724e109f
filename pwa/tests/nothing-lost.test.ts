/**
 * The promise of the whole app, put to the test: what turned green is never lost and never altered, and all of it
 * arrives, whatever disks, networks, servers, tabs and operators do in between.
 */
import fc from "fast-check";
import { IDBObjectStore } from "fake-indexeddb";
import { afterEach, expect, it, vi } from "vitest";
import { ASIDE_MS, KEPT_MS_MIN } from "../src/core/outbox";
import { NotSaved } from "../src/device/problem";
import { FAIR, FarEnd } from "./far-end";
import type { Weather } from "./far-end";
import { SCENE, begun, enrolled, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket, settled } from "./pocket";

const RUNS = 60;
/** How often a look found scans let go: were it never, the story would not try what it is about. */
let letGo = 0;

type Step =
  | "scan"
  | "scan_three"
  | "undo"
  | "call"
  | "request_lost"
  | "answer_lost"
  | "doubled"
  | "refused_400"
  | "refused_401"
  | "refused_413"
  | "busy"
  | "hotel"
  | "killed"
  | "second_tab"
  | "disk_full_once"
  | "disk_fails"
  | "closed_under_us"
  | "committed_but_unheard"
  | "never_completes"
  | "books_thrown_away"
  | "server_backed_up"
  | "weeks_pass"
  | "quiet_weeks"
  | "server_restored"
  | "told_new_inc"
  | "wall_turned_back";

const steps = fc.constantFrom<Step>(
  "scan",
  "scan",
  "scan_three",
  "undo",
  "call",
  "request_lost",
  "answer_lost",
  "doubled",
  "refused_400",
  "refused_401",
  "refused_413",
  "busy",
  "hotel",
  "killed",
  "second_tab",
  "disk_full_once",
  "disk_fails",
  "closed_under_us",
  "committed_but_unheard",
  "never_completes",
  "books_thrown_away",
  "server_backed_up",
  "weeks_pass",
  "quiet_weeks",
  "quiet_weeks",
  "server_restored",
  "told_new_inc",
  "wall_turned_back",
);

afterEach(() => vi.restoreAllMocks());

class Story {
  green = new Map<string, string>();
  /** The highest position phones were told is durable. */
  private told = 1;
  private count = 0;

  private constructor(
    readonly server: FarEnd,
    public phone: Parts,
  ) {}

  static async begin(): Promise<Story> {
    const server = new FarEnd();
    return new Story(server, await enrolled(pocket(server.fetch)));
  }

  async step(step: Step): Promise<void> {
    switch (step) {
      case "scan":
        return this.record(1);
      case "scan_three":
        return this.record(3);
      case "undo":
        return this.undo();
      case "call":
        return this.call(FAIR);
      case "request_lost":
        return this.call(() => Promise.reject(new TypeError("lost")));
      case "answer_lost":
        return this.call((call, serve) =>
          serve().then((served) => (call.path.endsWith("push") ? Promise.reject(new TypeError("lost")) : served)),
        );
      case "doubled":
        return this.call((_, serve) => serve().then(() => serve()));
      case "refused_400":
        return this.refused(400);
      case "refused_401":
        return this.refused(401);
      case "refused_413":
        return this.refused(413);
      case "busy":
        return this.refused(503);
      case "hotel":
        return this.call(() => Promise.resolve({ status: 200, body: "<html>", type: "text/html" }));
      case "killed":
        return this.open();
      case "second_tab":
        return this.otherTab();
      case "disk_full_once":
        return this.failing("QuotaExceededError", 1);
      case "disk_fails":
        return this.failing("UnknownError", 99);
      case "closed_under_us":
        return this.failing("InvalidStateError", 1);
      case "committed_but_unheard":
        return this.unheard();
      case "never_completes":
        return this.neverCompletes();
      case "books_thrown_away":
        return this.phone.replica.drop();
      case "server_backed_up":
        this.server.backUp();
        this.told = Math.max(this.told, this.server.durable);
        return;
      case "weeks_pass":
        return this.weeksPass();
      case "quiet_weeks":
        return this.quietWeeks();
      case "server_restored":
        return this.restore();
      case "told_new_inc":
        this.server.forked = new Set([(await this.phone.outbox.head()).inc]);
        return;
      case "wall_turned_back":
        this.phone.world.wall -= 86_400_000;
    }
  }

  async everythingGreenStands(): Promise<void> {
    const rows = await this.phone.database.events.toArray();
    const here = new Map(rows.map(({ id, body }) => [id, body]));
    letGo += this.green.size - here.size;
    // What is no longer here was let go because the server has it, now and after any restore it may be given.
    for (const [id, { body, pos }] of this.server.held) if (!here.has(id) && pos < this.told) here.set(id, body);
    expect(here).toEqual(this.green);
  }

  async heal(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      this.phone.world.mono += ASIDE_MS + 1;
      await this.call(FAIR);
    }
  }

  /** All that is unsent gets through, backups are made, and weeks go by: the next answer lets the phone let go. */
  private async quietWeeks(): Promise<void> {
    await this.call(FAIR);
    for (const step of ["server_backed_up", "server_backed_up", "weeks_pass", "call"] as const) await this.step(step);
  }

  private weeksPass(): void {
    const { world } = this.phone;
    for (const clock of ["wall", "mono"] as const) world[clock] += KEPT_MS_MIN + 86_400_000;
    this.server.now += KEPT_MS_MIN + 86_400_000;
  }

  /** Bring back half of what there is, but never less than what phones were told is safe. */
  private restore(): void {
    const kept = Math.max(Math.floor(this.server.changes.length / 2), this.told - 1);
    this.server.restore(kept, `e${this.server.bases.length + 1}`);
  }

  private async record(count: number, phone = this.phone): Promise<void> {
    const drafts = Array.from({ length: count }, () => receipt(`U${(this.count += 1)}`));
    try {
      for (const { id, body } of await phone.outbox.record(drafts, SCENE)) this.green.set(id, body);
    } catch (error) {
      // Not green, so nothing of it may be there either: `everythingGreenStands` looks.
      expect(error).toBeInstanceOf(NotSaved);
    }
  }

  private async undo(): Promise<void> {
    const [newest] = await this.phone.outbox.newest(1);
    if (newest === undefined) return;
    const [row] = await this.phone.outbox.record([{ type: "voided", target: newest.id }], SCENE);
    if (row !== undefined) this.green.set(row.id, row.body);
  }

  private async call(weather: Weather): Promise<void> {
    this.server.weather = weather;
    this.phone.world.mono += 60_000;
    await this.phone.loop.now();
    this.server.weather = FAIR;
  }

  private refused(status: number): Promise<void> {
    const refuse: Weather = (call, serve) =>
      call.path.endsWith("push") ? Promise.resolve(this.server.problem(status, "refused")) : serve();
    return this.call(refuse);
  }

  private async open(): Promise<void> {
    this.phone.loop.stop();
    this.phone = await begun(parts(this.phone.world.reopened()));
  }

  private async otherTab(): Promise<void> {
    const other = await begun(parts(this.phone.world.reopened()));
    await Promise.all([this.record(2, other), this.record(1), this.record(1, other)]);
    other.loop.stop();
  }

  private async failing(name: string, times: number): Promise<void> {
    const add = IDBObjectStore.prototype.add;
    let left = times;
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, ...given) {
      if (left-- > 0) throw new DOMException(name, name);
      return add.apply(this, given);
    });
    await this.record(2);
    vi.restoreAllMocks();
  }

  /** The disk says nothing any more, and the app is killed: it may have the scan or not, but nobody saw it saved. */
  private async neverCompletes(): Promise<void> {
    const { database, outbox } = this.phone;
    const transaction = database.transaction.bind(database) as (...given: unknown[]) => Promise<unknown>;
    const reachesDisk = this.count % 2 === 0;
    vi.spyOn(database, "transaction").mockImplementation((async (...given: unknown[]) => {
      if (reachesDisk) await transaction(...given);
      return new Promise(() => undefined);
    }) as unknown as typeof database.transaction);
    const ended = vi.fn();
    outbox.record([receipt(`U${(this.count += 1)}`)], SCENE).then(ended, ended);
    await settled();
    expect(ended).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    await this.open();
    const known = new Set([...this.green.keys(), ...this.server.held.keys()]);
    const unseen = (await this.phone.database.events.toArray()).filter(({ id }) => !known.has(id));
    expect(unseen).toHaveLength(reachesDisk ? 1 : 0);
    for (const { id, body } of unseen) this.green.set(id, body);
  }

  /** The disk has it, but the connection broke before it could say so: the second try must find it. */
  private async unheard(): Promise<void> {
    const { database } = this.phone;
    const transaction = database.transaction.bind(database) as (...given: unknown[]) => Promise<unknown>;
    let isFirst = true;
    vi.spyOn(database, "transaction").mockImplementation((async (...given: unknown[]) => {
      const done = await transaction(...given);
      if (isFirst) {
        isFirst = false;
        throw new DOMException("closed", "InvalidStateError");
      }
      return done;
    }) as unknown as typeof database.transaction);
    await this.record(2);
    vi.restoreAllMocks();
  }
}

it("what turned green is never lost, never altered, and arrives", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 25 }), async (kinds) => {
      const story = await Story.begin();
      for (const kind of kinds) {
        await story.step(kind);
        await story.everythingGreenStands();
      }
      await story.heal();
      await story.everythingGreenStands();
      expect(new Map([...story.server.held.values()].map(({ id, body }) => [id, body]))).toEqual(story.green);
      expect(await story.phone.outbox.unsentCount()).toBe(0);
      story.phone.loop.stop();
    }),
    { numRuns: RUNS },
  );
  expect(letGo).toBeGreaterThan(0);
});
