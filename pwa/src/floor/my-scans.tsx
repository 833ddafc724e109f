/** My scans: what this phone has recorded and what became of it; what needs a look stands on top. */
import type { JSX } from "preact";
import { shown } from "../core/quantity";
import type { ScanRow, ScanState } from "../device/phone";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Icon, type IconName } from "../ui/icons";
import { Button, Step } from "../ui/parts";
import { outcomeSentence } from "../ui/reasons";
import { UndoButton } from "../ui/result";
import { now } from "../ui/status";
import { words } from "../words/words";
import { useBooks, type Books } from "./books";
import { Empty, Frame } from "./frame";
import { acts, type Act } from "./history";
import { Labels } from "./labels";
import { PrintWishes } from "./print-wish";
import { ProblemReport, ScanFile } from "./scan-file";

const STATE_ICONS: Record<ScanState, IconName> = {
  saved: "phone",
  sent: "up",
  settled: "double_tick",
  attention: "bang",
  undone: "undo",
};

/** The screen. */
export function MyScans(): JSX.Element {
  const { phone } = useApp();
  const books = useBooks();
  // An undo shows as the state of what it undid; it has a line of its own only when somebody must look at it.
  const all = acts(phone.scans.value.filter(({ type, state }) => type !== "voided" || state === "attention"));
  const urgent = all.filter(({ first }) => first.state === "attention");
  const rest = all.filter(({ first }) => first.state !== "attention");
  return (
    <Frame title={words.scans.title}>
      <Step
        instruction={urgent.length > 0 ? words.scans.attentionCount(urgent.length) : words.scans.title}
        stepKey="scans"
      >
        <ConnectionLine />
        <PrintWishes />
        {all.length === 0 && <Empty>{words.scans.empty}</Empty>}
        <ol class="scans">
          {[...urgent, ...rest].map((act) => (
            <ActLine key={act.first.id} act={act} books={books ?? null} />
          ))}
        </ol>
        <ProblemReport />
      </Step>
    </Frame>
  );
}

function ConnectionLine(): JSX.Element {
  const { phone } = useApp();
  const { state, code, lastSuccessAt, lastFailureAt } = phone.connection.value;
  const sentence = {
    online: null,
    offline: words.status.offlineSentence,
    trouble: words.status.troubles[code ?? ""] ?? words.status.troubleSentence,
  }[state];
  const at = now.value;
  return (
    <section class={`connection ${state}`}>
      <p>
        {lastSuccessAt === null ? words.status.neverContact : words.status.lastSuccess(when(lastSuccessAt, at))}
        {lastFailureAt !== null && `, ${words.status.lastFailure(when(lastFailureAt, at))}`}
      </p>
      {sentence !== null && <p>{sentence}</p>}
      {state !== "online" && (
        <Button icon="up" onPress={() => phone.syncNow()}>
          {words.action.sendNow}
        </Button>
      )}
      {state !== "online" && <ScanFile />}
    </section>
  );
}

function ActLine({ act, books }: { act: Act; books: Books | null }): JSX.Element {
  const { first, rows } = act;
  const makesLabels = first.type === "commissioned" || first.type === "produced";
  const units = rows.map(({ body }) => String(body["unit"])).reverse();
  const state = stateOf(rows);
  const sentence = outcomeSentence(first, now.value);
  return (
    <li class={`scan ${state}`} data-testid="scan" data-state={state}>
      <p class="scan-state">
        <Icon name={STATE_ICONS[state]} />
        <strong>{words.scans.states[state]}</strong>
        <time dateTime={new Date(first.madeAt).toISOString()}>{when(first.madeAt, now.value)}</time>
      </p>
      <p class="scan-what">
        <strong>{words.did[first.type] ?? first.type}</strong> {whatOf(act, books)}
      </p>
      {sentence !== null && <p class="scan-sentence">{sentence}</p>}
      <div class="scan-actions">
        {makesLabels && state !== "undone" && <Labels units={units} lot={batchOf(first)} isListed />}
        <UndoButton ids={rows.map(({ id }) => id)} />
      </div>
    </li>
  );
}

/** The state of an act is that of its slowest scan. */
function stateOf(rows: readonly ScanRow[]): ScanState {
  const order: readonly ScanState[] = ["attention", "saved", "sent", "settled", "undone"];
  return order.find((state) => rows.some((row) => row.state === state)) ?? "saved";
}

interface Told {
  item: string;
  batch: string;
  quantity: string;
}

function told(row: ScanRow): Told | null {
  const material = row.body["material"];
  return typeof material === "object" && material !== null ? (material as Told) : null;
}

const batchOf = (row: ScanRow): string => told(row)?.batch ?? "";

function whatOf({ first, rows }: Act, books: Books | null): JSX.Element {
  const kind = typeof first.body["kind"] === "string" ? first.body["kind"] : null;
  const unit = typeof first.body["unit"] === "string" ? first.body["unit"] : "";
  const contents = told(first);
  const item = contents === null ? undefined : books?.items.get(contents.item);
  const amount =
    contents === null || item === undefined
      ? ""
      : `${shown(BigInt(contents.quantity), item.perUnit)} ${item.unitOfMeasure} ${item.name}`;
  return (
    <>
      {rows.length > 1 ? `${words.kindCount(rows.length, kind)} × ` : ""}
      {amount}
      <span class="code">{rows.length > 1 ? contents?.batch : unit}</span>
    </>
  );
}
