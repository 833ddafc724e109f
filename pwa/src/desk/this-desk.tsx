/** This desk: what it has recorded, and how far each of that has come. */
import type { JSX } from "preact";
import type { Phone, ScanRow } from "../device/phone";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Button } from "../ui/parts";
import { outcomeSentence, reasonWords } from "../ui/reasons";
import { now } from "../ui/status";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { DeskGate } from "./desk-gate";
import { Page } from "./page";
import { Rows } from "./rows";

/** The page. */
export function ThisDesk(): JSX.Element {
  const { desk } = useApp();
  return (
    <Page title={deskWords.thisDesk.title}>
      <DeskGate>{desk.device.value !== null && <Recorded device={desk.device.value} />}</DeskGate>
    </Page>
  );
}

function Recorded({ device }: { device: Phone }): JSX.Element {
  const text = deskWords.thisDesk;
  const identity = device.enrolled.value;
  const { state, code, lastSuccessAt } = device.connection.value;
  const said = state === "trouble" ? (words.status.troubles[code ?? ""] ?? words.status.troubleSentence) : null;
  return (
    <>
      {identity !== null && <p class="lead">{text.is(identity.name, identity.site)}</p>}
      <p>
        {words.status[state]}, {words.status.unsent(device.unsent.value)}.{" "}
        {lastSuccessAt === null
          ? words.status.neverContact
          : words.status.lastSuccess(when(lastSuccessAt, now.value))}
      </p>
      {said !== null && <p class="notice bad">{said}</p>}
      {device.unsent.value > 0 && (
        <Button icon="up" onPress={() => device.syncNow()}>
          {words.action.sendNow}
        </Button>
      )}
      <Rows
        label={text.recorded}
        rows={device.scans.value}
        none={text.empty}
        keyOf={({ id }) => id}
        columns={[
          { head: text.columns.what, cell: ({ type }) => words.did[type] ?? type },
          { head: text.columns.about, cell: aboutOf },
          { head: text.columns.when, cell: ({ madeAt }) => when(madeAt, now.value) },
          {
            head: text.columns.state,
            cell: (row) => (
              <span data-testid="recorded" data-state={row.state}>
                <strong>{text.states[row.state]}</strong>
                <Outcome row={row} />
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

function Outcome({ row }: { row: ScanRow }): JSX.Element | null {
  const sentence = outcomeSentence(row, now.value);
  return sentence === null ? null : <small class="row-line">{sentence}</small>;
}

/** The words of what was recorded that say what it is about. */
function aboutOf({ body }: ScanRow): string {
  const { item, batch, unit, choice, note, reason } = body;
  const said = typeof choice === "string" ? (words.choices[choice] ?? choice.replaceAll("_", " ")) : undefined;
  const why = note ?? (typeof reason === "string" ? reasonWords(reason) : reason);
  const named = [item, batch, unit, said, typeof why === "string" ? `“${why}”` : undefined];
  return named.filter((part) => typeof part === "string").join(" ") || "–";
}
