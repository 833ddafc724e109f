/** What receiving, using and sending have in common: a code becomes a unit, or the operator is told why not. */
import { useEffect } from "preact/hooks";
import type { Found } from "../device/phone";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { words } from "../words/words";
import type { Books } from "./books";
import { scannedBefore } from "./history";
import { subjectOf, type Subject } from "./subject";

interface Options {
  books: Books;
  /** The unit that waits for an answer; until it has one, no other is taken. */
  waiting: () => Subject | null;
  /** The act that does not count twice, and whether the unit is still where that act left it. */
  once?: { type: string; isDone: (subject: Subject) => boolean };
  onUnit: (subject: Subject) => void | Promise<void>;
  /** Takes the label of a place, or its code typed in, where the flow has a use for one. */
  onPlace?: (place: string) => void;
  takesNewPallets?: boolean;
}

/** Take units as they are scanned, one at a time; the first may have been scanned on the way here. */
export function useUnitScans({ books, waiting, once, onUnit, onPlace, takesNewPallets = false }: Options): void {
  const { phone, feedback, router, door } = useApp();
  const take = async (found: Found): Promise<undefined> => {
    if (onPlace !== undefined && books.own.some(({ place }) => place === found.text)) return void onPlace(found.text);
    const subject = subjectOf(found, books);
    if (subject === null) {
      return void feedback.say({ kind: "refused", line: words.scan.lotLabel(found.batch ?? found.text) });
    }
    const held = waiting();
    if (held !== null) {
      if (held.unit.unit === subject.unit.unit) return undefined;
      return void feedback.say({ kind: "refused", line: words.scan.finishFirst(held.unit.unit) });
    }
    const before =
      once?.isDone(subject) === true ? scannedBefore(phone.scans.value, once.type, subject.unit.unit) : null;
    if (before !== null) return void feedback.say({ kind: "duplicate", line: words.feedback.scannedAt(before) });
    const shown = feedback.current.value;
    await onUnit(subject);
    // Not before: on a slow phone, drawing the empty place first would keep the answer waiting.
    if (feedback.current.value === shown) feedback.clear();
    return undefined;
  };
  useScans(take, { takesNewPallets, ...(onPlace === undefined ? {} : { onPlace }) });
  useEffect(() => {
    const [screen, brought] = router.route.value.hash;
    if (screen === undefined || brought === undefined) return;
    router.replace(`/#${screen}`);
    void door.arrive(decodeURIComponent(brought), "typed");
  }, [router, door]);
}
