/** Move: say where it goes once, then scan what is put there; each sound scan is saved at once. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { flowWords } from "../words/flow-words";
import { AtOnceAnswer, useAtOnce } from "./at-once";
import { placeName, WithBooks, type Books } from "./books";
import { location, moved, unitKind } from "./drafts";
import { Context, Frame } from "./frame";
import { ScanStep } from "./scan-panel";
import { lineOf } from "./subject";
import { WhichPlace } from "./which-place";

/** The screen. */
export function Move(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.move.title}>
      <WithBooks>{(books) => <WithPlace books={books} />}</WithBooks>
    </Frame>
  );
}

function WithPlace({ books }: { books: Books }): JSX.Element {
  const target = useSignal<string | null>(null);
  const set = (place: string | null): void => {
    target.value = place;
  };
  if (target.value === null) return <WhichPlace instruction={flowWords.move.where} books={books} onPlace={set} />;
  return <Moving books={books} target={target.value} onTarget={set} />;
}

interface MovingProps {
  books: Books;
  target: string;
  onTarget: (place: string | null) => void;
}

function Moving({ books, target, onTarget }: MovingProps): JSX.Element {
  const { feedback } = useApp();
  const name = placeName(books, target);
  const place = location(target);
  useEscape(() => onTarget(null));
  const flow = useAtOnce({
    books,
    operation: "move",
    once: { type: "moved", isDone: ({ unit }) => unit.place === place },
    admit: ({ unit }) => {
      if (unit.place !== place) return true;
      feedback.say({ kind: "duplicate", line: flowWords.move.there(unit.unit, name) });
      return false;
    },
    tell: ({ unit, ...subject }) => ({
      draft: moved(
        { unit: unit.unit, kind: unitKind(unit.kind), material: subject.material },
        unit.place ?? location(books.here),
        target,
      ),
      line: flowWords.move.line(lineOf({ unit, ...subject }), name),
    }),
    describes: true,
    onPlace: onTarget,
  });
  return (
    <>
      <ScanStep
        instruction={flowWords.move.scan}
        isOpen={flow.isOpen}
        expected={books.own.map((own) => location(own.place)).filter((own) => own !== place)}
      >
        <Context label={flowWords.move.to} value={name} line={target} onChange={() => onTarget(null)} />
      </ScanStep>
      <AtOnceAnswer flow={flow} books={books} />
    </>
  );
}
