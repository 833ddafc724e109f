/** A batch number leads to the page of the batch, wherever it stands. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";

/** Draw the number, as its papers have it where that is known, as a link. */
export function BatchLink({ batch, shown = batch }: { batch: string; shown?: string }): JSX.Element {
  const { router } = useApp();
  const address = `/desk/batch/${encodeURIComponent(batch)}`;
  return (
    <a
      class="batch-link code"
      href={address}
      onClick={(event) => {
        event.preventDefault();
        router.go(address);
      }}
    >
      {shown}
    </a>
  );
}
