/**
 * What this phone wants printed: kept beside the scans until somebody has said what came of it.
 *
 * A wish is no fact: nothing has happened yet, so it stands in no chain. It goes out when everything scanned so far is
 * with the server, for labels name units the server must know. It is asked for under one id however often the answer
 * gets lost, and never under that id in another history of the server: a restored server may have forgotten that it
 * printed it. So nothing here ever makes a label come out twice; only a person who has looked asks again.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { CallFailed } from "./call";
import type { OutboxStore } from "./outbox-store";
import type { Copy, Printer, PrintWish, PrintWord } from "./phone";
import { NotSaved, Problem } from "./problem";
import type { World } from "./world";

/** So many wishes one phone keeps; who wants more has not looked at what came out. */
export const WISHES_MAX = 50;
/** A job that is with the server is looked at after so long, then ever less often. */
const LOOK_MS = 2_000;
const LOOK_MAX_MS = 60_000;
/** Printers are asked for again after so long. */
const PRINTERS_MS = 30_000;

export interface Surroundings {
  /** Ask the server as this phone: a question, or something to be done. */
  ask(path: string, body?: unknown): Promise<unknown>;
  /** Other tabs should look again. */
  changed(): void;
}

/** What the server tells of a job, as far as it is needed here. */
interface Job {
  state: "queued" | "sending" | "sent" | "confirmed" | "failed";
  detail: string;
  sentence: string;
  may: readonly string[];
  labels: readonly { unit: string | null; copy: number }[];
}

type Change = Partial<PrintWish> | null;

export class PrintQueue {
  readonly wishes: Signal<readonly PrintWish[]> = signal([]);
  /** The printers of this site. */
  readonly printers: Signal<readonly Printer[]> = signal([]);
  private printersUntil = -Infinity;
  private going: Promise<void> | null = null;
  private isWantedAgain = false;
  private looks = 0;
  private timer: number | null = null;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly around: Surroundings,
  ) {}

  /** Show what is kept: at the start, and when another tab has changed it. */
  async open(): Promise<void> {
    this.wishes.value = (await this.outbox.get("print_wishes")) ?? [];
    this.printers.value = (await this.outbox.get("printers")) ?? [];
  }

  /** Find a wish. */
  known(job: string): PrintWish | undefined {
    return this.wishes.value.find((wish) => wish.job === job);
  }

  /** Keep a wish, in the place of an old one if one is named, then try at once. */
  async add(wish: PrintWish, instead?: string): Promise<void> {
    let isFull = false;
    await this.change((wishes) => {
      const left = wishes.filter(({ job }) => job !== instead);
      // Pressed twice, or in two tabs: the old one has been replaced already.
      if (instead !== undefined && left.length === wishes.length) return wishes;
      isFull = left.length >= WISHES_MAX;
      return isFull ? wishes : [...left, wish];
    });
    if (isFull) throw new Problem("print_queue_full", "Too many labels wait to be looked at. Say first what came out.");
    void this.flush();
  }

  /** Keep a file that was handed out, with what the server said of it. */
  async take(wish: PrintWish, answer: unknown): Promise<void> {
    const taken = { ...wish, copies: copiesOf(answer as Job), state: "sent" as const };
    await this.change((wishes) => [...wishes.filter(({ job }) => job !== wish.job), taken]);
  }

  /** Say what came of a wish; kept until the server has heard it. */
  async say(job: string, word: PrintWord | "spoiled"): Promise<void> {
    await this.edit(job, (wish) => said(wish, word));
    void this.flush();
  }

  /** Want a wish no more, unless something may still come of it. */
  async drop(job: string): Promise<void> {
    await this.edit(job, (wish) => (isOver(wish) ? null : {}));
  }

  /** Take every wish as far as it goes now. */
  async flush(): Promise<void> {
    this.isWantedAgain = true;
    this.going ??= this.go().finally(() => (this.going = null));
    return this.going;
  }

  /** Ask which printers there are, unless that was asked a moment ago; without a network the last answer stands. */
  async findPrinters(): Promise<void> {
    const { mono } = this.world.clocks();
    if (mono < this.printersUntil) return;
    this.printersUntil = mono + PRINTERS_MS;
    try {
      const { printers } = (await this.around.ask("/printers")) as { printers: Printer[] };
      this.printers.value = printers.map(({ printer, name }) => ({ printer, name }));
      await this.outbox.put("printers", this.printers.value);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.printersUntil = 0;
    }
  }

  private async go(): Promise<void> {
    while (this.isWantedAgain) {
      this.isWantedAgain = false;
      for (const wish of this.wishes.value.filter(isOpen)) {
        // Nobody answers: the others need not try.
        if (!(await this.advance(wish))) return;
      }
    }
    this.lookLater();
  }

  /** Take one wish a step; false: nobody answers. */
  private async advance(wish: PrintWish): Promise<boolean> {
    try {
      if (wish.word !== null) await this.tell(wish, wish.word);
      else if (wish.state === "waiting") await this.hand(wish);
      else await this.hear(wish.job, (await this.around.ask(`/print-jobs/${wish.job}`)) as Job);
      return true;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (!isAnswer(error)) return false;
      await this.edit(wish.job, (now) => refused(now, error));
      return true;
    }
  }

  private async hand({ job, printer, units, reason, actor, tried }: PrintWish): Promise<void> {
    if ((await this.outbox.unsentCount()) > 0) return;
    const history = (await this.outbox.get("bases"))?.at(-1)?.[0] ?? "";
    if (tried !== null && tried !== history) {
      await this.edit(job, () => ({ state: "unsure" }));
      return;
    }
    // Kept before it leaves: what was tried once may have come out.
    await this.edit(job, () => ({ tried: history }));
    if (this.known(job)?.state !== "waiting") return;
    await this.hear(job, (await this.around.ask("/print-jobs", { job, printer, units, reason, actor })) as Job);
  }

  private async tell({ job, actor }: PrintWish, word: PrintWord): Promise<void> {
    try {
      const answer = (await this.around.ask(`/print-jobs/${job}/words`, { word, actor })) as Job;
      await this.edit(job, () => ({ word: null }));
      await this.hear(job, answer);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.code !== "print_job_settled") throw error;
      // Somebody else has said something already, and that stands.
      await this.edit(job, () => ({ word: null }));
      await this.hear(job, (await this.around.ask(`/print-jobs/${job}`)) as Job);
    }
  }

  private async hear(job: string, told: Job): Promise<void> {
    await this.edit(job, (wish) => heard(wish, told));
  }

  private lookLater(): void {
    if (!this.wishes.value.some(({ state, word }) => state === "with_server" && word === null)) {
      this.looks = 0;
      return;
    }
    if (this.timer !== null) return;
    const wait = Math.min(LOOK_MS * 2 ** this.looks, LOOK_MAX_MS);
    this.looks += 1;
    this.timer = this.world.setTimer(() => {
      this.timer = null;
      void this.flush();
    }, wait);
  }

  private edit(job: string, change: (wish: PrintWish) => Change): Promise<void> {
    return this.change((wishes) =>
      wishes.flatMap((wish) => {
        if (wish.job !== job) return [wish];
        const changed = change(wish);
        return changed === null ? [] : [{ ...wish, ...changed }];
      }),
    );
  }

  private async change(change: (wishes: readonly PrintWish[]) => readonly PrintWish[]): Promise<void> {
    try {
      this.wishes.value = await this.outbox.changeWishes(change);
    } catch (error) {
      if (!(error instanceof NotSaved)) throw error;
      throw new Problem("print_not_kept", "This phone has no space to keep that. Print at the desk, or make space.");
    }
    this.around.changed();
  }
}

/** Whether the server is to be asked about a wish, or told of it. A file is with whoever asked, not with the server. */
function isOpen({ state, word, printer }: PrintWish): boolean {
  if (word !== null || state === "waiting" || state === "with_server") return true;
  return state === "sent" && printer !== null;
}

/** Whether nothing can come of a wish by itself any more. */
function isOver({ state, tried, word }: PrintWish): boolean {
  if (word !== null) return false;
  return state === "waiting" ? tried === null : state !== "with_server" && state !== "sent";
}

function said(wish: PrintWish, word: PrintWord | "spoiled"): Change {
  // Nobody knows of it any more, so there is nobody to tell.
  if (wish.state === "unsure") return word === "came_out" ? null : { state: "not_out" };
  if (word === "send_again") return wish.maySendAgain ? { word, state: "with_server", maySendAgain: false } : {};
  if (wish.state !== "sent" || wish.word !== null) return {};
  if (word === "spoiled") return { word: "came_out", state: "spoiled" };
  return { word, state: word === "did_not_come_out" ? "not_out" : wish.state };
}

function heard(wish: PrintWish, { state, detail, sentence, may, labels }: Job): Change {
  const known = { copies: copiesOf({ labels }), line: null, maySendAgain: false };
  if (wish.word !== null || wish.state === "spoiled") return known;
  if (state === "confirmed") return null;
  if (state === "queued" || state === "sending") return { ...known, state: "with_server" };
  if (state === "sent") return { ...known, state: "sent", line: detail === "handed_over" ? null : sentence };
  return { ...known, state: "not_out", line: sentence, maySendAgain: may.includes("send_again") };
}

function copiesOf({ labels }: Pick<Job, "labels">): Copy[] {
  return labels.flatMap(({ unit, copy }) => (unit === null ? [] : [{ unit, copy }]));
}

function refused(wish: PrintWish, { code, detail }: CallFailed): Change {
  // A job the server does not know, though it had it: its records were restored from an older copy.
  if (code === "unknown_print_job" && (wish.state === "sent" || wish.state === "with_server")) {
    return wish.word === "came_out" ? null : { state: "unsure", word: null };
  }
  // What a person has seen stands, whether or not the server takes their word.
  if (wish.word !== null) return { word: null };
  return { state: code === "reprint_needs_reason" ? "needs_reason" : "refused", line: detail };
}

/** Whether the server has said something about this very wish, rather than being away or busy. */
function isAnswer({ kind, status }: CallFailed): boolean {
  return kind === "trouble" && status !== null && status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}
