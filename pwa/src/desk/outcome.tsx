/** What came of a wish at the desk: nothing yet, at work, done, or refused with the reason. */
import type { JSX } from "preact";

export type Outcome = { is: "none" | "working" } | { is: "done"; line: string } | { is: "refused"; line: string };

/** Say it, once there is something to say. */
export function OutcomeLine({ outcome }: { outcome: Outcome }): JSX.Element | null {
  if (outcome.is !== "done" && outcome.is !== "refused") return null;
  const isDone = outcome.is === "done";
  return (
    <p class={isDone ? "notice good" : "notice bad"} role={isDone ? "status" : "alert"}>
      {outcome.line}
    </p>
  );
}
