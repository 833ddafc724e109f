/** A batch number leads to the page of the batch, wherever it stands. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";

/** Draw the number as a link. */
export function BatchLink({ batch }: { batch: string }): JSX.Element {
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
      {batch}
    </a>
  );
}
