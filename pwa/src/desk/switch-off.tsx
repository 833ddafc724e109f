/** Switch a lost phone off, or take a good one back: a word of this desk, with its reason. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OfficeDevice } from "../device/office";
import type { Draft } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Field } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { useRecord } from "./decide";
import { DeskGate } from "./desk-gate";

/** Whether a phone is in use, and what it handed in after it was switched off. */
export function StandingOf({ device }: { device: OfficeDevice }): JSX.Element {
  const { router } = useApp();
  const text = deskWords.phones;
  return (
    <>
      {device.is_desk ? `${text.desk}, ` : ""}
      {text.standing[device.standing] ?? device.standing}
      {device.pending !== null && device.pending > 0 && <small class="row-line">{text.unsent(device.pending)}</small>}
      {device.cut_off > 0 && (
        <small class="row-line">
          {text.cutOff(device.cut_off)}{" "}
          <a
            href="/desk/exceptions"
            onClick={(event) => {
              event.preventDefault();
              router.go("/desk/exceptions");
            }}
          >
            {text.look}
          </a>
        </small>
      )}
    </>
  );
}

interface SwitchOffProps {
  device: OfficeDevice;
  onClose: () => void;
}

/** Ask once what happened, then record it. */
export function SwitchOff({ device, onClose }: SwitchOffProps): JSX.Element {
  const text = deskWords.phones;
  return (
    <section class="decide" aria-label={text.offTitle(device.name)}>
      <h2>{text.offTitle(device.name)}</h2>
      <DeskGate>
        <Words device={device} onClose={onClose} />
      </DeskGate>
    </section>
  );
}

function Words({ device, onClose }: SwitchOffProps): JSX.Element {
  const text = deskWords.phones;
  const reason = useSignal("");
  const isDone = useSignal(false);
  const { record, problem } = useRecord();
  const say = async (body: Draft["body"]): Promise<void> => {
    const told = reason.value.trim() === "" ? {} : { reason: reason.value.trim() };
    if (await record([{ ...body, ...told }])) isDone.value = true;
  };
  if (isDone.value) {
    return (
      <p class="notice good" role="status">
        <Icon name="tick" />
        <span>{text.recorded}</span>
      </p>
    );
  }
  const off = { type: "revoked", device: device.device, heads: device.chains };
  const back = { type: "retired", device: device.device };
  return (
    <>
      <Field label={text.reason} value={reason.value} onInput={(value) => (reason.value = value)} />
      <ul class="decide-choices">
        <li>
          <button type="button" class="button" onClick={() => void say(off)}>
            {text.offGo}
          </button>
          <small>{text.offLine}</small>
        </li>
        <li>
          <button type="button" class="button" onClick={() => void say(back)}>
            {text.backGo}
          </button>
          <small>{text.backLine}</small>
        </li>
        <li>
          <button type="button" class="button" onClick={onClose}>
            {text.cancel}
          </button>
        </li>
      </ul>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
