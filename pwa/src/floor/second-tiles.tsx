/** The six places of the second page, and the switch for thick gloves. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { OVERRULERS } from "../core/rules";
import { useApp } from "../ui/context";
import { areGlovesOn, wearGloves } from "../ui/gloves";
import { Icon, type IconName } from "../ui/icons";
import { Button } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";

type Name = keyof typeof flowWords.tiles;

/** The flows by their place on the screen; the place never changes, so that hands learn it. */
const TILES: readonly { name: Name; icon: IconName }[] = [
  { name: "pack", icon: "pallet" },
  { name: "unpack", icon: "unpack" },
  { name: "move", icon: "move" },
  { name: "count", icon: "count" },
  { name: "return", icon: "give_back" },
  { name: "scrap", icon: "scrap" },
];

/** The tiles. */
export function SecondTiles(): JSX.Element {
  const { phone, router } = useApp();
  const leads = OVERRULERS.has(phone.person.value?.role ?? "");
  return (
    <>
      <h2 class="visually-hidden">{words.home}</h2>
      <nav class="tiles" aria-label={words.flow.more.title}>
        {TILES.map(({ name, icon }) => (
          <button
            key={name}
            type="button"
            class="tile"
            data-testid={`flow-${name}`}
            onClick={() => router.go(`/#${name}`)}
          >
            <Icon name={icon} />
            <strong>{flowWords.tiles[name].title}</strong>
            <small>{flowWords.tiles[name].hint}</small>
          </button>
        ))}
      </nav>
      <div class="foot">
        <Gloves />
        <div class="button-row">
          {leads && (
            <Button icon="call" testId="flow-lead" onPress={() => router.go("/#lead")}>
              {flowWords.lead.tile}
            </Button>
          )}
          <Button icon="look" testId="check-scanner" onPress={() => router.go("/#scanner")}>
            {leads ? flowWords.scanner.tile : flowWords.scanner.title}
          </Button>
        </div>
      </div>
    </>
  );
}

function Gloves(): JSX.Element {
  const isOn = useSignal(areGlovesOn());
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={isOn.value}
      onClick={() => wearGloves((isOn.value = !isOn.value))}
    >
      <span class="switch-track" />
      <span>
        <strong>{flowWords.gloves.title}</strong>
        <small>{flowWords.gloves.hint}</small>
      </span>
    </button>
  );
}
