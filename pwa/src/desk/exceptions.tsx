/** The exceptions inbox: by kind, with filters; like cases are selected and decided together. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ItemRow, PlaceRow } from "../device/books";
import type { ExceptionFilter, ExceptionList, OpenException } from "../device/office";
import { useApp } from "../ui/context";
import { SeverityTag, aboutOf, differenceOf, type Names } from "../ui/evidence";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { Select } from "../ui/parts";
import { decidedWords, exceptionWords } from "../ui/reasons";
import { now } from "../ui/status";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Decide } from "./decide";
import { recordedOn } from "./decisions";
import { useDesk } from "./desk-gate";
import { nameOf, siteOptions, wordOptions, type Option } from "./lists";
import { Page } from "./page";
import { Whole } from "./rows";
import { useLoaded } from "./use-list";

interface Answer {
  list: ExceptionList;
  items: ItemRow[];
  places: PlaceRow[];
}

/** The page. */
export function Exceptions(): JSX.Element {
  const { office, desk } = useApp();
  useDesk();
  const filter = useSignal<ExceptionFilter>({});
  const device = desk.device.value;
  const told = `${device?.unsent.value ?? 0} ${device?.dataAt.value ?? 0}`;
  const loaded = useLoaded<Answer>(
    async () => {
      const [list, items, places] = await Promise.all([
        office.exceptions(filter.value),
        office.items(),
        office.places(),
      ]);
      return { list, items, places };
    },
    `${JSON.stringify(filter.value)} ${told}`,
  );
  return (
    <Page title={deskWords.exceptions.title}>
      <Filters filter={filter.value} answer={loaded.value} onChange={(change) => (filter.value = change)} />
      <Whole loaded={loaded}>{(answer) => <Groups answer={answer} filter={filter.value} />}</Whole>
    </Page>
  );
}

interface FiltersProps {
  filter: ExceptionFilter;
  answer: Answer | null;
  onChange: (filter: ExceptionFilter) => void;
}

function Filters({ filter, answer, onChange }: FiltersProps): JSX.Element {
  const text = deskWords.exceptions;
  const all: Option = { value: "", text: text.all };
  const kinds = Object.keys(answer?.list.counts ?? {}).sort();
  const names = new Map(answer?.list.exceptions.map(({ kind, name }) => [kind, name]));
  const known = filter.kind !== undefined && filter.kind !== "" && !kinds.includes(filter.kind) ? [filter.kind] : [];
  return (
    <div class="filters four">
      <Select
        label={text.show}
        value={filter.decided === true ? "decided" : "open"}
        options={[
          { value: "open", text: text.open },
          { value: "decided", text: text.decided },
        ]}
        onInput={(shown) => onChange({ ...filter, decided: shown === "decided" })}
      />
      <Select
        label={text.site}
        value={filter.site ?? ""}
        options={[all, ...siteOptions(answer?.places ?? [])]}
        onInput={(site) => onChange({ ...filter, site })}
      />
      <Select
        label={text.kind}
        value={filter.kind ?? ""}
        options={[all, ...[...kinds, ...known].map((kind) => ({ value: kind, text: names.get(kind) ?? spelled(kind) }))]}
        onInput={(kind) => onChange({ ...filter, kind })}
      />
      <Select
        label={text.age}
        value={filter.hours ?? ""}
        options={[all, ...wordOptions(text.ages)]}
        onInput={(hours) => onChange({ ...filter, hours })}
      />
    </div>
  );
}

const spelled = (kind: string): string => kind.replaceAll("_", " ");

function Groups({ answer, filter }: { answer: Answer; filter: ExceptionFilter }): JSX.Element {
  const { list } = answer;
  const text = deskWords.exceptions;
  const names = namesOf(answer);
  const shown = list.exceptions.filter((row) => !row.is_within_tolerance);
  const within = list.exceptions.filter((row) => row.is_within_tolerance);
  const isNarrow = [filter.site, filter.kind, filter.hours].some((value) => value !== undefined && value !== "");
  const none = filter.decided === true ? text.noneDecided : isNarrow ? text.noneFits : text.none;
  return (
    <>
      {shown.length === 0 && <p class="notice">{none}</p>}
      {byKind(shown).map((rows) => (
        <Group key={rows[0]?.kind} rows={rows} names={names} canDecide={filter.decided !== true} />
      ))}
      {within.length > 0 && (
        <details class="folded">
          <summary>{words.inbox.within(within.length)}</summary>
          {byKind(within).map((rows) => (
            <Group key={rows[0]?.kind} rows={rows} names={names} canDecide={filter.decided !== true} />
          ))}
        </details>
      )}
      {list.left_out > 0 && <p class="notice">{text.left(list.left_out)}</p>}
    </>
  );
}

const GRAVITY = ["stop", "check", "note"];

/** Like cases together: the gravest kinds first. */
function byKind(rows: readonly OpenException[]): OpenException[][] {
  const groups = new Map<string, OpenException[]>();
  for (const row of rows) groups.set(row.kind, [...(groups.get(row.kind) ?? []), row]);
  const gravity = (group: OpenException[]): number => GRAVITY.indexOf(group[0]?.severity ?? "note");
  return [...groups.values()].sort((one, other) => gravity(one) - gravity(other));
}

/** What codes are called, from lists the page has loaded. */
export function namesOf({ items, places }: Pick<Answer, "items" | "places">): Names {
  const known = new Map(items.map((item) => [item.item, item]));
  return {
    item: (code) => {
      const item = known.get(code);
      if (item === undefined) return null;
      return { name: item.name, unitOfMeasure: item.unit_of_measure, perUnit: BigInt(item.per_unit) };
    },
    place: (code) => nameOf(places, code),
  };
}

interface GroupProps {
  rows: readonly OpenException[];
  names: Names;
  canDecide: boolean;
}

function Group({ rows, names, canDecide }: GroupProps): JSX.Element | null {
  const { desk } = useApp();
  const text = deskWords.exceptions;
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const done = useSignal(0);
  const scans = desk.device.value?.scans.value ?? [];
  const [first] = rows;
  if (first === undefined) return null;
  const said = exceptionWords(first);
  const waiting = rows.filter((row) => recordedOn(row, scans) === undefined);
  const chosen = waiting.filter(({ exception }) => selected.value.has(exception));
  const isAll = waiting.length > 0 && chosen.length === waiting.length;
  const toggle = (exception: string): void => {
    const kept = [...selected.value].filter((one) => one !== exception);
    selected.value = new Set(kept.length === selected.value.size ? [...kept, exception] : kept);
    done.value = 0;
  };
  return (
    <section class="exception-group" data-testid={`kind-${first.kind}`}>
      <header>
        <h2>{said.name}</h2>
        <SeverityTag severity={first.severity} />
        <p>{said.sentence}</p>
        {canDecide && waiting.length > 1 && (
          <label class="tick">
            <input
              type="checkbox"
              checked={isAll}
              onChange={() => (selected.value = new Set(isAll ? [] : waiting.map(({ exception }) => exception)))}
            />
            {text.selectAll(waiting.length)}
          </label>
        )}
      </header>
      <ul class="exception-rows">
        {rows.map((row) => (
          <Row
            key={row.exception}
            row={row}
            names={names}
            isSelected={selected.value.has(row.exception)}
            onSelect={canDecide && rows.length > 1 ? () => toggle(row.exception) : null}
          />
        ))}
      </ul>
      {chosen.length > 0 && (
        <Decide
          open={chosen}
          onDone={(count) => {
            selected.value = new Set();
            done.value = count;
          }}
        />
      )}
      <p class="form-done" role="status">
        {done.value > 0 && (
          <>
            <Icon name="tick" />
            {text.recorded(done.value)}
          </>
        )}
      </p>
    </section>
  );
}

interface RowProps {
  row: OpenException;
  names: Names;
  isSelected: boolean;
  onSelect: (() => void) | null;
}

function Row({ row, names, isSelected, onSelect }: RowProps): JSX.Element {
  const { router } = useApp();
  const address = `/desk/exceptions/${row.exception}`;
  const about = aboutOf(row, names) || row.subject;
  const facts = [
    differenceOf(row, names),
    row.sites.map((site) => names.place(site)).join(", "),
    words.inbox.since(when(row.since, now.value)),
  ];
  return (
    <li data-testid="exception" data-id={row.exception}>
      {onSelect !== null && (
        <label class="tick">
          <input type="checkbox" checked={isSelected} onChange={onSelect} />
          <span class="visually-hidden">{deskWords.exceptions.select(about)}</span>
        </label>
      )}
      <a
        class="exception-link"
        href={address}
        onClick={(event) => {
          event.preventDefault();
          router.go(address);
        }}
      >
        <strong>{about}</strong>
        <span>{facts.filter((fact) => fact !== null && fact !== "").join(" · ")}</span>
      </a>
      <Decided row={row} />
    </li>
  );
}

/** Who decided, or how far this desk's own decision has come. */
export function Decided({ row }: { row: OpenException }): JSX.Element | null {
  const { desk } = useApp();
  const decided = decidedWords(row);
  if (row.decision !== null && decided !== null) {
    const { who, to } = row.decision;
    return (
      <p class="decided">
        <Icon name="double_tick" />
        <span>
          <strong>{decided}</strong>. {deskWords.exceptions.decidedBy(who, when(to, now.value))}
          {row.decision.note !== null && ` “${row.decision.note}”`}
        </span>
      </p>
    );
  }
  const recorded = recordedOn(row, desk.device.value?.scans.value ?? []);
  if (recorded === undefined) return null;
  return (
    <p class="decided" data-state={recorded.state}>
      <Icon name={recorded.state === "saved" ? "up" : "tick"} />
      <span>
        <strong>{labelOf(row, String(recorded.body["choice"]))}</strong>.{" "}
        {deskWords.thisDesk.states[recorded.state]}
      </span>
    </p>
  );
}

function labelOf({ choices }: OpenException, choice: string): string {
  return words.choices[choice] ?? choices.find((known) => known.choice === choice)?.label ?? choice;
}
