/** The desk: a session in this tab, the server's own sentences, and no token where none belongs. */
import { beforeEach, describe, expect, it } from "vitest";
import { Office } from "../src/device/office";
import { Problem } from "../src/device/problem";
import { problemSentence } from "../src/ui/reasons";
import type { World } from "../src/device/world";
import { pocket } from "./pocket";

interface Call {
  path: string;
  method: string | undefined;
  token: string | null;
  body: unknown;
}

let calls: Call[];
let answer: (path: string) => Response;
let tab: Map<string, string>;

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const session = { token: "t-1", expires_at: 4_000_000_000_000, person: { name: "Meera" }, device: null };

const fetched: World["fetch"] = async (input, init) => {
  const path = String(input);
  const headers = new Headers(init?.headers);
  const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
  calls.push({ path, method: init?.method, token: headers.get("authorization"), body });
  return answer(path);
};

function desk(): Office {
  const store = {
    getItem: (key: string) => tab.get(key) ?? null,
    setItem: (key: string, value: string) => void tab.set(key, value),
    removeItem: (key: string) => void tab.delete(key),
  };
  return new Office(pocket(fetched), store);
}

beforeEach(() => {
  calls = [];
  tab = new Map();
  answer = (path) => (path === "/session" ? json(session) : json({ items: [], rows: [] }));
});

describe("a session", () => {
  it("is carried on every call after it, outlives a reload, and ends with sign-out", async () => {
    const office = desk();
    await office.signIn("office", "secret");
    await office.items();
    expect(calls.map(({ path, token }) => [path, token])).toEqual([
      ["/session", null],
      ["/items", "Bearer t-1"],
    ]);
    const reloaded = desk();
    expect(reloaded.isSignedIn).toBe(true);
    expect(reloaded.person).toMatchObject({ name: "Meera" });
    reloaded.signOut();
    expect(desk().isSignedIn).toBe(false);
  });

  it("that is too old is not taken up again", () => {
    tab.set("batchspine.office", JSON.stringify({ ...session, expires_at: 1 }));
    expect(desk().isSignedIn).toBe(false);
    tab.set("batchspine.office", "{");
    expect(desk().isSignedIn).toBe(false);
  });

  it("that the server no longer knows ends, with the server's sentence", async () => {
    const office = desk();
    await office.signIn("office", "secret");
    answer = () => json({ code: "token_expired", detail: "Sign in again." }, 401);
    await expect(office.items()).rejects.toMatchObject({ code: "token_expired", detail: "Sign in again." });
    expect(office.isSignedIn).toBe(false);
  });
});

describe("a call that fails", () => {
  it("names the field it is about", async () => {
    answer = () => json({ code: "code_taken", detail: "That code is taken.", field: "code" }, 409);
    const adding = desk().addItem({ code: "A", name: "A", unit_of_measure: "kg", per_unit: 1000, waits_for_quality: false, gtin: null });
    await expect(adding).rejects.toEqual(new Problem("code_taken", "That code is taken.", "code"));
    await expect(adding).rejects.toMatchObject({ field: "code" });
  });

  it("for want of a network says so in words", async () => {
    answer = () => {
      throw new TypeError("failed to fetch");
    };
    const problem = await desk().installation().catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: "offline" });
    expect(problemSentence(problem as Problem)).toContain("network");
  });
});

it("questions go out as they were asked", async () => {
  const office = desk();
  await office.stock({ batch: "MAK 1&2", place: "" });
  answer = () => new Response("%PDF");
  await office.printedFile("00ff");
  expect(calls.map(({ path }) => path)).toEqual(["/stock?batch=MAK+1%262", "/print-jobs/00ff/file"]);
});
