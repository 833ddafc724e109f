/** Count: units at a place, or loose stock. Both are blind: what the books say is not shown before. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEscape } from "../ui/keys";
import { Choice, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { WithBooks, type Books } from "./books";
import { CountLoose } from "./count-loose";
import { CountUnits } from "./count-units";
import { Frame } from "./frame";
import { WhichPlace } from "./which-place";

type What = "units" | "loose";

/** The screen. */
export function Count(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.count.title}>
      <WithBooks>{(books) => <Steps books={books} />}</WithBooks>
    </Frame>
  );
}

function Steps({ books }: { books: Books }): JSX.Element {
  const what = useSignal<What | null>(null);
  const [only, ...others] = books.own;
  const isOne = only !== undefined && others.length === 0;
  const place = useSignal<string | null>(isOne ? only.place : null);
  useEscape(
    () => {
      if (place.value !== null && !isOne) place.value = null;
      else what.value = null;
    },
    what.value !== null,
  );
  if (what.value === null) return <WhatToCount onWhat={(chosen) => (what.value = chosen)} />;
  if (place.value === null) {
    return <WhichPlace instruction={flowWords.count.where} books={books} onPlace={(code) => (place.value = code)} />;
  }
  const change = (): void => {
    if (!isOne) place.value = null;
    else what.value = null;
  };
  const Counting = what.value === "units" ? CountUnits : CountLoose;
  return <Counting key={place.value} books={books} place={place.value} onChange={change} />;
}

function WhatToCount({ onWhat }: { onWhat: (what: What) => void }): JSX.Element {
  const { count } = flowWords;
  return (
    <Step instruction={count.what}>
      <ul class="choices">
        <Choice icon="drum" title={count.units} line={count.unitsLine} onPress={() => onWhat("units")} />
        <Choice icon="scale" title={count.loose} line={count.looseLine} onPress={() => onWhat("loose")} />
      </ul>
    </Step>
  );
}
