/**
 * Traces of simulated phones, played to the phone's outbox: in memory, and in its store on a disk.
 *
 * The simulator (`tests/simulation/traces.py`) has written down what each phone recorded and was told, through lost and
 * doubled letters, restores of the server and clones, and what its outbox, the server's twin of ours, then had to send,
 * hold and let go of. After every step both are asked for the same. `TRACES` names another file of traces.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as chain from "../src/core/chain";
import type { Link } from "../src/core/chain";
import { acks, counts, disposable, nextRun } from "../src/core/outbox";
import type { Ack, Bases, Kept, PushAnswer } from "../src/core/outbox";
import { OutboxDatabase } from "../src/device/database";
import type { EventRow } from "../src/device/database";
import { OutboxStore } from "../src/device/outbox-store";
import type { Enrolled } from "../src/device/outbox-store";
import { OwnScans } from "../src/device/own-scans";
import { pocket } from "./pocket";
import type { Pocket } from "./pocket";

/** What must be so after a step; events go by their number in the trace. */
interface Then {
  head: Link;
  unsent: number[];
  base?: Link;
  run?: number[];
}

interface Hear {
  do: "hear";
  server_time: number;
  epoch: string;
  bases: Bases;
  durable_pos: number;
  verdicts: { id: string; v: string; pos: number }[];
  let_go: number[];
  begins: string | null;
}

type Step = ({ do: "record"; id: string; body: string; made_at: number } | Hear | { do: "reopen" }) & {
  run_max: number;
  then: Then;
};

interface OnDisk {
  id: string;
  inc: string;
  seq: number;
  body: string;
  previous: string;
  hash: string;
  made_at: number;
  ack: [epoch: string, pos: number] | null;
}

interface Trace {
  seed: number;
  device: string;
  inc: string;
  head: Link;
  bases: Bases;
  holds: OnDisk[];
  steps: Step[];
}

const file = process.env["TRACES"] ?? new URL("../../tests/vectors/outbox_traces.json", import.meta.url);
const traces = JSON.parse(readFileSync(file, "utf8")) as Trace[];

function answerOf(told: Hear): PushAnswer {
  return { ...told, missing: [], do: [], next: { max_events: 200, after_ms: 0 } };
}

function ackOf(held: OnDisk, bases: Bases): Ack | null {
  if (held.ack === null) return null;
  const ack = { verdict: "stored", epoch: held.ack[0], pos: held.ack[1] };
  return counts(ack, bases) ? ack : null;
}

/** Gives the events of a trace their numbers. */
class Numbers {
  private readonly numbers = new Map<string, number>();

  constructor({ holds, steps }: Trace) {
    const made = steps.flatMap((step) => (step.do === "record" ? [step.id] : []));
    for (const id of [...holds.map((held) => held.id), ...made]) this.numbers.set(id, this.numbers.size);
  }

  of(ids: readonly string[]): number[] {
    return ids.map((id) => this.numbers.get(id) ?? -1);
  }

  id(number: number | undefined): string | undefined {
    return [...this.numbers.keys()][number ?? -1];
  }
}

/** The outbox in memory: nothing but the functions that decide. Events stand in the order they were made in. */
class InMemory {
  private events: Kept[];
  private head: Link;
  private inc: string;
  private readonly letGoTo = new Map<string, Link>();
  private readonly numbers: Numbers;

  constructor(private readonly trace: Trace) {
    this.numbers = new Numbers(trace);
    this.events = trace.holds.map((held) => ({ ...held, madeAt: held.made_at, ack: ackOf(held, trace.bases) }));
    for (const { inc, seq, previous } of trace.holds)
      if (!this.letGoTo.has(inc)) this.letGoTo.set(inc, { seq: seq - 1, hash: previous });
    this.head = trace.head;
    this.inc = trace.inc;
  }

  step(step: Step): number[] {
    if (step.do === "record") {
      const { seq, hash } = (this.head = chain.link(this.head, step.id, step.body));
      const { id, body } = step;
      this.events.push({ id, body, inc: this.inc, seq, hash, madeAt: step.made_at, ack: null });
    }
    return step.do === "hear" ? this.hear(step) : [];
  }

  private hear(told: Hear): number[] {
    const sent = new Set(told.verdicts.map(({ id }) => id));
    const run = this.events.filter(({ id }) => sent.has(id));
    for (const [id, ack] of acks(run, answerOf(told)))
      this.events = this.events.map((kept) => (kept.id === id ? { ...kept, ack } : kept));
    this.events = this.events.map((kept) =>
      kept.ack !== null && !counts(kept.ack, told.bases) ? { ...kept, ack: null } : kept,
    );
    const gone = [...new Set(this.events.map(({ inc }) => inc))].flatMap((inc) => {
      const behind = this.events.filter((kept) => kept.inc === inc);
      return disposable(behind, this.before(behind[0]).seq, told);
    });
    for (const { inc, seq, hash } of gone) this.letGoTo.set(inc, { seq, hash });
    this.events = this.events.filter((kept) => !gone.includes(kept));
    if (told.begins !== null) {
      this.inc = told.begins;
      this.head = chain.origin(this.trace.device, this.inc);
    }
    return this.numbers.of(gone.map(({ id }) => id));
  }

  private before(kept: Kept | undefined): Link {
    if (kept === undefined || kept.seq === 1) return chain.origin(this.trace.device, kept?.inc ?? this.inc);
    const previous = this.events.find(({ inc, seq }) => inc === kept.inc && seq === kept.seq - 1);
    const link = previous ?? this.letGoTo.get(kept.inc);
    if (link?.seq !== kept.seq - 1) throw new Error(`no base of ${kept.id}`);
    return { seq: link.seq, hash: link.hash };
  }

  shown(limit: number): Then {
    const unsent = this.events.filter(({ ack }) => ack === null);
    const run = nextRun(unsent, { limit, limitMax: limit, aside: new Map() }, 0);
    const then = { head: this.head, unsent: this.numbers.of(unsent.map(({ id }) => id)) };
    if (run.length === 0) return then;
    return { ...then, base: this.before(run[0]), run: this.numbers.of(run.map(({ id }) => id)) };
  }
}

const ENROLLED: Omit<Enrolled, "device"> = {
  device_code: "001",
  name: "Phone",
  site: "KIRAN-FL",
  certificate: "",
  company: "",
  is_demo: false,
};

/** The phone's store, on the disk of a test. Scans are put in as they were made; all else goes by its own methods. */
class OnDiskStore {
  private readonly world: Pocket;
  private database: OutboxDatabase;
  private store: OutboxStore;
  private readonly numbers: Numbers;

  private constructor(private readonly trace: Trace) {
    this.numbers = new Numbers(trace);
    this.world = pocket();
    this.database = new OutboxDatabase(this.world);
    this.store = this.open();
  }

  static async begin(trace: Trace): Promise<OnDiskStore> {
    const made = new OnDiskStore(trace);
    const { holds, bases, inc, head, device } = trace;
    const rows = holds.map(({ previous: _, ack: __, ...held }, n): EventRow => {
      const ack = ackOf(holds[n] as OnDisk, bases);
      return ack === null ? { ...held, ack, unsent: 1 } : { ...held, ack };
    });
    const let_go: Record<string, Link> = {};
    for (const { inc, seq, previous } of holds) let_go[inc] ??= { seq: seq - 1, hash: previous };
    let_go[inc] ??= head;
    const earlier = [...new Set(holds.map((held) => held.inc))].filter((name) => name !== inc);
    await made.database.events.bulkAdd(rows);
    await made.database.meta.bulkPut(
      [
        { ...ENROLLED, device },
        { inc, ...head, at: [0, 0], earlier: earlier.map((name) => ({ inc: name, ...lastOf(holds, name) })) },
        bases,
        let_go,
      ],
      ["enrolled", "head", "bases", "let_go"],
    );
    return made;
  }

  private open(): OutboxStore {
    return new OutboxStore(this.database, this.world, new OwnScans(), () => Promise.resolve());
  }

  async step(step: Step): Promise<number[]> {
    if (step.do === "record") await this.record(step);
    if (step.do === "reopen") await this.reopen();
    return step.do === "hear" ? this.hear(step) : [];
  }

  private async record({ id, body, made_at }: Step & { do: "record" }): Promise<void> {
    const head = await this.store.head();
    const { seq, hash } = chain.link(head, id, body);
    await this.database.events.add({ inc: head.inc, seq, id, body, hash, made_at, ack: null, unsent: 1 });
    await this.database.meta.put({ ...head, seq, hash }, "head");
  }

  private async reopen(): Promise<void> {
    this.database.close();
    this.database = new OutboxDatabase(this.world);
    this.store = this.open();
    await this.database.open();
  }

  private async hear(told: Hear): Promise<number[]> {
    const before = await this.ids();
    const run = await this.database.events.where("id").anyOf(told.verdicts.map(({ id }) => id)).toArray();
    await this.store.mark(acks(run.map((row) => ({ ...row, madeAt: row.made_at })), answerOf(told)));
    await this.store.applyBases(told.bases);
    await this.store.letGo(told);
    const left = new Set(await this.ids());
    if (told.begins !== null) {
      this.world.random = () => Uint8Array.from(Buffer.from(told.begins as string, "hex"));
      await this.store.beginIncarnation((await this.store.head()).inc);
    }
    return this.numbers.of(before.filter((id) => !left.has(id)));
  }

  private async ids(): Promise<string[]> {
    return (await this.database.events.toArray()).map(({ id }) => id);
  }

  async shown(run: readonly number[]): Promise<Then> {
    const { seq, hash } = await this.store.head();
    const unsent = this.numbers.of((await this.store.unsent(10_000)).map(({ id }) => id));
    const first = await this.store.byId(this.numbers.id(run[0]) ?? "");
    const then = { head: { seq, hash }, unsent };
    if (first === undefined) return then;
    const base = await this.store.before({ ...first, madeAt: first.made_at }, this.trace.device);
    return { ...then, base, run: [...run] };
  }

  close(): void {
    this.database.close();
  }
}

function lastOf(holds: readonly OnDisk[], inc: string): Link {
  const { seq, hash } = holds.filter((held) => held.inc === inc).at(-1) as OnDisk;
  return { seq, hash };
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other);

it("what a simulated phone sends, holds and lets go of, the functions of the outbox decide alike", () => {
  for (const trace of traces) {
    const outbox = new InMemory(trace);
    for (const [n, step] of trace.steps.entries()) {
      const at = `seed ${trace.seed}, device ${trace.device}, step ${n}: ${step.do}`;
      const gone = outbox.step(step);
      expect(sorted(gone), at).toEqual(sorted(step.do === "hear" ? step.let_go : []));
      expect(outbox.shown(step.run_max), at).toEqual(step.then);
    }
  }
});

it("and so does the store on its disk", { timeout: 240_000 }, async () => {
  for (const trace of traces) {
    const store = await OnDiskStore.begin(trace);
    for (const [n, step] of trace.steps.entries()) {
      const at = `seed ${trace.seed}, device ${trace.device}, step ${n}: ${step.do}`;
      const gone = await store.step(step);
      expect(sorted(gone), at).toEqual(sorted(step.do === "hear" ? step.let_go : []));
      // The store keeps unsent scans by incarnation: which of two goes first decides nothing.
      const then = await store.shown(step.then.run ?? []);
      expect({ ...then, unsent: sorted(then.unsent) }, at).toEqual({ ...step.then, unsent: sorted(step.then.unsent) });
    }
    store.close();
  }
});
