/** Parts of the floor that are fetched when they are first wanted; the service worker keeps them for phones offline. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { words } from "../words/words";
import { Empty } from "./frame";

type Draw<P> = (props: P) => JSX.Element | null;

/** Give a component that draws what `load` brings; until then the place is empty. */
export function later<P extends object = object>(load: () => Promise<Draw<P>>): Draw<P> {
  let loaded: Draw<P> | null = null;
  return function Later(props: P): JSX.Element | null {
    const state = useSignal<"waiting" | "there" | "missing">(loaded === null ? "waiting" : "there");
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (found) => {
          loaded = found;
          state.value = "there";
        },
        () => (state.value = "missing"),
      );
    }, [state]);
    if (state.value === "missing") return <Empty>{words.status.connectOnce}</Empty>;
    const Loaded = loaded;
    return Loaded === null || state.value === "waiting" ? null : <Loaded {...props} />;
  };
}
