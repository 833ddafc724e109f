/** The labels are on already: they come off a roll, and a scan of each says which number is on which unit. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { isRollSerial } from "../scan/grammar";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { useEscape } from "../ui/keys";
import { signalClass } from "../ui/sound";
import { flowWords } from "../words/flow-words";
import { ScanStep } from "./scan-panel";

interface PrePrintedProps {
  /** How many units there are. */
  count: number;
  /** "Drum": what each label is on. */
  what: string;
  onUnits: (units: string[]) => void;
  onBack: () => void;
}

/** Scan as many labels of rolls as there are units; nothing is recorded before the last one. */
export function PrePrinted({ count, what, onUnits, onBack }: PrePrintedProps): JSX.Element {
  const { feedback } = useApp();
  const units = useSignal<string[]>([]);
  useEscape(onBack);
  useScans(({ kind, unit }) => {
    if (units.value.length === count) return;
    if (kind !== "unit" || unit === undefined || !isRollSerial(unit.unit)) {
      return feedback.say({ kind: "refused", line: flowWords.rolls.notOfRoll });
    }
    if (unit.known) return feedback.say({ kind: "refused", line: flowWords.rolls.inUse(unit.unit) });
    if (units.value.includes(unit.unit)) {
      return feedback.say({ kind: "duplicate", line: flowWords.rolls.already(unit.unit) });
    }
    units.value = [...units.value, unit.unit];
    if (units.value.length === count) return onUnits(units.value);
    // Kept on this screen only: green and its sound are for what is recorded.
    signalClass("duplicate");
  });
  return (
    <ScanStep instruction={flowWords.rolls.scan(what, Math.min(units.value.length + 1, count), count)} isOpen>
      <ul
        class="serials"
        data-testid="bound"
        data-count={units.value.length}
        data-unsaved={units.value.length > 0 ? "" : undefined}
      >
        {[...units.value].reverse().map((unit) => (
          <li key={unit} class="code">
            {unit}
          </li>
        ))}
      </ul>
    </ScanStep>
  );
}
