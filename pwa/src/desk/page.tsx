/** A page of the desk with a list and a form beside it. */
import type { ComponentChildren, JSX } from "preact";

interface PageProps {
  title: string;
  children: ComponentChildren;
  /** The form that adds one more. */
  side?: ComponentChildren;
  sideTitle?: string;
}

/** Title, list, form. */
export function Page({ title, children, side, sideTitle }: PageProps): JSX.Element {
  return (
    <>
      <h1 tabIndex={-1}>{title}</h1>
      <div class={side === undefined ? "desk-columns one" : "desk-columns"}>
        <section class="desk-main">{children}</section>
        {side !== undefined && (
          <section class="desk-side" aria-label={sideTitle}>
            <h2>{sideTitle}</h2>
            {side}
          </section>
        )}
      </div>
    </>
  );
}
