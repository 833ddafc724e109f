/** What the operator sees after a scan: colour, picture, word and one line; and the two screens that stop everything. */
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { words } from "../words/words";
import { useApp } from "./context";
import type { Feedback } from "./feedback";
import { Icon, type IconName } from "./icons";
import { useEscape } from "./keys";
import { Button } from "./parts";
import { signalClass } from "./sound";
import { now } from "./status";

const ICONS: Record<Feedback["kind"], IconName> = {
  saved: "tick",
  attention: "bang",
  duplicate: "equals",
  refused: "cross",
};

/** The panel a result appears in; it is there from the start, so that screen readers announce what comes. */
export function ResultPanel(): JSX.Element {
  const { feedback } = useApp();
  const current = feedback.current.value;
  const shown = current === null || current.kind === "refused" ? null : current;
  return (
    <>
      <div class="result-place" role="status" aria-live="polite" aria-atomic="true" data-testid="result">
        {shown !== null && (
          <div class={`result ${shown.kind}`}>
            <Icon name={ICONS[shown.kind]} />
            <div>
              <strong>{shown.title ?? words.feedback[shown.kind]}</strong>
              <p>{shown.line}</p>
              {shown.note && <p class="result-note">{shown.note}</p>}
            </div>
          </div>
        )}
      </div>
      {shown?.ids !== undefined && <UndoButton ids={shown.ids} />}
    </>
  );
}

/** Take back own scans, as long as that is possible without anybody's leave. */
export function UndoButton({ ids }: { ids: string[] }): JSX.Element | null {
  const undo = useUndo();
  const possible = useUndoable(ids);
  if (possible.length === 0) return null;
  return (
    <Button icon="undo" testId="undo" onPress={() => void undo(possible)}>
      {words.action.undo}
    </Button>
  );
}

/** Which of these scans can still be undone, live. */
export function useUndoable(ids: string[]): string[] {
  const { phone } = useApp();
  const key = ids.join();
  // Anew for other scans: the list may have heard of them before, and nothing else would then bring this up to date.
  const possible = useMemo(
    () =>
      computed(() => {
        // The clock is read so that the offer ends when the two minutes do.
        void now.value;
        const rows = new Map(phone.scans.value.map((row) => [row.id, row]));
        return key.split(",").filter((id) => rows.get(id)?.canUndo === true);
      }),
    [phone, key],
  );
  return possible.value;
}

/** Undo scans one by one and say what was taken back. */
export function useUndo(): (ids: string[]) => Promise<void> {
  const { phone, feedback } = useApp();
  return async (ids) => {
    const first = phone.scans.value.find((row) => row.id === ids[0]);
    const what = words.did[first?.type ?? ""] ?? "";
    let undone = 0;
    try {
      for (const id of ids) {
        await phone.undo(id);
        undone += 1;
      }
      feedback.say({ kind: "saved", title: words.feedback.undone, line: words.scans.undone(countOf(what, undone)) });
    } catch {
      // The two minutes may end, or the storage fail, between the tap and the write: what is undone stays undone.
      if (phone.notSaved.value === null) {
        feedback.say({ kind: "refused", line: words.scans.undoSome(ids.length - undone) });
      }
    }
  };
}

function countOf(what: string, count: number): string {
  return count === 1 ? what : `${what} (${count})`;
}

/** A refusal fills the lower half and takes every key but Esc: a scanner's Enter must not wave it away. */
export function RefusedDialog(): JSX.Element | null {
  const { feedback } = useApp();
  const current = feedback.current.value;
  if (current?.kind !== "refused") return null;
  return <Refused feedback={current} onSeen={() => feedback.acknowledge()} />;
}

function Refused({ feedback, onSeen }: { feedback: Feedback; onSeen: () => void }): JSX.Element {
  useEscape(onSeen);
  return (
    <Blocking class="refused-dialog" labelledBy="refused-title">
      <div class="refused-box">
        <Icon name="cross" />
        <h2 id="refused-title">{feedback.title ?? words.feedback.refused}</h2>
        <p>{feedback.line}</p>
        <button type="button" class="button on-red" aria-describedby="refused-hint" onClick={onSeen}>
          {words.action.understood}
        </button>
        <p id="refused-hint" class="small">
          {words.action.understoodHint}
        </p>
      </div>
    </Blocking>
  );
}

const ALARM_EVERY_MS = 2_500;

/** Nothing was kept: the whole screen is red until somebody has seen it. */
export function NotSavedScreen(): JSX.Element | null {
  const { phone } = useApp();
  const reason = phone.notSaved.value;
  return reason === null ? null : <NotSaved reason={reason} onSeen={() => (phone.notSaved.value = null)} />;
}

function NotSaved({ reason, onSeen }: { reason: string; onSeen: () => void }): JSX.Element {
  useEscape(onSeen);
  useEffect(() => {
    signalClass("not_saved");
    const timer = setInterval(() => signalClass("not_saved"), ALARM_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Blocking class="not-saved" labelledBy="not-saved-title">
      <Icon name="cross" />
      <h2 id="not-saved-title">
        {words.notSaved.title}
        <span>{words.notSaved.again}</span>
      </h2>
      <p>{words.notSaved.why[reason] ?? words.notSaved.unknown}</p>
      <button type="button" class="button on-red" onClick={onSeen}>
        {words.notSaved.button}
      </button>
    </Blocking>
  );
}

interface BlockingProps {
  class: string;
  labelledBy: string;
  children: JSX.Element | JSX.Element[];
}

/** A dialog that holds the focus and lets no Enter through. */
function Blocking({ class: name, labelledBy, children }: BlockingProps): JSX.Element {
  const dialog = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div
      ref={dialog}
      class={name}
      role="alertdialog"
      aria-modal="true"
      aria-labelledby={labelledBy}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.preventDefault();
        if (event.key === "Tab") holdFocus(event, dialog.current);
      }}
    >
      {children}
    </div>
  );
}

function holdFocus(event: KeyboardEvent, dialog: HTMLElement | null): void {
  event.preventDefault();
  dialog?.querySelector("button")?.focus();
}
