/** Who may know whom: the rooms of the app, checked file by file. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SOURCE = new URL("../src/", import.meta.url);

interface File {
  path: string;
  room: string;
  text: string;
  /** What it imports: rooms of ours, or packages by name. */
  imports: string[];
}

function files(): File[] {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  return names.map((path) => {
    const text = readFileSync(new URL(path, SOURCE), "utf8");
    const room = path.includes("/") ? (path.split("/")[0] ?? "") : "";
    const named = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name = ""]) => name);
    const imports = named.map((name) => (name.startsWith(".") ? roomOf(path, name) : name));
    return { path, room, text: withoutComments(text), imports };
  });
}

function roomOf(path: string, name: string): string {
  const target = new URL(name, new URL(path, SOURCE)).pathname.slice(SOURCE.pathname.length);
  return target.includes("/") ? `./${target.split("/")[0]}` : `./${target}`;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

const all = files();
const of = (room: string): File[] => all.filter((file) => file.room === room);

/** Give the files of a room that import something else than allowed. */
function strays(room: string, allowed: RegExp): string[] {
  return of(room).flatMap(({ path, imports }) =>
    imports.filter((name) => !allowed.test(name)).map((name) => `${path} imports ${name}`),
  );
}

describe("the rooms", () => {
  it("are all there", () => {
    expect(of("core").length).toBeGreaterThan(5);
    expect(of("device").length).toBeGreaterThan(10);
  });

  it("core knows nobody and no browser", () => {
    expect(strays("core", /^(\.\/core|@noble\/hashes\/.+)$/)).toEqual([]);
    const browser =
      /\b(window|document|navigator|indexedDB|localStorage|fetch|setTimeout|Date|Math\.random|performance|crypto)\b[.(]/;
    expect(
      of("core")
        .filter(({ text }) => browser.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it("scan makes texts and knows neither databases nor screens", () => {
    expect(strays("scan", /^(\.\/(core|scan)|zxing-wasm\/.+)$/)).toEqual([]);
  });

  it("device knows core and the grammar, no screen", () => {
    expect(strays("device", /^(\.\/(core|device|scan)|dexie|@preact\/signals)$/)).toEqual([]);
  });

  it("the floor does not know the desk", () => {
    expect(
      of("floor")
        .filter(({ imports }) => imports.includes("./desk"))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

describe("the outside", () => {
  const paths = (pattern: RegExp): string[] =>
    all
      .filter(({ text }) => pattern.test(text))
      .map(({ path }) => path)
      .sort();

  it("only one file knows the database library", () => {
    expect(all.filter(({ imports }) => imports.includes("dexie")).map(({ path }) => path)).toEqual([
      "device/database.ts",
    ]);
  });

  it("the network is reached from one call, the service worker, and nowhere else", () => {
    expect(paths(/\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource/)).toEqual([
      "device/call.ts",
      "device/world.ts",
      "sw.ts",
    ]);
  });

  it("below the screens, storage other than the databases is the canary's and the desk's session", () => {
    const below = paths(/\b(localStorage|sessionStorage)\b/).filter((path) => /^(core|device|scan)/.test(path));
    expect(below).toEqual(["device/office.ts", "device/world.ts"]);
  });

  it("nobody asks whether the browser believes it is online", () => {
    expect(paths(/navigator\.onLine/)).toEqual([]);
  });

  it("one file alone can take a scan out of the outbox, and only by its name", () => {
    const removing =
      /events\s*\.\s*(delete|bulkDelete|clear)\b|events[\s\S]{0,80}\.delete\(\)|OutboxDatabase[\s\S]{0,200}\.delete\(/;
    expect(paths(removing)).toEqual(["device/database.ts"]);
  });

  it("the service worker keeps its hands off everything but the app", () => {
    const worker = all.find(({ path }) => path === "sw.ts")?.text ?? "";
    expect(worker).not.toMatch(/indexedDB|localStorage|\/sync|BackgroundSync/);
  });
});
