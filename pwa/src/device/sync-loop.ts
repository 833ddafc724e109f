/**
 * Keeps calling the server: hands in what is unsent, then asks what has changed.
 *
 *              nudge (a scan, online, visible, a finger) or timer
 *     resting ───────────────────────────────────────────────────▶ calling
 *        ▲    answered: 5 s while visible, 30 s if the server rings   │
 *        └────────────────────────────────────────────────────────────┘
 *             failed: 1 s … 5 min, doubling, with jitter
 *
 * One request is in flight for the whole phone: a lock lets one tab call at a time. Whether the browser believes it is
 * online is never asked: try, with a deadline. Whatever the server says, nothing leaves the outbox; a refusal makes
 * runs smaller, and an event refused alone steps aside for a while so that those behind it get through. Between its
 * steps it lets scans go first.
 */
import * as clock from "../core/clock";
import type { Learned } from "../core/clock";
import type { Link, Purpose } from "../core/chain";
import { FIRST_PACE, acks, afterRefused, afterTaken, afterTooMuch, endOf, nextRun } from "../core/outbox";
import type { Assurance, Bases, Kept, Pace, PushAnswer } from "../core/outbox";
import { CHANGES_PER_PULL, FAR_BEHIND, PROTO, ROWS_PER_SNAPSHOT } from "../core/wire";
import { readGreeting, readPullAnswer, readPushAnswer, readSnapshotAnswer, readWaitAnswer } from "../core/wire";
import type { Bookmark, Contact, Greeting, Pull, Push, Snapshot, SnapshotAnswer, Wait } from "../core/wire";
import { CallFailed, callJson } from "./call";
import { ANSWER_MS_MAX, Doorbell } from "./doorbell";
import { signature } from "./keys";
import type { Enrolled, OutboxStore } from "./outbox-store";
import type { Connection } from "./phone";
import type { Replica } from "./replica";
import { Refill } from "./refill";
import type { RightOfWay } from "./right-of-way";
import type { World } from "./world";

export const POLL_MS = 5_000;
/** While hidden, or while the server rings when there are news. */
export const QUIET_POLL_MS = 30_000;
export const AFTER_SCAN_MS = 300;
/** Phones that are told of the same news at the same moment spread their calls over so long. */
const NEWS_SPREAD_MS = 500;
/** Bodies longer than this are packed. */
const PACKED_FROM = 2_048;
const BACK_OFF_MIN_MS = 1_000;
const BACK_OFF_MAX_MS = 300_000;
/** The server's nonces live ten minutes. */
const NONCE_MS = 8 * 60_000;
/** So many refusals of a round are tried around; after that it is the server that has a problem, not an event. */
const REFUSALS_MAX = 12;
/** An offset is written down again only when it says something new. */
const OFFSET_NEWS_MS = 50;

/** Who calls. */
export interface Caller {
  enrolled: Enrolled;
  keys: CryptoKeyPair;
}

/** What the rest of the phone wants to hear. */
export interface Listener {
  connected(connection: Connection): void;
  /** Scans were marked or the books have changed. */
  changed(): void;
  /** The books were heard from, changed or not. */
  heard(wall: number): void;
}

export class SyncLoop {
  /** The last comparison with the server's clock. */
  learned: Learned | null = null;
  private pace: Pace = FIRST_PACE;
  private nonce: { text: string; at: number } | null = null;
  private timer: number | null = null;
  private dueAt = Infinity;
  private failures = 0;
  private pauseMs = 0;
  private calling: Promise<void> | null = null;
  private isNudged = false;
  private caller: Caller | null = null;
  private connection: Connection = { state: "offline", code: null, lastSuccessAt: null, lastFailureAt: null };
  /** What the server refused in this round: the others went on, but somebody should know. */
  private refusals: CallFailed[] = [];
  private readonly asked = new Set<string>();
  private readonly judged = new Map<string, number>();
  private readonly doorbell: Doorbell;
  private readonly refill: Refill;
  private restsSince = 0;
  /** Something between here and the server could not deal with packed bodies. */
  private mustSendPlain = false;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly replica: Replica,
    private readonly way: RightOfWay,
    private readonly listener: Listener,
  ) {
    this.doorbell = new Doorbell(world, (signal) => this.isThereNews(signal), {
      rang: () => this.arm(this.newsMs()),
      wentDeaf: () => this.arm(this.restMs(false)),
    });
    this.refill = new Refill(world, replica, listener);
  }

  /** Begin to call on behalf of this device. */
  start(caller: Caller, learned: Learned | null): void {
    this.caller = caller;
    this.learned = learned;
    this.arm(0);
  }

  stop(): void {
    this.caller = null;
    this.disarm();
    this.doorbell.silence();
  }

  /** Call within `ms`; during a call, call again after it. A server that asked for a pause gets it. */
  nudge(ms = 0): void {
    if (this.caller === null) return;
    if (this.calling !== null) this.isNudged = true;
    else this.arm(Math.max(ms, this.pauseMs));
  }

  /** Make one whole call now, after one that is under way, and wait for its end. */
  async now(): Promise<Connection> {
    await this.calling;
    this.disarm();
    await this.call();
    return this.connection;
  }

  /** Give a nonce for a signature outside push and pull. */
  async freshNonce(): Promise<string> {
    const { mono } = this.world.clocks();
    if (this.nonce !== null && mono - this.nonce.at < NONCE_MS) return this.nonce.text;
    return (await this.exchange("/sync/v1/nonce", undefined, readGreeting)).nonce;
  }

  private arm(ms: number): void {
    const dueAt = this.world.clocks().mono + ms;
    if (this.timer !== null && this.dueAt <= dueAt) return;
    this.disarm();
    this.dueAt = dueAt;
    this.timer = this.world.setTimer(() => {
      this.disarm();
      void this.call();
    }, ms);
  }

  private disarm(): void {
    if (this.timer !== null) this.world.clearTimer(this.timer);
    this.timer = null;
    this.dueAt = Infinity;
  }

  private call(): Promise<void> {
    this.doorbell.silence();
    this.calling ??= this.round().finally(() => {
      this.calling = null;
      if (this.caller === null) return;
      this.restsSince = this.world.clocks().mono;
      if (this.isNudged) this.arm(this.pauseMs);
      else this.arm(this.restMs(this.failures === 0 && this.doorbell.listen()));
      this.isNudged = false;
    });
    return this.calling;
  }

  private async round(): Promise<void> {
    const { caller } = this;
    if (caller === null) return;
    try {
      this.refusals = [];
      await this.way.clear();
      await this.world.alone(async () => {
        await this.push(caller);
        await this.pull(caller);
        this.failures = 0;
        this.pauseMs = 0;
        const refused = this.refusals.at(-1);
        this.report(refused === undefined ? "online" : "trouble", refused?.code ?? null);
      });
    } catch (error) {
      this.failures += 1;
      const failed = error instanceof CallFailed ? error : new CallFailed("trouble", "phone_failed");
      this.pauseMs = Math.min(failed.retryAfterMs, BACK_OFF_MAX_MS);
      this.report(failed.kind, failed.code);
      if (!(error instanceof CallFailed)) console.error(error);
    }
  }

  private async push(caller: Caller): Promise<void> {
    let last: { inc: string; missing: PushAnswer["missing"] } | null = null;
    for (;;) {
      const unsent = await this.outbox.unsent(this.pace.limit + this.pace.aside.size);
      const run = nextRun(unsent, this.pace, this.world.clocks().mono);
      const [first] = run;
      if (first !== undefined) {
        const missing = await this.send(caller, run, first);
        last = missing === null ? last : { inc: first.inc, missing };
      } else if (last !== null) {
        await this.outbox.applyMissing(last.inc, last.missing, this.asked);
        last = null;
      } else return;
    }
  }

  /** Send one run and mark what the answer vouches for; gives what the server misses, null if it took nothing. */
  private async send(caller: Caller, run: readonly Kept[], first: Kept): Promise<PushAnswer["missing"] | null> {
    const now = this.world.clocks().mono;
    let answer: PushAnswer;
    try {
      const base = await this.outbox.before(first, caller.enrolled.device);
      answer = await this.handIn(caller, { inc: first.inc, run, base });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (error.code === "timeout" || error.status === 408) this.pace = afterTooMuch(this.pace, run.length);
      if (!isAboutContent(error) || this.refusals.push(error) > REFUSALS_MAX) throw error;
      this.pace = afterRefused(this.pace, run, now);
      return null;
    }
    const marks = acks(run, answer);
    await this.outbox.mark(marks);
    await this.way.clear();
    await this.believe(answer);
    this.pace = marks.size === 0 ? afterRefused(this.pace, run, now) : afterTaken(this.pace, answer.next.max_events);
    await this.obey(first.inc, answer.do);
    this.listener.changed();
    return answer.missing;
  }

  private async handIn(
    caller: Caller,
    { inc, run, base }: { inc: string; run: readonly Kept[]; base: Link },
  ): Promise<PushAnswer> {
    const head = await this.headOf(inc);
    const bases: Bases = (await this.outbox.get("bases")) ?? [];
    return this.signed("push", caller, inc, endOf(run, head), readPushAnswer, async (contact): Promise<Push> => ({
      ...contact,
      head,
      base,
      events: run.map(({ id, seq, body }) => ({ id, seq, body })),
      epoch_seen: bases.at(-1)?.[0] ?? null,
    }));
  }

  private async pull(caller: Caller): Promise<void> {
    try {
      await this.pullAll(caller);
    } catch (error) {
      if (error instanceof CallFailed && error.code === "device_switched_off") await this.partWith(caller);
      throw error;
    }
  }

  /**
   * A phone that was switched off hands in what it has; then it lets go of what it knew. It is told nothing more, so only
   * the answer to a push, even of nothing, says whether the server was restored and has forgotten what it took.
   */
  private async partWith(caller: Caller): Promise<void> {
    const { inc, seq, hash } = await this.outbox.head();
    await this.believe(await this.handIn(caller, { inc, run: [], base: { seq, hash } }));
    await this.push(caller);
    if ((await this.outbox.unsentCount()) === 0) await this.replica.drop();
    this.listener.changed();
  }

  private async pullAll(caller: Caller): Promise<void> {
    const head = await this.outbox.head();
    await this.pullAs(caller, head.inc);
    const judged = await this.replica.judged();
    // The server judges for the incarnation that asks, so earlier ones ask too until all their scans are judged.
    for (const { inc, seq } of head.earlier) if (seq > (judged[inc] ?? 0)) await this.pullAs(caller, inc);
  }

  private async pullAs(caller: Caller, inc: string): Promise<void> {
    let gaps = 0;
    const ask = (bookmark: Bookmark | null) => this.snapshot(caller, inc, bookmark);
    let isRefilled = false;
    await this.refilled(this.refill.goOn(ask));
    for (;;) {
      const cursor = await this.replica.cursor();
      const head = await this.headOf(inc);
      const page = await this.signed("pull", caller, inc, head, readPullAnswer, async (contact): Promise<Pull> => ({
        ...contact,
        cursor,
        limit: CHANGES_PER_PULL,
      }));
      await this.believe(page);
      const isFar = page.more && page.head - page.to > FAR_BEHIND;
      if (isFar && !isRefilled) {
        isRefilled = true;
        if (await this.refilled(this.refill.begin(ask))) continue;
      }
      const heard = { wall: this.world.clocks().wall, server: page.server_time };
      const applied = await this.replica
        .apply(page, cursor, inc, heard)
        .catch((error: unknown) => this.loseBooks(error));
      await this.obey(inc, page.do);
      this.listener.heard(heard.wall);
      if (page.changes.length > 0 || page.reset || page.judged !== this.judged.get(inc)) this.listener.changed();
      this.judged.set(inc, page.judged);
      if (applied === "gap" && ++gaps > 1) throw new CallFailed("trouble", "books_do_not_join");
      if (applied === "applied" && !page.more) return;
    }
  }

  private async refilled(refilling: Promise<boolean>): Promise<boolean> {
    return refilling.catch((error: unknown) => {
      if (error instanceof CallFailed) throw error;
      return this.loseBooks(error);
    });
  }

  private async snapshot(caller: Caller, inc: string, bookmark: Bookmark | null): Promise<SnapshotAnswer & Greeting> {
    const head = await this.headOf(inc);
    const complete = async (contact: Contact): Promise<Snapshot> => ({ ...contact, bookmark, limit: ROWS_PER_SNAPSHOT });
    const page = await this.signed("snapshot", caller, inc, head, readSnapshotAnswer, complete);
    await this.believe(page);
    return page;
  }

  /** Take in what an answer says of the server's past: what it has forgotten is sent again, what is safe may go. */
  private async believe(told: Assurance): Promise<void> {
    if ((await this.outbox.applyBases(told.bases)) > 0) this.nudge();
    if ((await this.outbox.letGo(told)) > 0) this.listener.changed();
  }

  /** Ask the server once whether there is anything behind what this phone knows; it takes its time to answer no. */
  private async isThereNews(signal: AbortSignal): Promise<boolean> {
    const { caller } = this;
    const cursor = await this.replica.cursor();
    if (caller === null || cursor === null) return true;
    const { inc, seq, hash } = await this.outbox.head();
    const body: Wait = { ...(await this.contact("wait", caller, inc, { seq, hash })), cursor };
    const deadlineMs = ANSWER_MS_MAX;
    const answer = readWaitAnswer(await callJson(this.world, "/sync/v1/wait", { body, signal, deadlineMs }));
    if (answer === null) throw new CallFailed("trouble", "answer_unreadable");
    return answer.epoch !== cursor.epoch || answer.head > cursor.pos;
  }

  /** A copy of the books that cannot be written is thrown away, for the next call to fetch anew. */
  private async loseBooks(error: unknown): Promise<never> {
    console.error(error);
    await this.replica.drop();
    this.listener.changed();
    throw new CallFailed("trouble", "books_lost");
  }

  private async obey(inc: string, orders: readonly string[]): Promise<void> {
    if (orders.includes("new_inc")) await this.outbox.beginIncarnation(inc);
  }

  private async headOf(inc: string): Promise<Link> {
    const head = await this.outbox.head();
    const found = [head, ...head.earlier].find((end) => end.inc === inc);
    if (found === undefined) throw new Error(`no incarnation ${inc}`);
    return { seq: found.seq, hash: found.hash };
  }

  /** Make a signed contact; a nonce that has run out meanwhile is replaced once. */
  private async signed<Asked extends Contact, Answer extends Greeting>(
    purpose: Purpose,
    caller: Caller,
    inc: string,
    end: Link,
    read: (value: unknown) => Answer | null,
    complete: (contact: Contact) => Promise<Asked>,
  ): Promise<Answer> {
    for (let isSecond = false; ; isSecond = true) {
      const asked = await complete(await this.contact(purpose, caller, inc, end));
      try {
        return await this.exchange(`/sync/v1/${purpose}`, asked, read);
      } catch (error) {
        if (isSecond || !(error instanceof CallFailed) || error.code !== "nonce_expired") throw error;
        const fresh = error.members["nonce"];
        this.nonce = typeof fresh === "string" ? { text: fresh, at: this.world.clocks().mono } : null;
      }
    }
  }

  private async contact(purpose: Purpose, { enrolled, keys }: Caller, inc: string, end: Link): Promise<Contact> {
    const { device, certificate } = enrolled;
    await this.way.clear();
    const nonce = await this.freshNonce();
    const sig = await signature(keys, purpose, nonce, { device, inc }, end);
    const who = { proto: PROTO, app: __APP_VERSION__, device, inc, nonce, sig, certificate };
    return { ...who, ...(await this.holdings()), head: end, clock: this.clockReport() };
  }

  private async exchange<Answer extends Greeting>(
    path: string,
    body: unknown,
    read: (value: unknown) => Answer | null,
  ): Promise<Answer> {
    const before = this.world.clocks();
    const answer = read(await this.carry(path, body));
    if (answer === null) throw new CallFailed("trouble", "answer_unreadable");
    const after = this.world.clocks();
    this.nonce = { text: answer.nonce, at: after.mono };
    await this.way.clear();
    await this.learn(clock.learn(answer.server_time, before, after));
    return answer;
  }

  /** Carry a body there, packed if that saves much; what is refused packed is tried plain before it counts as refused. */
  private async carry(path: string, body: unknown): Promise<unknown> {
    if (body === undefined) return callJson(this.world, path);
    const { pack } = this.world;
    const text = JSON.stringify(body);
    if (pack === null || this.mustSendPlain || text.length <= PACKED_FROM) return callJson(this.world, path, { body });
    try {
      return await callJson(this.world, path, { body, packed: await pack(text) });
    } catch (error) {
      if (!(error instanceof CallFailed) || ![400, 413, 415].includes(error.status ?? 0)) throw error;
      const answer = await callJson(this.world, path, { body });
      this.mustSendPlain = true;
      return answer;
    }
  }

  private async learn(fresh: Learned): Promise<void> {
    const old = this.learned;
    this.learned = clock.better(old, fresh);
    if (this.learned === old) return;
    const isNews =
      old === null || Math.abs(old.offset - this.learned.offset) > OFFSET_NEWS_MS || old.boot !== fresh.boot;
    if (isNews) await this.outbox.put("learned", this.learned);
  }

  private async holdings(): Promise<Pick<Contact, "pending" | "oldest_at">> {
    const [oldest] = await this.outbox.unsent(1);
    return { pending: await this.outbox.unsentCount(), oldest_at: oldest?.madeAt ?? null };
  }

  private clockReport(): Contact["clock"] {
    const { at: _, ...report } = clock.read([0, 0], this.world.clocks(), this.learned);
    return report;
  }

  private report(state: Connection["state"], code: string | null): void {
    const { wall } = this.world.clocks();
    const { lastSuccessAt, lastFailureAt } = this.connection;
    const isOnline = state === "online";
    this.connection = {
      state,
      code,
      lastSuccessAt: isOnline ? wall : lastSuccessAt,
      lastFailureAt: isOnline ? lastFailureAt : wall,
    };
    this.listener.connected(this.connection);
  }

  /** On a busy floor news call a phone no more often than its timer would; on a quiet one they call it at once. */
  private newsMs(): number {
    const rested = this.world.clocks().mono - this.restsSince;
    return Math.max(this.world.chance() * NEWS_SPREAD_MS, this.restMs(false) - rested);
  }

  private restMs(isListening: boolean): number {
    const spread = 0.75 + this.world.chance() / 2;
    const isQuiet = isListening || !this.world.isVisible();
    if (this.failures === 0) return spread * (isQuiet ? QUIET_POLL_MS : POLL_MS);
    const backOff = Math.min(BACK_OFF_MIN_MS * 2 ** (this.failures - 1), BACK_OFF_MAX_MS);
    return Math.max(spread * backOff, this.pauseMs);
  }
}

/** Say that a refusal is about what was sent, not about who sent it or when: smaller runs may get through. */
function isAboutContent({ status }: CallFailed): boolean {
  return status !== null && [400, 413, 422, 500].includes(status);
}
