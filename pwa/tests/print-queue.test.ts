/** What the phone wants printed: kept like a scan, asked for once, and ended only by somebody who has looked. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CallFailed } from "../src/device/call";
import type { PrintWish } from "../src/device/phone";
import { PrintQueue, WISHES_MAX } from "../src/device/print-queue";
import { enrolled, parts, receipt, SCENE } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { FarEnd } from "./far-end";
import { pocket } from "./pocket";

interface Job {
  job: string;
  units: string[];
  reason: string;
  state: "queued" | "sending" | "sent" | "confirmed" | "failed";
  detail: string;
}

/** The server's print jobs and its printer, as far as a phone sees them. */
class PrintShop {
  jobs = new Map<string, Job>();
  /** Each job that was ever made, forgotten or not: what came out of the printer. */
  printed: string[] = [];
  isAway = false;
  losesAnswers = false;

  readonly ask = async (path: string, body?: unknown): Promise<unknown> => {
    if (this.isAway) throw new CallFailed("offline", "offline");
    const answer = this.serve(path.split("/"), body as { job: string; word: string } & Job);
    if (this.losesAnswers) throw new CallFailed("offline", "timeout");
    return answer;
  };

  private serve([, of, id, words]: string[], body: { job: string; word: string } & Job): unknown {
    if (of === "printers") return { printers: [{ printer: "L1", name: "Dock", host: "10.0.0.8" }] };
    if (id === undefined) return this.shown(this.jobs.get(body.job) ?? this.made(body));
    const job = this.jobs.get(id);
    if (job === undefined) throw new CallFailed("trouble", "unknown_print_job", 404);
    if (words === "words") this.hear(job, body.word);
    return this.shown(job);
  }

  private made({ job, units, reason }: Job): Job {
    if (reason === "" && units.some((unit) => this.copiesOf(unit) > 0)) {
      throw new CallFailed("trouble", "reprint_needs_reason", 400, { detail: "Say why." });
    }
    const made: Job = { job, units, reason, state: "sent", detail: "handed_over" };
    this.jobs.set(job, made);
    this.printed.push(units.join());
    return made;
  }

  private hear(job: Job, word: string): void {
    if (word === "send_again" && job.state === "failed") job.state = "queued";
    else if (job.state !== "sent") throw new CallFailed("trouble", "print_job_settled", 409);
    else [job.state, job.detail] = word === "came_out" ? ["confirmed", "looked"] : ["failed", "did_not_come_out"];
  }

  private shown(job: Job): unknown {
    const may = job.detail === "printer_unreachable" ? ["send_again"] : [];
    const labels = job.units.map((unit) => ({ unit, copy: this.copiesOf(unit) }));
    return { ...job, sentence: `As the server says: ${job.detail}.`, may, labels };
  }

  private copiesOf(unit: string): number {
    return [...this.jobs.values()].filter(({ units, state }) => units.includes(unit) && state !== "failed").length;
  }
}

let server: FarEnd;
let shop: PrintShop;
let phone: Parts;
let queue: PrintQueue;
let count = 0;

beforeEach(async () => {
  server = new FarEnd();
  shop = new PrintShop();
  phone = await enrolled(pocket(server.fetch));
  queue = await opened();
});

async function opened(): Promise<PrintQueue> {
  const made = new PrintQueue(phone.world, phone.outbox, { ask: shop.ask, changed: () => undefined });
  await made.open();
  return made;
}

/** Kill the app and open it again. */
async function killed(): Promise<void> {
  phone = parts(pocket(server.fetch, phone.world.indexedDB as IDBFactory));
  queue = await opened();
}

function wish(units: string[], reason = ""): PrintWish {
  count += 1;
  const job = count.toString(16).padStart(32, "0");
  const asked = { job, printer: "L1", name: "Dock", units, reason, actor: null };
  return { ...asked, state: "waiting", tried: null, copies: [], word: null, maySendAgain: false, line: null };
}

const states = (): string[] => queue.wishes.value.map(({ state }) => state);
const seen = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: 2_000, interval: 5 });

describe("a wish", () => {
  it("made without a network outlives the app and goes out once there is one", async () => {
    shop.isAway = true;
    await queue.add(wish(["D1", "D2"]));
    await killed();
    expect(states()).toEqual(["waiting"]);
    shop.isAway = false;
    await queue.flush();
    expect(shop.printed).toEqual(["D1,D2"]);
    expect(states()).toEqual(["sent"]);
  });

  it("waits for the scans it names", async () => {
    await phone.outbox.record([receipt("D1")], SCENE);
    await queue.add(wish(["D1"]));
    await queue.flush();
    expect([states(), shop.printed]).toEqual([["waiting"], []]);
    await phone.loop.now();
    await queue.flush();
    expect([states(), shop.printed]).toEqual([["sent"], ["D1"]]);
  });

  it("whose answers get lost, in two tabs and over a kill, is printed once", async () => {
    shop.losesAnswers = true;
    await queue.add(wish(["D1"]));
    await Promise.all([queue.flush(), (await opened()).flush()]);
    await killed();
    await queue.flush();
    shop.losesAnswers = false;
    await queue.flush();
    expect([states(), shop.printed]).toEqual([["sent"], ["D1"]]);
  });

  it("that may have been printed before the server was restored is asked about, not asked for again", async () => {
    await phone.loop.now();
    shop.losesAnswers = true;
    await queue.add(wish(["D1"]));
    await seen(() => expect(shop.printed).toEqual(["D1"]));
    await queue.flush();
    shop.losesAnswers = false;
    shop.jobs.clear();
    server.restore(0, "e2");
    await phone.loop.now();
    await queue.flush();
    expect([states(), shop.printed]).toEqual([["unsure"], ["D1"]]);
    await queue.say(queue.wishes.value[0]?.job ?? "", "came_out");
    expect(states()).toEqual([]);
  });

  it("that was with a server that was restored is asked about", async () => {
    await queue.add(wish(["D1"]));
    await seen(() => expect(states()).toEqual(["sent"]));
    shop.jobs.clear();
    await queue.flush();
    expect([states(), shop.printed]).toEqual([["unsure"], ["D1"]]);
  });

  it("is asked for with a reason when the label was printed before", async () => {
    await queue.add(wish(["D1"]));
    await queue.add(wish(["D1"]));
    await seen(() => expect(states()).toEqual(["sent", "needs_reason"]));
    const [, again] = queue.wishes.value;
    const more = wish(["D1"], "torn");
    await Promise.all([queue.add(more, again?.job), queue.add(wish(["D1"], "torn"), again?.job)]);
    await seen(() => expect(states()).toEqual(["sent", "sent"]));
    expect(shop.printed).toEqual(["D1", "D1"]);
    expect(queue.known(more.job)?.copies).toEqual([{ unit: "D1", copy: 2 }]);
  });

  it("is one too many when nobody looks", async () => {
    shop.isAway = true;
    for (let made = 0; made < WISHES_MAX; made += 1) await queue.add(wish([`D${made}`]));
    await expect(queue.add(wish(["E1"]))).rejects.toMatchObject({ code: "print_queue_full" });
  });
});

describe("who looked", () => {
  const sent = async (): Promise<string> => {
    const made = wish(["D1"]);
    await queue.add(made);
    await seen(() => expect(queue.known(made.job)?.state).toBe("sent"));
    return made.job;
  };

  it("ends a wish, without a network too", async () => {
    const job = await sent();
    shop.isAway = true;
    await queue.say(job, "came_out");
    await killed();
    expect(queue.known(job)?.word).toBe("came_out");
    shop.isAway = false;
    await queue.flush();
    expect(states()).toEqual([]);
    expect(shop.jobs.get(job)?.state).toBe("confirmed");
  });

  it("says that nothing came out, and may ask again", async () => {
    const job = await sent();
    await queue.say(job, "did_not_come_out");
    await seen(() => expect(shop.jobs.get(job)?.state).toBe("failed"));
    await queue.flush();
    expect(queue.known(job)).toMatchObject({ state: "not_out", word: null, maySendAgain: false });
    await queue.add(wish(["D1"], "nothing came out"), job);
    await seen(() => expect(states()).toEqual(["sent"]));
    expect(shop.printed).toEqual(["D1", "D1"]);
  });

  it("says that they are spoiled; that stays until it is printed again or let be", async () => {
    const job = await sent();
    await queue.say(job, "spoiled");
    await seen(() => expect(shop.jobs.get(job)?.state).toBe("confirmed"));
    await queue.flush();
    expect(queue.known(job)).toMatchObject({ state: "spoiled", word: null });
    await queue.drop(job);
    expect(states()).toEqual([]);
  });

  it("comes second to who said it at the desk", async () => {
    const job = await sent();
    const known = shop.jobs.get(job);
    if (known !== undefined) known.state = "confirmed";
    await queue.say(job, "did_not_come_out");
    await seen(() => expect(states()).toEqual([]));
  });

  it("cannot let be what may still come out", async () => {
    const job = await sent();
    await queue.drop(job);
    expect(states()).toEqual(["sent"]);
  });

  it("sends once more only what never left the server", async () => {
    const job = await sent();
    const known = shop.jobs.get(job);
    await queue.say(job, "send_again");
    expect(queue.known(job)).toMatchObject({ state: "sent", word: null });
    if (known !== undefined) [known.state, known.detail] = ["failed", "printer_unreachable"];
    await queue.flush();
    expect(queue.known(job)).toMatchObject({ state: "not_out", maySendAgain: true });
    await queue.say(job, "send_again");
    await seen(() => expect(known?.state).toBe("queued"));
  });
});

describe("printers", () => {
  it("are those that were there last when nobody answers", async () => {
    await queue.findPrinters();
    shop.isAway = true;
    await killed();
    await queue.findPrinters();
    expect(queue.printers.value).toEqual([{ printer: "L1", name: "Dock" }]);
  });
});
