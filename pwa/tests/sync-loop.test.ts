/** The loop between phone and server: everything gets there, whatever is answered, and nobody is locked out. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Push } from "../src/core/wire";
import { DEADLINE_MS } from "../src/device/call";
import { FAIR, FarEnd } from "./far-end";
import type { Weather } from "./far-end";
import { SCENE, begun, enrolled, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

let server: FarEnd;
let phone: Parts;

beforeEach(async () => {
  server = new FarEnd();
  phone = await enrolled(pocket(server.fetch));
});

afterEach(() => {
  phone.loop.stop();
  vi.restoreAllMocks();
});

async function scan(count = 1): Promise<void> {
  for (let n = 0; n < count; n++) await phone.outbox.record([receipt(`U${n}`)], SCENE);
}

const unsent = () => phone.outbox.unsentCount();
const bodiesHeld = () => [...server.held.values()].map(({ body }) => body).sort();
const bodiesMade = async () => (await phone.database.events.toArray()).map(({ body }) => body).sort();

/** Answer calls to `path` with what `answers` gives, one after the other, then as usual. */
function once(path: string, ...answers: Weather[]): Weather {
  return (call, serve) => {
    const next = call.path === path ? answers.shift() : undefined;
    return (next ?? FAIR)(call, serve);
  };
}

describe("a call", () => {
  it("hands in what is unsent, then learns what is new, judged and settled", async () => {
    await scan(3);
    server.feed("item", "PARA-API", {
      item: "PARA-API",
      name: "Paracetamol",
      unit_of_measure: "kg",
      per_unit: "1000000",
      waits_for_quality: false,
    });
    expect(await phone.loop.now()).toMatchObject({ state: "online", code: null });
    expect(await unsent()).toBe(0);
    expect(bodiesHeld()).toEqual(await bodiesMade());
    expect(await phone.replica.one("item", "PARA-API")).toMatchObject({ name: "Paracetamol" });
    expect(Object.values(await phone.replica.judged())).toEqual([3]);
    expect(await phone.replica.cursor()).toEqual({ epoch: "e1", pos: 4 });
  });

  it("tells on every contact what the phone still holds and where its chain ends", async () => {
    await scan(2);
    await phone.loop.now();
    const head = await phone.outbox.head();
    expect(server.pushes[0]).toMatchObject({
      proto: 1,
      certificate: "cert",
      base: { seq: 0 },
      head: { seq: 2 },
      pending: 2,
    });
    expect(server.pulls[0]).toMatchObject({ head: { seq: 2, hash: head.hash }, pending: 0, oldest_at: null });
    expect(server.pushes[0]?.clock).toMatchObject({ boot: "b1", wall: phone.world.wall });
  });

  it("sends a long queue in runs that join", async () => {
    await scan(25);
    server.eventsMax = 10;
    phone.loop["pace"] = { limit: 4, limitMax: 4, aside: new Map() };
    await phone.loop.now();
    expect(server.pushes.map(({ base, events }) => [base.seq, events.length])).toEqual(
      [
        [0, 4],
        [4, 6],
        [10, 9],
        [19, 6],
      ].map(([base, n]) => [base, n]),
    );
    expect(await unsent()).toBe(0);
  });

  it("learns the server's clock and dates later scans by it, never earlier ones", async () => {
    await scan(1);
    await phone.loop.now();
    const [row] = await phone.outbox.record([receipt("Z")], { ...SCENE, learned: phone.loop.learned });
    expect(JSON.parse(row?.body ?? "{}")).toMatchObject({ clock: { offset: 500, round_trip: 0, offset_age: 0 } });
    const bodies = await phone.database.events.orderBy("id").toArray();
    expect(JSON.parse(bodies[0]?.body ?? "{}")).toMatchObject({ clock: { offset: null } });
    expect(await phone.outbox.get("learned")).toMatchObject({ offset: 500 });
  });
});

describe("a bad network", () => {
  it("keeps everything and says offline", async () => {
    await scan(2);
    server.weather = () => Promise.reject(new TypeError("failed to fetch"));
    expect(await phone.loop.now()).toMatchObject({ state: "offline", code: "offline", lastSuccessAt: null });
    expect(await unsent()).toBe(2);
    server.weather = FAIR;
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await unsent()).toBe(0);
  });

  it("that loses the answer leads to a second sending and no second event", async () => {
    await scan(2);
    server.weather = once("/sync/v1/push", async (_, serve) => {
      await serve();
      throw new TypeError("connection reset");
    });
    await phone.loop.now();
    expect(await unsent()).toBe(2);
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(server.held.size).toBe(2);
    expect((await phone.database.events.toArray()).map(({ ack }) => ack?.verdict)).toEqual(["duplicate", "duplicate"]);
  });

  it("that accepts and never answers is given up after the deadline, and less is tried next time", async () => {
    await scan(4);
    server.weather = once("/sync/v1/push", () => new Promise(() => undefined));
    const call = phone.loop.now();
    await vi.waitFor(() => expect(server.calls).toContain("/sync/v1/push"));
    await phone.world.pass(DEADLINE_MS + 1);
    expect(await call).toMatchObject({ state: "offline", code: "timeout" });
    await phone.loop.now();
    expect(server.pushes[0]?.events).toHaveLength(2);
    expect(await unsent()).toBe(0);
  });

  it("with a sign-in page that says 200 marks nothing", async () => {
    await scan(1);
    server.weather = () =>
      Promise.resolve({ status: 200, body: "<html>Welcome to the hotel</html>", type: "text/html" });
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "answer_unreadable" });
    server.weather = (call, serve) =>
      call.path.endsWith("push") ? Promise.resolve({ status: 200, body: { ok: true } }) : serve();
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "answer_unreadable" });
    expect(await unsent()).toBe(1);
  });

  it("backs off from one second to five minutes and always tries again", async () => {
    server.weather = () => Promise.reject(new TypeError("failed to fetch"));
    const waits: number[] = [];
    for (let turn = 0; turn < 12; turn++) {
      await phone.loop.now();
      const [timer] = [...phone.world.timers.values()];
      waits.push((timer?.dueAt ?? 0) - phone.world.mono);
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(300_000);
    server.weather = FAIR;
    await phone.world.pass(300_001);
    await vi.waitFor(() => expect(phone.connections.at(-1)).toMatchObject({ state: "online" }));
    await vi.waitFor(() =>
      expect([...phone.world.timers.values()].map(({ dueAt }) => dueAt - phone.world.mono)).toEqual([5_000]),
    );
  });
});

describe("a refusal", () => {
  it("of a nonce that ran out is answered with a fresh one at once", async () => {
    await phone.loop.now();
    await scan(1);
    server.expireNonces();
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await unsent()).toBe(0);
  });

  it.each(["device_unknown", "signature_wrong", "certificate_wrong"])("%s keeps everything and shows", async (code) => {
    await scan(2);
    server.weather = once("/sync/v1/push", () => Promise.resolve(server.problem(401, code)));
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code });
    expect(await unsent()).toBe(2);
    await phone.loop.now();
    expect(await unsent()).toBe(0);
  });

  it("of something too large halves the run until it fits", async () => {
    await scan(9);
    server.weather = (call, serve) => {
      const { events } = (call.body ?? { events: [] }) as { events?: unknown[] };
      return (events?.length ?? 0) > 2 ? Promise.resolve(server.problem(413, "too_large")) : serve();
    };
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(bodiesHeld()).toEqual(await bodiesMade());
  });

  it.each([400, 500])(
    "%i of one event sets it aside; those around it arrive, it stays and is tried again",
    async (status) => {
      await scan(7);
      const rows = await phone.database.events.toArray();
      const poison = rows[3]?.id;
      let isPoisonous = true;
      server.weather = (call, serve) => {
        const { events } = (call.body ?? {}) as { events?: { id: string }[] };
        const hit = isPoisonous && events?.some(({ id }) => id === poison);
        return hit ? Promise.resolve(server.problem(status, "envelope_unreadable")) : serve();
      };
      expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "envelope_unreadable" });
      expect(server.held.size).toBe(6);
      expect((await phone.outbox.unsent(9)).map(({ id }) => id)).toEqual([poison]);
      isPoisonous = false;
      phone.world.mono += 6 * 60_000;
      expect(await phone.loop.now()).toMatchObject({ state: "online" });
      expect(await unsent()).toBe(0);
    },
  );

  it("of everything is given up after a few tries and left for later", async () => {
    await scan(40);
    server.weather = (call, serve) =>
      call.path.endsWith("push") ? Promise.resolve(server.problem(500, "internal")) : serve();
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "internal" });
    expect(server.calls.filter((path) => path.endsWith("push")).length).toBeLessThan(20);
    expect(await unsent()).toBe(40);
  });

  it.each([
    [415, "content_type"],
    [503, "busy"],
    [429, "slow_down"],
    [408, "body_too_slow"],
  ])("%i keeps everything", async (status, code) => {
    await scan(3);
    server.weather = once("/sync/v1/push", () =>
      Promise.resolve(server.problem(status, code, {}, { "retry-after": "90" })),
    );
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code });
    expect(await unsent()).toBe(3);
    const [timer] = [...phone.world.timers.values()];
    expect((timer?.dueAt ?? 0) - phone.world.mono).toBe(90_000);
    phone.loop.nudge(300);
    expect([...phone.world.timers.values()].map(({ dueAt }) => dueAt - phone.world.mono)).toEqual([90_000]);
  });

  it("to pull does not keep scans back", async () => {
    await scan(1);
    server.weather = once("/sync/v1/pull", () => Promise.resolve(server.problem(426, "upgrade_required")));
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "upgrade_required" });
    expect(await unsent()).toBe(0);
  });
});

describe("a server that forgets", () => {
  it("gets everything again that its restore has lost", async () => {
    await scan(4);
    await phone.loop.now();
    server.restore(2, "e2");
    await phone.loop.now();
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(server.held.size).toBe(4);
    expect(await phone.replica.cursor()).toMatchObject({ epoch: "e2" });
  });

  it("and takes positions again is not believed on old verdicts", async () => {
    await scan(3);
    await phone.loop.now();
    server.restore(0, "e2");
    server.restore(0, "e3");
    await phone.loop.now();
    await phone.loop.now();
    expect(server.held.size).toBe(3);
    expect((await phone.database.events.toArray()).map(({ ack }) => ack?.epoch)).toEqual(["e3", "e3", "e3"]);
  });

  it("misses events it once vouched for is sent them once more, not for ever", async () => {
    await scan(3);
    await phone.loop.now();
    const middle = (await phone.database.events.toArray())[1]?.id ?? "";
    server.held.delete(middle);
    server.weather = async (call, serve) => {
      const served = await serve();
      return call.path.endsWith("push")
        ? { ...served, body: { ...(served.body as object), missing: [[2, 2]] } }
        : served;
    };
    await scan(1);
    await phone.loop.now();
    expect(server.held.has(middle)).toBe(true);
    const sent = server.pushes.length;
    await phone.loop.now();
    expect(server.pushes.length).toBe(sent);
  });
});

describe("several incarnations", () => {
  it("begin on the server's order, and the scans of each arrive under their own", async () => {
    await scan(2);
    const first = (await phone.outbox.head()).inc;
    server.forked.add(first);
    await phone.loop.now();
    const second = (await phone.outbox.head()).inc;
    expect(second).not.toBe(first);
    await scan(2);
    await phone.loop.now();
    expect((await phone.outbox.head()).inc).toBe(second);
    expect([...server.held.values()].map(({ inc, seq }) => [inc, seq])).toEqual([
      [first, 1],
      [first, 2],
      [second, 1],
      [second, 2],
    ]);
    expect(await phone.replica.judged()).toEqual({ [first]: 2, [second]: 2 });
  });

  it("are all sent when the order comes before the network goes", async () => {
    await scan(1);
    await phone.outbox.beginIncarnation((await phone.outbox.head()).inc);
    await scan(1);
    await phone.outbox.beginIncarnation((await phone.outbox.head()).inc);
    await scan(1);
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(new Set([...server.held.values()].map(({ inc }) => inc)).size).toBe(3);
  });
});

describe("the copy of the books", () => {
  const item = (n: number) => ({ item: `I${n}`, name: `Item ${n}`, unit_of_measure: "kg", per_unit: "1000" });

  it("is fetched in pages that join", async () => {
    for (let n = 0; n < 1_200; n++) server.feed("item", `I${n}`, item(n));
    await phone.loop.now();
    expect(server.pulls.map(({ cursor }) => cursor?.pos ?? 0)).toEqual([0, 500, 1_000]);
    expect(await phone.replica.all("item")).toHaveLength(1_200);
  });

  it("settles no scan before the last page, for what is wrong with it may stand there", async () => {
    for (let n = 0; n < 600; n++) server.feed("item", `I${n}`, item(n));
    await scan(1);
    server.weather = async (call, serve) => {
      if (call.path.endsWith("pull") && server.pulls.length > 0) throw new TypeError("lost");
      const served = await serve();
      return call.path.endsWith("pull") ? { ...served, body: { ...(served.body as object), judged: 1 } } : served;
    };
    await phone.loop.now();
    expect(await phone.replica.cursor()).toMatchObject({ pos: 500 });
    expect(await phone.replica.judged()).toEqual({});
  });

  it("starts over when a page does not join", async () => {
    for (let n = 0; n < 3; n++) server.feed("item", `I${n}`, item(n));
    await phone.loop.now();
    server.feed("item", "I9", item(9));
    server.weather = once("/sync/v1/pull", async (_, serve) => {
      const served = await serve();
      return { ...served, body: { ...(served.body as object), from: 7, to: 9, changes: [] } };
    });
    await phone.loop.now();
    expect(server.pulls.map(({ cursor }) => cursor?.pos ?? null)).toEqual([null, 3, null]);
    expect(await phone.replica.all("item")).toHaveLength(4);
  });

  it("starts over on a reset and never touches the outbox", async () => {
    server.feed("item", "I1", item(1));
    await scan(1);
    await phone.loop.now();
    await scan(1);
    const before = await bodiesMade();
    server.restore(0, "e2");
    server.weather = (call, serve) =>
      call.path.endsWith("push") ? Promise.resolve(server.problem(503, "busy")) : serve();
    await phone.loop.now();
    expect(await bodiesMade()).toEqual(before);
    server.weather = FAIR;
    await phone.loop.now();
    await phone.loop.now();
    expect(await phone.replica.all("item")).toEqual([]);
    expect(server.held.size).toBe(2);
  });

  it("forgets what has left the phone's sight", async () => {
    server.feed("item", "I1", item(1));
    await phone.loop.now();
    server.feed("item", "I1", null);
    await phone.loop.now();
    expect(await phone.replica.one("item", "I1")).toBeNull();
  });

  it("that cannot be written is thrown away and fetched anew", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    server.feed("item", "I1", item(1));
    vi.spyOn(phone.replica, "apply").mockRejectedValueOnce(new DOMException("full", "QuotaExceededError"));
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "books_lost" });
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await phone.replica.one("item", "I1")).not.toBeNull();
  });
});

describe("two tabs", () => {
  it("call one at a time", async () => {
    let isFree = true;
    let together = 0;
    const alone = async (work: () => Promise<void>) => {
      if (!isFree) return;
      isFree = false;
      together += 1;
      await work();
      together -= 1;
      isFree = true;
    };
    const other = await begun(parts(phone.world.reopened()));
    phone.world.alone = alone;
    other.world.alone = alone;
    await scan(5);
    let most = 0;
    server.weather = (_, serve) => {
      most = Math.max(most, together);
      return serve();
    };
    await Promise.all([phone.loop.now(), other.loop.now()]);
    expect(most).toBe(1);
    expect(server.pushes).toHaveLength(1);
    other.loop.stop();
  });
});

describe("what is safe beyond the server's disk", () => {
  const WEEKS = 21 * 86_400_000;

  function weeksPass(): void {
    phone.world.wall += WEEKS;
    phone.world.mono += WEEKS;
    server.now += WEEKS;
  }

  it("is let go after two weeks, and the next scans are taken as if nothing had happened", async () => {
    await scan(4);
    await phone.loop.now();
    server.backUp();
    await scan(2);
    await phone.loop.now();
    server.backUp();
    weeksPass();
    await phone.loop.now();
    expect((await phone.database.events.toArray()).map(({ seq }) => seq)).toEqual([5, 6]);
    await scan(1);
    await phone.loop.now();
    expect(server.pushes.at(-1)).toMatchObject({ base: { seq: 6 } });
    server.restore(4, "e2");
    await phone.loop.now();
    await phone.loop.now();
    expect(server.held.size).toBe(7);
    expect(server.pushes.at(-1)).toMatchObject({ base: { seq: 4 } });
    expect(await unsent()).toBe(0);
  });

  it("is kept for good while the server is of a version that says nothing of it", async () => {
    server.isOld = true;
    await scan(3);
    await phone.loop.now();
    for (const _ of [1, 2]) server.backUp();
    weeksPass();
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await phone.database.events.count()).toBe(3);
  });

  it("is handed in again at once when a pull tells of a restore", async () => {
    await scan(3);
    await phone.loop.now();
    server.restore(1, "e2");
    await phone.loop.now();
    expect(server.held.size).toBe(1);
    expect(await unsent()).toBe(2);
    await phone.world.pass(0);
    await vi.waitFor(() => expect(server.held.size).toBe(3));
  });
});

describe("a long body", () => {
  const gzip: NonNullable<Parts["world"]["pack"]> = (text) =>
    new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();

  it("is packed, a short one is not", async () => {
    phone.world.pack = gzip;
    await phone.loop.now();
    expect(server.packed).toBe(0);
    await scan(20);
    await phone.loop.now();
    expect(server.packed).toBe(1);
    expect(await unsent()).toBe(0);
    expect(bodiesHeld()).toEqual(await bodiesMade());
  });

  it("goes plain to a server that cannot unpack, from then on", async () => {
    phone.world.pack = gzip;
    server.unpacks = false;
    await scan(20);
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await unsent()).toBe(0);
    await scan(20);
    await phone.loop.now();
    expect(server.packed).toBe(1);
    expect(server.held.size).toBe(40);
  });

  it("that is refused plain too counts as refused, and packing goes on", async () => {
    phone.world.pack = gzip;
    const refuse: Weather = () => Promise.resolve(server.problem(413, "too_large"));
    server.weather = once("/sync/v1/push", refuse, refuse);
    await scan(40);
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(server.pushes.map(({ events }) => events.length)).toEqual([20, 20]);
    expect(server.packed).toBe(3);
  });
});

describe("waiting for news", () => {
  beforeEach(() => {
    server.rings = true;
  });

  const standing = (count: number) => vi.waitFor(() => expect(server.questions).toHaveLength(count));
  const dueIn = () => [...phone.world.timers.values()].map(({ dueAt }) => dueAt - phone.world.mono).sort((a, b) => a - b);

  it("leaves one question standing, with the phone's cursor and what it holds, and polls rarely", async () => {
    await phone.loop.now();
    await standing(1);
    expect(server.questions[0]).toMatchObject({ cursor: { epoch: "e1", pos: 0 }, pending: 0, certificate: "cert" });
    expect(dueIn()).toEqual([30_000, 35_000]);
  });

  it("pulls as soon as the server rings, and asks again behind what it learned", async () => {
    await phone.loop.now();
    await standing(1);
    await phone.world.pass(10_000);
    server.feed("item", "X", { item: "X", name: "X", unit_of_measure: "kg", per_unit: "1" });
    server.ring();
    await vi.waitFor(() => expect(dueIn()[0]).toBeLessThanOrEqual(500));
    await phone.world.pass(500);
    await standing(2);
    expect(await phone.replica.one("item", "X")).not.toBeNull();
    expect(server.questions[1]?.cursor).toEqual({ epoch: "e1", pos: 1 });
  });

  it("calls no more often than by its timer while there is always something new", async () => {
    await phone.loop.now();
    await standing(1);
    server.feed("item", "X", { item: "X", name: "X", unit_of_measure: "kg", per_unit: "1" });
    server.ring();
    await vi.waitFor(() => expect(dueIn()[0]).toBe(5_000));
  });

  it("takes the question back for a scan, which waits for nothing", async () => {
    await phone.loop.now();
    await standing(1);
    await scan(1);
    phone.loop.nudge(300);
    await phone.world.pass(300);
    await vi.waitFor(() => expect(server.held.size).toBe(1));
    await standing(2);
    expect(dueIn()).toEqual([30_000, 35_000]);
  });

  it("asks again when the time is over without news", async () => {
    await phone.loop.now();
    await standing(1);
    phone.world.mono += 25_000;
    server.ring();
    await standing(2);
    expect(dueIn()[0]).toBe(5_000);
  });

  it.each([
    ["that does not know the question", () => server.problem(404, "unknown_path"), 600_000],
    ["that has no room for it", () => server.problem(503, "try_again", {}, { "retry-after": "60" }), 60_000],
    ["that answers nonsense", () => ({ status: 200, body: { epoch: 7 } }), 60_000],
  ])("falls back to polling at a server %s, for a while", async (_, answer, deafMs) => {
    server.weather = (call, serve) => (call.path === "/sync/v1/wait" ? Promise.resolve(answer()) : serve());
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    await vi.waitFor(() => expect(dueIn()).toEqual([5_000]));
    server.weather = FAIR;
    phone.world.mono += deafMs - 10_000;
    await phone.loop.now();
    expect(server.questions).toHaveLength(0);
    phone.world.mono += 10_001;
    await phone.loop.now();
    await standing(1);
  });

  it("calls by its timer all the same, so a question that was swallowed delays nothing for long", async () => {
    await phone.loop.now();
    await standing(1);
    const pulls = server.pulls.length;
    await phone.world.pass(30_000);
    await standing(2);
    expect(server.pulls.length).toBe(pulls + 1);
  });

  it("does not run in circles when the answer is always no at once", async () => {
    server.weather = (call, serve) =>
      call.path === "/sync/v1/wait" ? Promise.resolve({ status: 200, body: { epoch: "e1", head: 0 } }) : serve();
    await phone.loop.now();
    await vi.waitFor(() => expect(dueIn()).toEqual([5_000]));
    expect(server.calls.filter((path) => path.endsWith("wait"))).toHaveLength(1);
  });

  it("is left to one tab, and to phones somebody looks at", async () => {
    phone.world.isVisible = () => false;
    await phone.loop.now();
    expect(dueIn()).toEqual([30_000]);
    phone.world.isVisible = () => true;
    phone.world.alone = async (work, at) => (at === "wait" ? undefined : work());
    await phone.loop.now();
    await vi.waitFor(() => expect(dueIn()).toEqual([5_000]));
    expect(server.questions).toHaveLength(0);
  });
});

describe("S8, S11: a phone that was switched off", () => {
  const isOff: Weather = (call, serve) =>
    call.path === "/sync/v1/pull" ? Promise.resolve(server.problem(403, "device_switched_off")) : serve();

  it("hears of a restore all the same, and hands in again what the server has forgotten", async () => {
    await scan(2);
    await phone.loop.now();
    server.weather = isOff;
    await phone.loop.now();
    server.restore(0, "e2");
    expect(server.held.size).toBe(0);
    expect(await phone.loop.now()).toMatchObject({ state: "trouble", code: "device_switched_off" });
    expect(bodiesHeld()).toEqual(await bodiesMade());
    expect(await unsent()).toBe(0);
  });

  it("keeps its books until what was forgotten is handed in again", async () => {
    await scan();
    await phone.loop.now();
    server.restore(0, "e2");
    server.weather = (call, serve) => {
      const isScan = call.path === "/sync/v1/push" && (call.body as Push).events.length > 0;
      return isScan ? Promise.reject(new TypeError("no network")) : isOff(call, serve);
    };
    await phone.loop.now();
    expect(await unsent()).toBe(1);
    expect(await phone.replica.cursor()).not.toBeNull();
    server.weather = isOff;
    await phone.loop.now();
    expect(await unsent()).toBe(0);
    expect(await phone.replica.cursor()).toBeNull();
  });
});
