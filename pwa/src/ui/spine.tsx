/** The mark of the product. */
import type { JSX } from "preact";

/** The mark: a batch number runs through all places like a spine. */
export function Spine(): JSX.Element {
  return (
    <svg class="spine" viewBox="0 0 24 32" aria-hidden="true" focusable="false">
      <path d="M12 1v30M6 6h12M3 13h18M4 20h16M7 27h10" />
    </svg>
  );
}
