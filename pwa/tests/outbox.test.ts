/** What to send next and what an answer means, under every network there is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ASIDE_MS,
  EVENTS_PER_PUSH_MAX,
  FIRST_PACE,
  acks,
  afterRefused,
  afterTaken,
  afterTooMuch,
  counts,
  disposable,
  isDisposable,
  nextRun,
} from "../src/core/outbox";
import * as outbox from "../src/core/outbox";
import type { Ack, Bases, Kept, Pace, PushAnswer } from "../src/core/outbox";

function event(inc: string, seq: number, body = "{}"): Kept {
  return { inc, seq, id: `${inc}-${seq}`, body, hash: `h-${inc}-${seq}`, madeAt: seq, ack: null };
}

const run = (inc: string, from: number, to: number): Kept[] =>
  Array.from({ length: to - from + 1 }, (_, n) => event(inc, from + n));

function answer(verdicts: PushAnswer["verdicts"], epoch = "e1"): PushAnswer {
  return { server_time: 0, epoch, bases: [[epoch, 1]], verdicts, missing: [], do: [], next: { max_events: 200, after_ms: 0 } };
}

describe("the next run", () => {
  it("is unbroken and of one incarnation", () => {
    expect(nextRun([...run("a", 1, 3), ...run("a", 5, 6)], FIRST_PACE, 0).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(nextRun([...run("a", 7, 8), ...run("b", 9, 9)], FIRST_PACE, 0).map(({ inc }) => inc)).toEqual(["a", "a"]);
  });

  it("keeps to the pace and to a megabyte, but always carries one event", () => {
    expect(nextRun(run("a", 1, 500), FIRST_PACE, 0)).toHaveLength(200);
    const heavy = [1, 2, 3, 4].map((seq) => event("a", seq, "x".repeat(400_000)));
    expect(nextRun(heavy, FIRST_PACE, 0)).toHaveLength(2);
    expect(nextRun([event("a", 1, "x".repeat(3_000_000))], FIRST_PACE, 0)).toHaveLength(1);
    // Letters of an Indian script weigh three bytes each.
    expect(
      nextRun(
        [1, 2].map((seq) => event("a", seq, "क".repeat(200_000))),
        FIRST_PACE,
        0,
      ),
    ).toHaveLength(1);
  });

  it("goes around an event set aside, and comes back to it", () => {
    const events = run("a", 1, 4);
    const pace = afterRefused(FIRST_PACE, [event("a", 2)], 0);
    expect(nextRun(events, pace, 0).map(({ seq }) => seq)).toEqual([1]);
    expect(nextRun(events.slice(1), pace, 0).map(({ seq }) => seq)).toEqual([3, 4]);
    expect(nextRun(events.slice(1), pace, ASIDE_MS).map(({ seq }) => seq)).toEqual([2, 3, 4]);
  });
});

describe("the pace", () => {
  it("halves on too much and grows by half up to what the server likes", () => {
    let pace: Pace = afterTooMuch(FIRST_PACE, 200);
    expect(pace.limit).toBe(100);
    pace = afterTooMuch(pace, 60);
    expect(pace.limit).toBe(30);
    for (let times = 0; times < 20; times++) pace = afterTaken(pace, 500);
    expect(pace.limit).toBe(500);
    for (let times = 0; times < 20; times++) pace = afterTaken(pace, 1e9);
    expect(pace.limit).toBe(EVENTS_PER_PUSH_MAX);
    for (let times = 0; times < 20; times++) pace = afterTooMuch(pace, pace.limit);
    expect(pace.limit).toBe(1);
  });
});

describe("an answer", () => {
  it("vouches for an event by its own verdict and for no other", () => {
    const sent = run("a", 1, 3);
    const found = acks(
      sent,
      answer([
        { id: "a-2", v: "stored", pos: 9 },
        { id: "b-1", v: "stored", pos: 10 },
      ]),
    );
    expect([...found]).toEqual([["a-2", { verdict: "stored", epoch: "e1", pos: 9 }]]);
  });

  it("that this app does not understand vouches for nothing", () => {
    expect(acks(run("a", 1, 1), answer([{ id: "a-1", v: "composted", pos: 9 }])).size).toBe(0);
    expect(acks(run("a", 1, 1), answer([{ id: "a-1", v: "stored", pos: Number.NaN }])).size).toBe(0);
  });

  it.each(["stored", "duplicate", "quarantined", "stored_apart", "stored_fork"])("%s means: safe there", (v) => {
    expect(acks(run("a", 1, 1), answer([{ id: "a-1", v, pos: 1 }])).size).toBe(1);
  });
});

describe("the epoch rule", () => {
  const ack = (epoch: string, pos: number): Ack => ({ verdict: "stored", epoch, pos });

  it("counts a verdict while its epoch is remembered and no later one begins at or before it", () => {
    const bases: Bases = [
      ["e1", 1],
      ["e2", 50],
      ["e3", 40],
    ];
    expect(counts(ack("e1", 39), bases)).toBe(true);
    expect(counts(ack("e1", 40), bases)).toBe(false);
    expect(counts(ack("e2", 39), bases)).toBe(true);
    expect(counts(ack("e2", 60), bases)).toBe(false);
    expect(counts(ack("e3", 1_000), bases)).toBe(true);
    expect(counts(ack("forgotten", 1), bases)).toBe(false);
    expect(counts(ack("e1", 1), [])).toBe(false);
  });
});

describe("nothing is ever lost", () => {
  type Weather =
    | "fair"
    | "request_lost"
    | "answer_lost"
    | "doubled"
    | "too_large"
    | "unreadable"
    | "partial"
    | "scan"
    | "restore"
    | "rollback_twice"
    | "late_answer";
  const weather = fc.constantFrom<Weather>(
    "fair",
    "request_lost",
    "answer_lost",
    "doubled",
    "too_large",
    "unreadable",
    "partial",
    "scan",
    "restore",
    "rollback_twice",
    "late_answer",
  );

  /** A phone and a server of plain values; the server remembers ids only. */
  class Story {
    events: Kept[] = [];
    made: string[] = [];
    pace: Pace = { ...FIRST_PACE, limit: 4 };
    now = 0;
    bases: [string, number][] = [["e0", 1]];
    held = new Map<string, number>();
    late: [Kept[], PushAnswer][] = [];

    scan(): void {
      const inc = this.events.length % 7 < 4 ? "a" : "b";
      const seq = this.events.filter((kept) => kept.inc === inc).length + 1;
      const made = event(inc, seq, `{"n":${this.events.length}}`);
      this.events = [...this.events, made];
      this.made.push(made.body);
    }

    unsent(): Kept[] {
      const order = (one: Kept, other: Kept) =>
        one.inc === other.inc ? one.seq - other.seq : one.inc < other.inc ? -1 : 1;
      return this.events.filter(({ ack }) => ack === null).sort(order);
    }

    store(sent: readonly Kept[]): PushAnswer {
      const epoch = this.bases.at(-1)?.[0] ?? "";
      const verdicts = sent.map(({ id }) => {
        const v = this.held.has(id) ? "duplicate" : "stored";
        const pos = this.held.get(id) ?? Math.max(0, ...this.held.values()) + 1;
        this.held.set(id, pos);
        return { id, v, pos };
      });
      return { ...answer(verdicts, epoch), bases: [...this.bases] };
    }

    hear(sent: readonly Kept[], heard: PushAnswer): void {
      const found = acks(sent, heard);
      this.events = this.events.map((kept) => {
        const ack = found.get(kept.id) ?? kept.ack;
        return { ...kept, ack: ack !== null && counts(ack, heard.bases) ? ack : null };
      });
      this.pace = found.size === 0 ? afterRefused(this.pace, sent, this.now) : afterTaken(this.pace, 200);
    }

    restore(): void {
      const kept = [...this.held].sort(([, one], [, other]) => one - other).slice(0, Math.floor(this.held.size / 2));
      this.held = new Map(kept);
      this.bases.push([`e${this.bases.length}`, Math.max(0, ...this.held.values()) + 1]);
    }

    step(kind: Weather): void {
      this.now += 1_000;
      if (kind === "scan") return this.scan();
      if (kind === "restore") return this.restore();
      if (kind === "rollback_twice") return [1, 2].forEach(() => this.restore());
      if (kind === "late_answer") {
        const late = this.late.shift();
        // An answer of before a restore tells an older history; a phone hears answers in the order of its requests.
        if (late !== undefined && late[1].bases.length === this.bases.length) this.hear(...late);
        return;
      }
      const sent = nextRun(this.unsent(), this.pace, this.now);
      if (sent.length === 0 || kind === "request_lost") return;
      if (kind === "too_large") return void (this.pace = afterTooMuch(this.pace, sent.length));
      if (kind === "unreadable") return void (this.pace = afterRefused(this.pace, sent, this.now));
      const heard = this.store(sent);
      if (kind === "doubled") this.store(sent);
      if (kind === "answer_lost") return void this.late.push([sent, heard]);
      this.hear(sent, kind === "partial" ? { ...heard, verdicts: heard.verdicts.slice(1) } : heard);
    }
  }

  it("whatever the network and the server do, every scan stays as it was made, and all arrive in the end", () => {
    fc.assert(
      fc.property(fc.array(weather, { maxLength: 120 }), (kinds) => {
        const story = new Story();
        for (const kind of kinds) {
          story.step(kind);
          expect(story.events.map(({ body }) => body)).toEqual(story.made);
        }
        // The weather clears; an hour later everything has arrived, in bounded time.
        for (let turn = 0; turn < 40 + 2 * story.events.length; turn++) {
          story.now += ASIDE_MS;
          story.step("fair");
        }
        // One more answer lets the phone see a restore that happened while it had nothing to send.
        story.hear([], { ...answer([], story.bases.at(-1)?.[0] ?? ""), bases: story.bases });
        for (let turn = 0; turn < 40 + 2 * story.events.length; turn++) {
          story.now += ASIDE_MS;
          story.step("fair");
        }
        expect(story.unsent()).toEqual([]);
        expect(story.events.filter(({ id }) => !story.held.has(id))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("no function of the outbox gives fewer events than it was given, for it gives none back at all", () => {
    // The pure outbox chooses, marks and paces, and says what may go; only a store could remove.
    expect(Object.keys(outbox).filter((name) => /remove|delete|drop|clear|prune|purge|reset/i.test(name))).toEqual([]);
  });
});

describe("letting go", () => {
  const DAY = 86_400_000;
  const told = { server_time: 20 * DAY, bases: [["e1", 1]] as Bases, durable_pos: 10 };
  const old = (seq: number, pos: number | null, changed: Partial<Kept> = {}): Kept => ({
    ...event("a", seq),
    madeAt: DAY,
    ack: pos === null ? null : { verdict: "stored", epoch: "e1", pos },
    ...changed,
  });

  it("takes a verdict that counts, a position the backups hold, and two weeks: all three", () => {
    expect(isDisposable(old(1, 9), told)).toBe(true);
    expect(isDisposable(old(1, 10), told)).toBe(false);
    expect(isDisposable(old(1, null), told)).toBe(false);
    expect(isDisposable(old(1, 9, { madeAt: 6 * DAY }), told)).toBe(false);
    expect(isDisposable(old(1, 9, { madeAt: 30 * DAY }), told)).toBe(false);
    expect(isDisposable(old(1, 9), { ...told, bases: [["e2", 1]] })).toBe(false);
    const restored: Bases = [
      ["e1", 1],
      ["e2", 9],
    ];
    expect(isDisposable(old(1, 9), { ...told, bases: restored })).toBe(false);
    expect(isDisposable(old(1, 8), { ...told, bases: restored })).toBe(true);
  });

  it("never happens at the word of a server that says nothing of backups", () => {
    const { durable_pos: _, ...silent } = told;
    expect(isDisposable(old(1, 1), silent)).toBe(false);
  });

  it("goes from the beginning of a chain and stops at the first that must be kept", () => {
    const events = [old(1, 1), old(2, 2), old(3, null), old(4, 4)];
    expect(disposable(events, 0, told).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(disposable(events.slice(1), 0, told)).toEqual([]);
    expect(disposable(events.slice(1), 1, told).map(({ seq }) => seq)).toEqual([2]);
    expect(disposable([old(1, 1), old(2, 2)], 0, told)).toHaveLength(2);
    expect(disposable([], 0, told)).toEqual([]);
  });

  /** A server that is backed up and restored, and a phone that lets go of what it may. */
  class Plant {
    events: Kept[] = [];
    made: string[] = [];
    held: string[] = [];
    bases: [string, number][] = [["e0", 1]];
    copies: { held: string[]; bases: [string, number][] }[] = [];
    durable = 1;
    announced = 1;
    now = 0;
    base = 0;
    gone = 0;

    scan(): void {
      const made = { ...event("a", this.made.length + 1), madeAt: this.now - (this.made.length % 2) * 15 * DAY };
      this.events.push(made);
      this.made.push(made.id);
    }

    call(isAnswered: boolean): void {
      const sent = nextRun(
        this.events.filter(({ ack }) => ack === null),
        FIRST_PACE,
        0,
      );
      for (const { id } of sent) if (!this.held.includes(id)) this.held.push(id);
      if (!isAnswered) return;
      const epoch = this.bases.at(-1)?.[0] ?? "";
      const verdicts = sent.map(({ id }) => ({ id, v: "stored", pos: this.held.indexOf(id) + 1 }));
      const heard = { ...answer(verdicts, epoch), bases: [...this.bases] };
      const assurance = { server_time: this.now, bases: heard.bases, durable_pos: this.durable };
      const marks = acks(sent, heard);
      this.events = this.events.map((kept) => {
        const ack = marks.get(kept.id) ?? kept.ack;
        return { ...kept, ack: ack !== null && counts(ack, heard.bases) ? ack : null };
      });
      const gone = disposable(this.events, this.base, assurance);
      this.base += gone.length;
      this.gone += gone.length;
      this.events = this.events.slice(gone.length);
    }

    backUp(): void {
      this.copies.push({ held: [...this.held], bases: [...this.bases] });
      this.announce();
    }

    announce(): void {
      const [one, other] = this.copies.slice(-2).map((copy) => this.reach(copy));
      this.durable = one === undefined || other === undefined ? 1 : Math.min(one, other) + 1;
      this.announced = Math.max(this.announced, this.durable);
    }

    /** How far a copy holds the present history. */
    reach({ held, bases }: Plant["copies"][number]): number {
      const fork = this.bases.findIndex(([epoch], n) => bases[n]?.[0] !== epoch);
      const since = fork < 0 ? [] : [...this.bases.slice(fork), ...bases.slice(fork)];
      return Math.min(held.length, ...since.map(([, first]) => first - 1));
    }

    restore(choice: number, epoch: string): void {
      const allowed = this.copies.filter((copy) => this.reach(copy) + 1 >= this.announced);
      const copy = allowed[choice % Math.max(1, allowed.length)];
      if (copy === undefined) return;
      this.held = [...copy.held];
      this.bases = [...copy.bases, [epoch, copy.held.length + 1]];
      this.announce();
    }
  }

  const step = fc.constantFrom(
    ...["scan", "scan", "scan", "call", "call", "call", "unheard", "back_up", "back_up", "restore", "days"],
  );
  const story = fc.array(fc.tuple(step, fc.nat(9)), { minLength: 100, maxLength: 160 });

  it("never loses a scan, whichever of the allowed backups is brought back, and as often as it is", () => {
    let gone = 0;
    fc.assert(
      fc.property(story, (told) => {
        const plant = new Plant();
        told.forEach(([kind, choice], n) => {
          plant.now += DAY / 4;
          if (kind === "scan") plant.scan();
          else if (kind === "call" || kind === "unheard") plant.call(kind === "call");
          else if (kind === "back_up") plant.backUp();
          else if (kind === "restore") plant.restore(choice, `e${n + 1}`);
          else plant.now += 10 * DAY;
          const somewhere = new Set([...plant.held, ...plant.events.map(({ id }) => id)]);
          if (somewhere.size < plant.made.length) throw new Error(`${plant.made.length - somewhere.size} scans are lost`);
        });
        for (let turn = 0; turn <= plant.made.length; turn++) plant.call(true);
        expect([...plant.held].sort()).toEqual([...plant.made].sort());
        gone += plant.gone;
      }),
      { numRuns: 100 },
    );
    expect(gone).toBeGreaterThan(500);
  });
});
