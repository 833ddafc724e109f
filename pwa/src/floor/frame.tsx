/** The frame of a floor screen: head above, one step below; Esc and Back lead the same way. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { ResultPanel } from "../ui/result";
import { Head } from "../ui/status";
import { words } from "../words/words";

/** Draw a floor screen: the last result stays on top, the step that is due comes beneath. */
export function Frame({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  const { router, feedback } = useApp();
  useEscape(() => router.replace("/"));
  useEffect(() => () => feedback.clear(), [feedback]);
  return (
    <>
      <Head title={title} hasBack />
      <main>
        <ResultPanel />
        {children}
      </main>
    </>
  );
}

/** What the whole flow is about (the run, the transfer), always in sight and changed in one tap. */
export function Context({
  label,
  value,
  line,
  onChange,
}: {
  label: string;
  value: string;
  line?: string | undefined;
  onChange: () => void;
}): JSX.Element {
  return (
    <div class="context">
      <p>
        <small>{label}</small>
        <strong>{value}</strong>
        {line !== undefined && <span>{line}</span>}
      </p>
      <button type="button" class="button small" onClick={onChange} aria-label={`${words.action.change}: ${label}`}>
        {words.action.change}
      </button>
    </div>
  );
}

/** A quiet sentence where something is missing. */
export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <p class="notice">
      <Icon name="look" />
      <span>{children}</span>
    </p>
  );
}
