/**
 * A phone that lies about for half an hour forgets who held it: the next scan asks who is there.
 *
 * Never in the middle of a step, where something would be lost; and scans go on being sent, whoever is signed in.
 */
import type { Phone } from "../device/phone";
import { isBusy } from "./obey";

export const IDLE_MS = 30 * 60_000;
const LOOK_MS = 60_000;

/** Sign out whoever has not touched the phone or typed for half an hour; gives what to call for everything else. */
export function signOutWhenIdle(phone: Phone, onSignOut: () => void): () => void {
  let last = Date.now();
  const seen = (): void => void (last = Date.now());
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, seen, { capture: true, passive: true });
  setInterval(() => {
    if (phone.person.value === null || Date.now() - last < IDLE_MS || isBusy()) return;
    phone.signOut();
    onSignOut();
  }, LOOK_MS);
  return seen;
}
