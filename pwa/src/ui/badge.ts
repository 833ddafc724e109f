/**
 * What a scanned badge does: it says who is there, as a tap on a name does. That it is so, the PIN proves.
 *
 * Where names are shown it chooses one of them. Elsewhere it changes who works with this phone, but never in the middle
 * of a step, where something would be lost.
 */
import { signal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Person, Phone } from "../device/phone";
import { badgeIn } from "../scan/command";
import { words } from "../words/words";
import { useApp } from "./context";
import type { FeedbackBoard } from "./feedback";
import { isBusy } from "./obey";

/** Names on the screen: the person is chosen if it is one of these. */
interface Names {
  people: readonly Person[];
  choose: (person: Person) => void;
}

export interface Badges {
  /** Who showed a badge and has to enter the PIN now. */
  readonly shown: Signal<Person | null>;
  /** Heed a text if it is a badge; false: it is none. */
  heed(text: string): Promise<boolean>;
  /** Offer names until the returned function is called. */
  offer(names: Names): () => void;
}

/** Say why a person cannot sign in here; null: the person can. */
export function hindrance({ hasPin, lockedUntilOffice }: Person): string | null {
  if (lockedUntilOffice) return words.signIn.lockedShort;
  return hasPin ? null : words.signIn.noPin;
}

/** Give what heeds badges. */
export function openBadges(phone: Phone, feedback: FeedbackBoard): Badges {
  const shown = signal<Person | null>(null);
  const offers: Names[] = [];
  const refuse = (line: string): void => feedback.say({ kind: "refused", line });

  function answer(person: Person): void {
    const names = offers.at(-1);
    const why = hindrance(person);
    if (why !== null) refuse(`${person.name}. ${why}.`);
    else if (names?.people.some((one) => one.person === person.person) === true) names.choose(person);
    else if (names !== undefined) refuse(words.badge.notThisOne(person.name));
    else if (phone.person.value === null) shown.value = person;
    else if (phone.person.value.person === person.person) {
      feedback.say({ kind: "duplicate", line: words.badge.already(person.name) });
    } else if (isBusy()) refuse(words.badge.finishFirst);
    else {
      phone.signOut();
      shown.value = person;
    }
  }

  return {
    shown,
    async heed(text) {
      const code = badgeIn(text);
      if (code === null) return false;
      if (phone.notSaved.value !== null || feedback.blocks()) return true;
      const person = (await phone.people()).find((one) => one.isActive && one.person.startsWith(code));
      if (person === undefined) refuse(words.badge.unknown);
      else answer(person);
      return true;
    },
    offer(names) {
      offers.push(names);
      return () => {
        offers.splice(offers.indexOf(names), 1);
      };
    },
  };
}

/** Let badges choose among names while they are shown. */
export function useBadges(people: readonly Person[], choose: (person: Person) => void): void {
  const { badges } = useApp();
  const latest = useRef(choose);
  latest.current = choose;
  useLayoutEffect(() => badges.offer({ people, choose: (person) => latest.current(person) }), [badges, people]);
}
