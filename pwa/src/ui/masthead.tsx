/** The head of a page outside the floor. */
import type { JSX } from "preact";
import { words } from "../words/words";
import { SettingsButton } from "./settings-screen";
import { Spine } from "./spine";

/** The mark and what this page is. */
export function Masthead({ title = words.product }: { title?: string }): JSX.Element {
  return (
    <header class="masthead">
      <Spine />
      <span>{title}</span>
      <SettingsButton />
    </header>
  );
}
