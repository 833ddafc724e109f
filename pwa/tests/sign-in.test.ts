/** A PIN lets its person in, a guesser is stopped, and the phone goes on for everybody else. */
import { pbkdf2Sync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { PersonRow } from "../src/device/books";
import { TRIES_MAX, checkPin, personOf } from "../src/device/sign-in";
import { parts } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

// The server makes them with 210,000; what matters here is that the phone does what the books say.
const ITERATIONS = 1_000;

function person(pin: string | null, over: Partial<PersonRow> = {}, salt = "salt-of-16-bytes"): PersonRow {
  const hash = pin === null ? null : pbkdf2Sync(pin, salt, ITERATIONS, 32, "sha256").toString("base64url");
  const secret = hash === null ? null : { salt: Buffer.from(salt).toString("base64url"), iterations: ITERATIONS, hash };
  return { person: "a1", name: "Ravi", role: "operator", site: "S", grant: 1, pin: secret, is_active: true, ...over };
}

let phone: Parts;

beforeEach(() => {
  phone = parts(pocket());
});

const tryPin = (row: PersonRow | null, pin: string) => checkPin(phone.outbox, row, pin);

describe("a PIN", () => {
  it("lets its person in, and no other PIN does", async () => {
    const ravi = person("482915");
    expect(await tryPin(ravi, "482915")).toBe("ok");
    expect(await tryPin(ravi, "482916")).toBe("wrong");
    expect(await tryPin(ravi, "")).toBe("wrong");
  });

  it("is of no use to somebody switched off, without one, or unknown", async () => {
    expect(await tryPin(person("482915", { is_active: false }), "482915")).toBe("wrong");
    expect(await tryPin(person(null), "")).toBe("wrong");
    expect(await tryPin(null, "482915")).toBe("wrong");
  });
});

describe("ten wrong tries", () => {
  it("lock the person, even for the right PIN and after a restart, and nobody else", async () => {
    const [ravi, asha] = [person("482915"), person("730264", { person: "a2", name: "Asha" })];
    for (let wrong = 1; wrong < TRIES_MAX; wrong++) expect(await tryPin(ravi, "000000")).toBe("wrong");
    expect(await tryPin(ravi, "000000")).toBe("locked");
    expect(await tryPin(ravi, "482915")).toBe("locked");
    const again = parts(phone.world.reopened());
    expect(await checkPin(again.outbox, ravi, "482915")).toBe("locked");
    expect((await personOf(again.outbox, ravi)).lockedUntilOffice).toBe(true);
    expect(await checkPin(again.outbox, asha, "730264")).toBe("ok");
  });

  it("do not add up over right ones", async () => {
    const ravi = person("482915");
    for (let round = 0; round < 3; round++) {
      for (let wrong = 1; wrong < TRIES_MAX; wrong++) await tryPin(ravi, "000000");
      expect(await tryPin(ravi, "482915")).toBe("ok");
    }
  });

  it("are forgotten when the office sets a new PIN", async () => {
    for (let wrong = 0; wrong < TRIES_MAX; wrong++) await tryPin(person("482915"), "000000");
    const renewed = person("111222", {}, "another-salt-16b");
    expect((await personOf(phone.outbox, renewed)).lockedUntilOffice).toBe(false);
    expect(await tryPin(renewed, "111222")).toBe("ok");
  });

  it("count even if the app is killed before it could say wrong", async () => {
    const ravi = person("482915");
    const put = phone.outbox.put.bind(phone.outbox);
    const written: number[] = [];
    phone.outbox.put = async (key, value) => {
      written.push((value as { wrong: number }).wrong);
      return put(key, value);
    };
    await tryPin(ravi, "482915");
    // First the try is written as wrong, only then it is found right.
    expect(written).toEqual([1, 0]);
  });
});
