/**
 * Where we are: the page (path) and, on the floor, the screen and its step (hash).
 *
 * Floor screens live behind the hash of `/`, so that one cached page starts without a network whatever screen was open.
 */
import { signal, type Signal } from "@preact/signals";

export interface Route {
  path: string;
  /** The hash without `#`, split at `/`: ["goods-in", "3"]. */
  hash: string[];
}

export interface Router {
  readonly route: Signal<Route>;
  /** Go to an address of this app; the browser's back button returns. */
  go(address: string): void;
  /** Go there without leaving a trace in the history. */
  replace(address: string): void;
}

function read(location: Location): Route {
  const hash = location.hash.slice(1);
  return { path: location.pathname, hash: hash === "" ? [] : hash.split("/") };
}

/**
 * Follow the browser's address from now on.
 *
 * The phone's own Back button does what Esc does while `isStepOpen`: nobody loses half a form to it.
 */
export function openRouter(isStepOpen: () => boolean, closeStep: () => void): Router {
  const route = signal(read(window.location));
  let address = window.location.href;
  const refresh = (): void => {
    address = window.location.href;
    route.value = read(window.location);
  };
  window.addEventListener("popstate", () => {
    if (!isStepOpen()) return refresh();
    history.pushState(null, "", address);
    return closeStep();
  });
  return {
    route,
    go(address) {
      history.pushState(null, "", address);
      refresh();
      window.scrollTo(0, 0);
    },
    replace(address) {
      history.replaceState(null, "", address);
      refresh();
      window.scrollTo(0, 0);
    },
  };
}
