/** Two phones that never heard of each other agree on an answer, and nobody without the PIN's hash does. */
import { createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TRIES_MAX, checkAnswer, checkPin } from "../src/device/sign-in";
import { answerTo, isWhole, newChallenge, spoken } from "../src/device/telephone";
import type { PersonRow } from "../src/device/books";
import { parts } from "./phone-parts";
import { pocket } from "./pocket";

type Pin = NonNullable<PersonRow["pin"]>;

const SALT = "salt-of-16-bytes";
const DRAWN = 500;

function pinOf(pin: string): Pin {
  const hash = pbkdf2Sync(pin, SALT, 1_000, 32, "sha256").toString("base64url");
  return { salt: Buffer.from(SALT).toString("base64url"), iterations: 1_000, hash };
}

function person(pin: Pin | null, over: Partial<PersonRow> = {}): PersonRow {
  return { person: "a1", name: "Suresh", role: "supervisor", site: "S", grant: 1, pin, is_active: true, ...over };
}

/** The same written down once more, by another library. */
function expected(challenge: string, { hash }: Pin): string {
  const key = Buffer.from(hash, "base64url");
  const code = createHmac("sha256", key).update(`batchspine overrule by telephone\n${challenge}`).digest();
  return (code.readBigUInt64BE(0) % 100_000_000n).toString().padStart(8, "0");
}

const challenges = fc.stringMatching(/^[0-9]{8}$/);

describe("the answer on the telephone", () => {
  it("is the challenge under a keyed hash of the PIN's hash, in eight digits", async () => {
    const pin = pinOf("615204");
    await fc.assert(
      fc.asyncProperty(challenges, async (challenge) => {
        const answer = await answerTo(challenge, pin);
        expect(isWhole(answer)).toBe(true);
        expect(answer).toBe(expected(challenge, pin));
      }),
    );
  });

  it("is another one for another challenge, and after a change of the PIN", async () => {
    const [old, changed] = [pinOf("615204"), pinOf("615205")];
    await fc.assert(
      fc.asyncProperty(challenges, challenges, async (one, other) => {
        fc.pre(one !== other);
        expect(await answerTo(one, old)).not.toBe(await answerTo(other, old));
        expect(await answerTo(one, old)).not.toBe(await answerTo(one, changed));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a challenge", () => {
  it("is drawn anew for every stop, and read out in two halves", () => {
    const drawn = Array.from({ length: DRAWN }, newChallenge);
    expect(drawn.every(isWhole)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(DRAWN - 3);
    expect(spoken("48217730")).toBe("4821 7730");
  });
});

describe("a phone that stopped somebody", () => {
  it("takes the right answer of this person to this challenge and nothing else", async () => {
    const { outbox } = parts(pocket());
    const suresh = person(pinOf("615204"));
    const answer = expected("48217730", pinOf("615204"));
    expect(await checkAnswer(outbox, suresh, "48217730", answer)).toBe("ok");
    expect(await checkAnswer(outbox, suresh, "48217731", answer)).toBe("wrong");
    expect(await checkAnswer(outbox, person(pinOf("615204"), { is_active: false }), "48217730", answer)).toBe("wrong");
    expect(await checkAnswer(outbox, person(null), "48217730", answer)).toBe("wrong");
    expect(await checkAnswer(outbox, null, "48217730", answer)).toBe("wrong");
  });

  it("counts wrong answers as wrong PINs: ten lock that person, for both", async () => {
    const { outbox } = parts(pocket());
    const suresh = person(pinOf("615204"));
    for (let wrong = 1; wrong < TRIES_MAX; wrong++) {
      const tried = wrong % 2 ? checkAnswer(outbox, suresh, "48217730", "00000000") : checkPin(outbox, suresh, "000000");
      expect(await tried).toBe("wrong");
    }
    expect(await checkAnswer(outbox, suresh, "48217730", "00000000")).toBe("locked");
    expect(await checkAnswer(outbox, suresh, "48217730", expected("48217730", pinOf("615204")))).toBe("locked");
    expect(await checkPin(outbox, suresh, "615204")).toBe("locked");
  });
});
