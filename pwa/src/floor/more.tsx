/** The second page of home: what is done less often, each again at a place of its own. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { words } from "../words/words";
import { Frame } from "./frame";
import { later } from "./later";

const SecondTiles = later(async () => (await import("./second-page")).SecondTiles);

/** The screen. A scan here asks what the thing is, as on home. */
export function More(): JSX.Element {
  const { router } = useApp();
  useScans(({ text }) => router.go(`/#look/${encodeURIComponent(text)}`));
  return (
    <Frame title={words.flow.more.title}>
      <SecondTiles />
    </Frame>
  );
}
