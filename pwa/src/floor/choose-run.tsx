/** The run a phone works for: chosen once, remembered until it is closed or changed. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Run } from "../device/phone";
import { Choice, Step } from "../ui/parts";
import { words } from "../words/words";
import { placeName, type Books } from "./books";
import { Empty } from "./frame";

const RUN = "batchspine.run";

interface ChosenRun {
  run: Run | null;
  choose: (run: Run) => void;
  change: () => void;
}

/** Give the run in use, if it is still open. */
export function useChosenRun(books: Books): ChosenRun {
  const code = useSignal(localStorage.getItem(RUN));
  return {
    run: books.runs.find(({ run }) => run === code.value) ?? null,
    choose: (run) => {
      code.value = run.run;
      localStorage.setItem(RUN, run.run);
    },
    change: () => {
      code.value = null;
      localStorage.removeItem(RUN);
    },
  };
}

/** Choose among the open runs, those of this site first. */
export function ChooseRun({
  question,
  books,
  onRun,
}: {
  question: string;
  books: Books;
  onRun: (run: Run) => void;
}): JSX.Element {
  const isOwn = (run: Run): boolean => books.own.some(({ place }) => place === run.place);
  const runs = [...books.runs.filter(isOwn), ...books.runs.filter((run) => !isOwn(run))];
  return (
    <Step instruction={question}>
      {runs.length === 0 && <Empty>{words.use.noRuns}</Empty>}
      <ul class="choices">
        {runs.map((run) => (
          <Choice
            key={run.run}
            icon="make"
            title={books.items.get(run.item)?.name ?? run.item}
            line={`${run.batchNumber}, ${placeName(books, run.place)}`}
            code={run.run}
            onPress={() => onRun(run)}
          />
        ))}
      </ul>
    </Step>
  );
}
