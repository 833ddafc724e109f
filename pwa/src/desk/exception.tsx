/** One exception: what it is about, both sides, and what can be decided. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { EvidenceRow, ItemRow, PlaceRow } from "../device/books";
import type { OpenException } from "../device/office";
import { useApp } from "../ui/context";
import { SeverityTag, Sides, aboutOf, differenceOf } from "../ui/evidence";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { exceptionWords } from "../ui/reasons";
import { now } from "../ui/status";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { BatchLink } from "./batch-link";
import { Decide, useRecord } from "./decide";
import { recordedOn, takenBack } from "./decisions";
import { useDesk } from "./desk-gate";
import { Decided, namesOf } from "./exceptions";
import { Page } from "./page";
import { Photo } from "./photos";
import { Whole } from "./rows";
import { useLoaded } from "./use-list";

interface Answer {
  row: OpenException;
  items: ItemRow[];
  places: PlaceRow[];
}

/** The page. */
export function OneException({ id }: { id: string }): JSX.Element {
  const { office, desk, router } = useApp();
  useDesk();
  const device = desk.device.value;
  const loaded = useLoaded<Answer>(
    async () => {
      const [row, items, places] = await Promise.all([office.exception(id), office.items(), office.places()]);
      return { row, items, places };
    },
    `${id} ${device?.unsent.value ?? 0} ${device?.dataAt.value ?? 0}`,
  );
  return (
    <Page title={loaded.value === null ? deskWords.exceptions.title : exceptionWords(loaded.value.row).name}>
      <p>
        <button type="button" class="button small" onClick={() => router.go("/desk/exceptions")}>
          <Icon name="back" />
          <span>{deskWords.exceptions.back}</span>
        </button>
      </p>
      <Whole loaded={loaded}>{(answer) => <Detail answer={answer} />}</Whole>
    </Page>
  );
}

function Detail({ answer }: { answer: Answer }): JSX.Element {
  const { desk } = useApp();
  const { row } = answer;
  const names = namesOf(answer);
  const difference = differenceOf(row, names);
  const isDecided = row.decision !== null || recordedOn(row, desk.device.value?.scans.value ?? []) !== undefined;
  return (
    <>
      <section class="exception-about">
        <p class="exception-head">
          <SeverityTag severity={row.severity} />
          <span>{words.inbox.since(when(row.since, now.value))}</span>
        </p>
        <p class="lead">{exceptionWords(row).sentence}</p>
        <p>
          <strong>{aboutOf(row, names) || row.subject}</strong>
          {difference !== null && <span class="difference">{difference}</span>}
        </p>
        {row.about.batch !== null && <BatchLink batch={row.about.batch} />}
        {row.earlier_decisions.length > 0 && row.decision === null && (
          <p class="notice">{deskWords.exceptions.before(row.earlier_decisions.length)}</p>
        )}
        <Decided row={row} />
      </section>
      <section aria-label={words.inbox.sides}>
        <h2>{words.inbox.sides}</h2>
        <Sides
          scans={row.scans}
          names={names}
          now={now.value}
          action={(scan) => (
            <>
              {scan.photos?.map((photo) => (
                <Photo key={photo} photo={photo} title={deskWords.photos.of(scan.units[0] ?? "", scan.who)} />
              ))}
              {scan.can_take_back && <TakeBack open={row} scan={scan} />}
            </>
          )}
        />
      </section>
      {!isDecided && <Decide open={[row]} onDone={() => undefined} />}
    </>
  );
}

/** Take one scan back; asked once, because it moves stock. */
function TakeBack({ open, scan }: { open: OpenException; scan: EvidenceRow }): JSX.Element | null {
  const { office, desk } = useApp();
  const isAsking = useSignal(false);
  const { record, problem } = useRecord();
  const device = desk.device.value;
  if (office.person?.role !== "office" || device === null || device.enrolled.value === null) return null;
  const isRecorded = device.scans.value.some(({ type, body }) => type === "voided" && body["target"] === scan.event);
  if (isRecorded) return <p class="small">{deskWords.hold.done}</p>;
  if (!isAsking.value) {
    return (
      <button type="button" class="button small" onClick={() => (isAsking.value = true)}>
        <Icon name="undo" />
        <span>{deskWords.exceptions.takeBack}</span>
      </button>
    );
  }
  return (
    <>
      <p>{deskWords.exceptions.takeBackSure}</p>
      <div class="button-row">
        <button type="button" class="button small" onClick={() => void record(takenBack(open, scan.event, ""))}>
          <span>{deskWords.exceptions.takeBackGo}</span>
        </button>
        <button type="button" class="button small" onClick={() => (isAsking.value = false)}>
          <span>{words.action.cancel}</span>
        </button>
      </div>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
