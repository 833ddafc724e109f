/** Where this phone is, for sites with several places. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { Choice, Step } from "../ui/parts";
import { words } from "../words/words";
import { rememberPlace, useSite } from "./books";
import { Frame } from "./frame";

/** The screen. */
export function Where(): JSX.Element {
  const { router } = useApp();
  const site = useSite();
  return (
    <Frame title={words.here.choose}>
      <Step instruction={words.here.choose}>
        <ul class="choices">
          {site?.own.map(({ place, name, type }) => (
            <Choice
              key={place}
              title={name}
              line={words.placeTypes[type] ?? type}
              code={place}
              isChosen={place === site?.here}
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
