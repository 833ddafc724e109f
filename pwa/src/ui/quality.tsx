/** Available, quarantine, rejected: quality's word on material, always with its picture. */
import type { JSX } from "preact";
import { words } from "../words/words";
import { Icon } from "./icons";

const QUALITY_ICONS = { available: "tick", quarantine: "clock", rejected: "cross" } as const;

/** On hold: a person's word that stands above quality's. */
export function HoldTag(): JSX.Element {
  return (
    <span class="tag quality-rejected">
      <Icon name="cross" />
      {words.unit.onHold}
    </span>
  );
}

/** Quality's word on a unit, with its picture. */
export function QualityTag({ status }: { status: string }): JSX.Element {
  const icon = status in QUALITY_ICONS ? QUALITY_ICONS[status as keyof typeof QUALITY_ICONS] : "bang";
  return (
    <span class={`tag quality-${status}`}>
      <Icon name={icon} />
      {words.quality[status] ?? status}
    </span>
  );
}
