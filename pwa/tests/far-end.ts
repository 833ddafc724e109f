/**
 * A server small enough to be believed: it keeps pushed events, checks chain and signature as the real one does, gives
 * verdicts, judges, and feeds pulls. Tests make its network lose, double and delay, and make it forget.
 */
import { fromBase64url } from "../src/core/base64url";
import * as chain from "../src/core/chain";
import type { Change, Contact, Pull, Push, Snapshot, Wait } from "../src/core/wire";
import type { World } from "../src/device/world";

export interface Held {
  id: string;
  inc: string;
  seq: number;
  body: string;
  pos: number;
}

type Answer = { status: number; body: unknown; headers?: Record<string, string>; type?: string };
/** What happens to a call: tests put theirs in front of the server. */
export type Weather = (call: { path: string; body: unknown }, serve: () => Promise<Answer>) => Promise<Answer>;

const PACKED = Symbol("packed");

export const FAIR: Weather = (_, serve) => serve();

export class FarEnd {
  readonly device = "01936f5a00007000800000000000d001";
  epoch = "e1";
  bases: [string, number][] = [["e1", 1]];
  held = new Map<string, Held>();
  changes: Change[] = [];
  /** Incarnations that are told to begin anew. */
  forked = new Set<string>();
  weather: Weather = FAIR;
  now = 1_763_800_000_500;
  calls: string[] = [];
  pushes: Push[] = [];
  pulls: Pull[] = [];
  snapshots: Snapshot[] = [];
  /** A server of an earlier version knows only its feed. */
  hasSnapshots = true;
  eventsMax = 1_000;
  /** Whether packed bodies are understood; a server of an earlier version does not. */
  unpacks = true;
  packed = 0;
  /** Of a version that says nothing of what is durable. */
  isOld = false;
  /** Whether a question may be left standing here. */
  rings = false;
  questions: Wait[] = [];
  /** How many changes each backup holds. */
  private copies: number[] = [];
  private standing: ((answer: Answer) => void)[] = [];
  isJudging = true;
  private nonces = 0;
  private live = new Set<string>();
  private publicKey: CryptoKey | null = null;

  readonly fetch: World["fetch"] = async (input, init) => {
    const path = String(input);
    const body = await this.bodyOf(init);
    this.calls.push(path);
    const aborted = new Promise<never>((_, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
    const answer = await Promise.race([this.weather({ path, body }, () => this.serve(path, body)), aborted]);
    const headers = { "content-type": answer.type ?? "application/json", ...answer.headers };
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    return new Response(text, { status: answer.status, headers });
  };

  /** Make a backup; phones may let go of what the newest but one holds. */
  backUp(): void {
    this.copies.push(this.changes.length);
  }

  /** First position that not both of the newest backups hold. */
  get durable(): number {
    return this.copies.length < 2 ? 1 : Math.min(...this.copies.slice(-2)) + 1;
  }

  /** Answer all who wait for news. */
  ring(): void {
    for (const answer of this.standing.splice(0)) answer(this.newsAnswer());
  }

  /** Forget everything after the first `kept` events, as a server restored from its backup does. */
  restore(kept: number, epoch: string): void {
    this.copies = this.copies.map((copy) => Math.min(copy, kept));
    const left = [...this.held.values()].sort((one, other) => one.pos - other.pos).slice(0, kept);
    this.held = new Map(left.map((event) => [event.id, event]));
    this.changes = this.changes.slice(0, kept);
    this.epoch = epoch;
    this.bases.push([epoch, kept + 1]);
  }

  /** Tell every phone of a change. */
  feed(kind: string, id: string, data: unknown): void {
    this.changes.push({ pos: this.changes.length + 1, kind, id, data });
  }

  expireNonces(): void {
    this.live.clear();
  }

  problem(status: number, code: string, members: object = {}, headers: Record<string, string> = {}): Answer {
    return { status, body: { code, detail: "A sentence.", ...members }, headers, type: "application/problem+json" };
  }

  private async bodyOf(init: RequestInit | undefined): Promise<unknown> {
    if (init?.body instanceof Blob) {
      const isPacked = new Headers(init.headers).get("content-encoding") === "gzip";
      if (!isPacked) throw new Error("a packed body that does not say so");
      this.packed += 1;
      if (!this.unpacks) return PACKED;
      return new Response(init.body.stream().pipeThrough(new DecompressionStream("gzip"))).json();
    }
    return typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
  }

  private async serve(path: string, body: unknown): Promise<Answer> {
    if (body === PACKED) return this.problem(415, "content_encoding");
    if (path === "/sync/v1/wait" && this.rings) return this.wait(body as Wait);
    if (path === "/sync/v1/nonce")
      return { status: 200, body: { nonce: this.nonce(), server_time: this.now, epoch: this.epoch } };
    if (path === "/devices") return this.enrol(body as { public_key: string; name: string });
    if (path === "/sync/v1/push") return this.push(body as Push);
    if (path === "/sync/v1/pull") return this.pull(body as Pull);
    if (path === "/sync/v1/snapshot" && this.hasSnapshots) return this.snapshot(body as Snapshot);
    return this.problem(404, "unknown_path");
  }

  private async enrol({ public_key, name }: { public_key: string; name: string }): Promise<Answer> {
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    this.publicKey = await crypto.subtle.importKey("spki", fromBase64url(public_key), curve, true, ["verify"]);
    const who = { device: this.device, device_code: "03K", name, site: "KIRAN-FL", certificate: "cert" };
    return { status: 201, body: { ...who, company: "Asha", is_demo: false, server_time: this.now, epoch: this.epoch } };
  }

  private async push(push: Push): Promise<Answer> {
    this.pushes.push(push);
    const end = this.endOf(push);
    if (end === null) return this.problem(400, "envelope_unreadable");
    const refusal = await this.refusal(push.nonce === "" ? "export" : "push", push, end);
    if (refusal !== null) return refusal;
    const verdicts = push.events.map(({ id, seq, body }) => this.take({ id, seq, body, inc: push.inc, pos: 0 }));
    const isFork = this.forked.has(push.inc);
    return {
      status: 200,
      body: {
        ...this.greeting(),
        verdicts,
        received: end,
        missing: [],
        fork: isFork,
        do: isFork ? ["new_inc"] : [],
        feed_head: 0,
        next: { max_events: this.eventsMax, after_ms: 0 },
      },
    };
  }

  private take(event: Held): { id: string; v: string; pos: number } {
    const known = this.held.get(event.id);
    if (known !== undefined) {
      if (known.body !== event.body) throw new Error(`event ${event.id} was altered`);
      return { id: event.id, v: "duplicate", pos: known.pos };
    }
    this.feed("unit", `U-${event.id}`, unitData(`U-${event.id}`, event.id));
    const pos = this.changes.length;
    this.held.set(event.id, { ...event, pos });
    return { id: event.id, v: "stored", pos };
  }

  private async pull(pull: Pull): Promise<Answer> {
    this.pulls.push(pull);
    const refusal = await this.refusal("pull", pull, pull.head);
    if (refusal !== null) return refusal;
    const isOurs = pull.cursor !== null && pull.cursor.epoch === this.epoch;
    const from = isOurs && pull.cursor !== null ? pull.cursor.pos : 0;
    const changes = this.changes.filter(({ pos }) => pos > from).slice(0, pull.limit);
    const to = changes.at(-1)?.pos ?? from;
    const more = to < this.changes.length;
    const judged = more || !this.isJudging ? 0 : this.judgedOf(pull.inc);
    return {
      status: 200,
      body: {
        ...this.greeting(),
        reset: pull.cursor !== null && !isOurs,
        from,
        to,
        head: this.changes.length,
        more,
        changes,
        judged,
        do: [],
      },
    };
  }

  private async snapshot(asked: Snapshot): Promise<Answer> {
    this.snapshots.push(asked);
    const refusal = await this.refusal("snapshot", asked, asked.head);
    if (refusal !== null) return refusal;
    const isOurs = asked.bookmark?.epoch === this.epoch;
    const behind = (isOurs && asked.bookmark?.after) || "";
    const at = isOurs && asked.bookmark !== null ? asked.bookmark.pos : this.changes.length;
    const now = new Map(this.changes.map((change) => [`${change.kind}/${change.id}`, { ...change, pos: at }]));
    const left = [...now].filter(([key, { data }]) => key > behind && data !== null);
    const page = left.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, asked.limit);
    const after = left.length > page.length ? (page.at(-1)?.[0] ?? null) : null;
    const changes = page.map(([, change]) => change);
    const reset = asked.bookmark !== null && !isOurs;
    return { status: 200, body: { ...this.greeting(), reset, at, after, changes, do: [] } };
  }

  private async wait(wait: Wait): Promise<Answer> {
    this.questions.push(wait);
    const refusal = await this.refusal("wait", wait, wait.head);
    if (refusal !== null) return refusal;
    if (wait.cursor?.epoch !== this.epoch || wait.cursor.pos < this.changes.length) return this.newsAnswer();
    return new Promise((resolve) => this.standing.push(resolve));
  }

  private newsAnswer(): Answer {
    return { status: 200, body: { epoch: this.epoch, head: this.changes.length } };
  }

  private judgedOf(inc: string): number {
    const seqs = new Set([...this.held.values()].filter((event) => event.inc === inc).map(({ seq }) => seq));
    let judged = 0;
    while (seqs.has(judged + 1)) judged += 1;
    return judged;
  }

  /** Recompute the chain of a run from its base; null if it is not an unbroken run. */
  private endOf(push: Push): chain.Link | null {
    let end = push.base;
    for (const { id, seq, body } of push.events) {
      end = chain.link(end, id, body);
      if (end.seq !== seq) return null;
    }
    return push.events.length === 0 ? push.head : end;
  }

  private async refusal(purpose: chain.Purpose, contact: Contact, end: chain.Link): Promise<Answer | null> {
    if (contact.device !== this.device || this.publicKey === null) return this.problem(401, "device_unknown");
    const isFresh = purpose === "export" || this.live.has(contact.nonce);
    if (!isFresh) return this.problem(401, "nonce_expired", { nonce: this.nonce() });
    const bytes = chain.signedBytes(purpose, contact.nonce, contact.device, contact.inc, end);
    const signing = { name: "ECDSA", hash: "SHA-256" };
    const isRight = await crypto.subtle.verify(signing, this.publicKey, fromBase64url(contact.sig), bytes);
    return isRight ? null : this.problem(401, "signature_wrong");
  }

  private greeting() {
    const { now: server_time, epoch, bases, durable: durable_pos } = this;
    return { proto: 1, server_time, nonce: this.nonce(), epoch, bases, ...(this.isOld ? {} : { durable_pos }) };
  }

  private nonce(): string {
    this.nonces += 1;
    this.live.add(`n-${this.nonces}`);
    return `n-${this.nonces}`;
  }
}

export function unitData(unit: string, head: string) {
  return {
    unit,
    kind: "drum",
    item: "PARA-API",
    batch: "MAK-1",
    owner: "ASHA",
    status: "available",
    quantity: "25000000",
    place: "location:KIRAN-FL",
    parent: null,
    is_ended: false,
    supplier_lot: null,
    is_held: false,
    expires_on: null,
    tare: "2.1 kg",
    heads: [head],
  };
}
