/** The whole app: which part is due at this address, and what may stand in front of everything. */
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { Floor } from "./floor/floor";
import { LabelLink } from "./floor/label-link";
import { later } from "./floor/later";
import { Enrol, Start, StorageLost } from "./floor/start";
import { words } from "./words/words";
import { AppContext, type App } from "./ui/context";
import { NotSavedScreen, RefusedDialog } from "./ui/result";
import { isSettingsOpen } from "./ui/settings";
import { SettingsScreen } from "./ui/settings-screen";

/** Phones at a dock have no use for the desk: it is fetched by whoever opens it. */
const Desk = later(async () => (await import("./desk/desk")).Desk);
const Setup = later(async () => (await import("./desk/setup")).Setup);

/** Draw the app. */
export function Root({ app }: { app: App }): JSX.Element {
  // Computed, so that each new answer to a scan does not draw the whole app again.
  const isBlocked = useComputed(
    () => app.phone.notSaved.value !== null || app.feedback.current.value?.kind === "refused",
  ).value;
  return (
    <AppContext.Provider value={app}>
      <div class="app" inert={isBlocked || isSettingsOpen.value}>
        <Part app={app} />
      </div>
      <div inert={isBlocked}>
        <SettingsScreen person={personAt(app)} />
      </div>
      <RefusedDialog />
      <NotSavedScreen />
    </AppContext.Provider>
  );
}

/** Who is signed in here, whether on the floor or at the desk. */
export function personAt({ phone, office, router }: Pick<App, "phone" | "office" | "router">): string | null {
  if (!router.route.value.path.startsWith("/desk")) return phone.person.value?.person ?? null;
  void office.changes.value;
  return office.person?.person ?? null;
}

function Part({ app }: { app: App }): JSX.Element {
  const { path } = app.router.route.value;
  if (path === "/desk" || path.startsWith("/desk/")) return <Desk />;
  if (path === "/setup") return <Setup />;
  if (app.phone.storageLost.value) return <StorageLost />;
  if (path === "/enrol") return <Enrol />;
  if (/^\/(b|0[01])\//i.test(path)) return <LabelLink />;
  return app.phone.enrolled.value === null ? <Start /> : <Floor />;
}

/** The phone could not be opened at all. */
export function Broken(): JSX.Element {
  return (
    <main class="page">
      <h1 class="instruction">{words.broken.title}</h1>
      <p class="lead">{words.broken.line}</p>
    </main>
  );
}
