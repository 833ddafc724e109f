/** A newer version of the app waits on this phone; it starts on a tap, between two jobs and never within one. */
import type { JSX } from "preact";
import { applyUpdate, updateWaits } from "../device/shell";
import { words } from "../words/words";

/** Offer the newer version. */
export function UpdateOffer(): JSX.Element | null {
  if (!updateWaits.value) return null;
  return (
    <div class="context" role="status">
      <p>
        <strong>{words.update.waits}</strong>
        <span>{words.update.line}</span>
      </p>
      <button type="button" class="button small" onClick={applyUpdate}>
        {words.update.start}
      </button>
    </div>
  );
}
