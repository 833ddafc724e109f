/** Which place of this site: its label is scanned, its code typed, or it is chosen. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { Choice } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import type { Books } from "./books";
import { ScanStep } from "./scan-panel";

interface PlaceProps {
  instruction: string;
  books: Books;
  onPlace: (place: string) => void;
}

/** The step. */
export function WhichPlace({ instruction, books, onPlace }: PlaceProps): JSX.Element {
  const { feedback } = useApp();
  const take = (code: string): void => {
    if (books.own.some(({ place }) => place === code)) onPlace(code);
    else feedback.say({ kind: "refused", line: flowWords.move.notPlace });
  };
  useScans(({ text }) => take(text.toUpperCase()), { onPlace: take });
  return (
    <ScanStep instruction={instruction} isOpen>
      <ul class="choices">
        {books.own.map(({ place, name, type }) => (
          <Choice
            key={place}
            icon="place"
            title={name}
            line={words.placeTypes[type] ?? type}
            code={place}
            onPress={() => onPlace(place)}
          />
        ))}
      </ul>
    </ScanStep>
  );
}
