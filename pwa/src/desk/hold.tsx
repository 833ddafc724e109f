/** Put a lot on hold, or release it, from this desk: a release says that it knew of every hold so far. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { BatchAnswer } from "../device/office";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Field } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { useRecord } from "./decide";
import { DeskGate } from "./desk-gate";

type Lot = BatchAnswer["lots"][number];

/** Whether a lot is on hold, and the way to change that. */
export function HoldOf({ lot }: { lot: Lot }): JSX.Element | null {
  const { office } = useApp();
  const text = deskWords.hold;
  const isAsking = useSignal(false);
  return (
    <>
      {lot.is_held && (
        <span class="tag severity-stop">
          <Icon name="cross" />
          {text.held}
        </span>
      )}
      {office.person?.role === "office" && !isAsking.value && (
        <button type="button" class="button small" onClick={() => (isAsking.value = true)}>
          <Icon name={lot.is_held ? "tick" : "cross"} />
          <span>{lot.is_held ? text.release : text.put}</span>
        </button>
      )}
      {isAsking.value && (
        <DeskGate>
          <Reason lot={lot} />
        </DeskGate>
      )}
    </>
  );
}

function Reason({ lot }: { lot: Lot }): JSX.Element {
  const text = deskWords.hold;
  const reason = useSignal("");
  const isDone = useSignal(false);
  const wrong = useSignal<string | null>(null);
  const { record, problem } = useRecord();
  const say = async (): Promise<void> => {
    const why = reason.value.trim();
    wrong.value = why === "" ? deskWords.required : null;
    if (why === "") return;
    const body = { type: lot.is_held ? "released" : "held", item: lot.item, batch: lot.batch, reason: why };
    if (await record([{ ...body, after: lot.hold_heads }])) isDone.value = true;
  };
  if (isDone.value) {
    return (
      <p class="decided" role="status">
        <Icon name="tick" />
        {text.done}
      </p>
    );
  }
  return (
    <form
      class="hold-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void say();
      }}
    >
      <Field
        label={text.reason}
        value={reason.value}
        error={wrong.value ?? problem}
        isDefault
        onInput={(value) => (reason.value = value)}
      />
      <button type="submit" class="button small">
        <span>{lot.is_held ? text.release : text.put}</span>
      </button>
    </form>
  );
}
