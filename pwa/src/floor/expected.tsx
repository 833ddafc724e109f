/** No label, or a torn one: pick the unit from what this phone expects here. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Unit } from "../device/phone";
import { useApp } from "../ui/context";
import { isIcon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Choice, Field, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { Empty } from "./frame";
import { PhotoButton, TakePhoto, useKeepPhoto } from "./photo";
import { amount } from "./subject";

const SEARCH_FROM = 6;
/** More than this on one screen is not a list a person reads: search. */
const SHOWN_MAX = 50;

interface PickProps {
  /** Where it may stand: "location:X", "transfer:Y". */
  places: readonly string[];
  onDone: () => void;
}

/** What is picked comes in as if its number had been typed; a photo of it goes with the scan. */
export function PickExpected({ places, onDone }: PickProps): JSX.Element {
  const photo = useSignal<Blob | null>(null);
  const isTaking = useSignal(false);
  const back = (): void => {
    isTaking.value = false;
  };
  if (isTaking.value) {
    return (
      <TakePhoto
        onPhoto={(taken) => {
          photo.value = taken;
          back();
        }}
        onBack={back}
      />
    );
  }
  return (
    <WithBooks>
      {(books) => (
        <Pick books={books} places={places} photo={photo} onPhoto={() => (isTaking.value = true)} onDone={onDone} />
      )}
    </WithBooks>
  );
}

interface PickListProps extends PickProps {
  books: Books;
  photo: Signal<Blob | null>;
  onPhoto: () => void;
}

function Pick({ books, places, photo, onPhoto, onDone }: PickListProps): JSX.Element {
  useEscape(onDone);
  const keepPhoto = useKeepPhoto();
  const { phone, door } = useApp();
  const units = useSignal<Unit[] | null>(null);
  const search = useSignal("");
  const key = places.join();
  useEffect(() => {
    void phone.unitsAt(key.split(",")).then((found) => (units.value = found));
  }, [phone, units, key]);
  const told = (units.value ?? []).map((unit) => lineOf(unit, books));
  const wanted = search.value.trim().toLowerCase();
  const fitting = told.filter(({ unit, title, line }) => `${unit.unit} ${title} ${line}`.toLowerCase().includes(wanted));
  return (
    <Step
      instruction={flowWords.expected.title}
      foot={
        <div class="button-row">
          <PhotoButton photo={photo} onPress={onPhoto} />
          <Button command="cancel" onPress={onDone}>
            {words.action.cancel}
          </Button>
        </div>
      }
    >
      <p class="lead">{units.value?.length === 0 ? flowWords.expected.none : flowWords.expected.line}</p>
      {told.length > SEARCH_FROM && (
        <Field
          label={flowWords.expected.find}
          type="search"
          inputMode="search"
          value={search.value}
          onInput={(text) => (search.value = text)}
        />
      )}
      {told.length > 0 && fitting.length === 0 && <Empty>{words.goodsIn.noMatch}</Empty>}
      <ul class="choices">
        {fitting.slice(0, SHOWN_MAX).map(({ unit, title, line }) => (
          <Choice
            key={unit.unit}
            icon={unit.kind !== null && isIcon(unit.kind) ? unit.kind : "label"}
            title={title}
            line={line}
            onPress={() => {
              onDone();
              void keepPhoto(unit.unit, photo.value).then(() => door.arrive(unit.unit, "typed"));
            }}
          />
        ))}
      </ul>
    </Step>
  );
}

function lineOf(unit: Unit, books: Books): { unit: Unit; title: string; line: string } {
  const item = unit.item === null ? undefined : books.items.get(unit.item);
  const what = item === undefined ? words.kind(unit.kind) : `${amount(unit.quantity, item)} ${item.name}`;
  return { unit, title: what, line: [unit.batch, unit.unit].filter(Boolean).join(", ") };
}
