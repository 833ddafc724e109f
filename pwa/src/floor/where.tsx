/** Where this phone is, for sites with several places. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { Choice, Step } from "../ui/parts";
import { words } from "../words/words";
import { rememberPlace, useBooks } from "./books";
import { Frame } from "./frame";

/** The screen. */
export function Where(): JSX.Element {
  const { router } = useApp();
  const books = useBooks();
  return (
    <Frame title={words.here.choose}>
      <Step instruction={words.here.choose}>
        <ul class="choices">
          {books?.own.map(({ place, name, type }) => (
            <Choice
              key={place}
              title={name}
              line={words.desk.places.types[type] ?? type}
              code={place}
              isChosen={place === books?.here}
              onPress={() => {
                rememberPlace(place);
                router.replace("/");
              }}
            />
          ))}
        </ul>
      </Step>
    </Frame>
  );
}
