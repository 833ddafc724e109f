/**
 * The app itself on the phone: kept by a service worker, so it starts without a network.
 *
 * A new version is fetched in the background and waits. It takes over when every tab has been closed, or when somebody
 * taps; never in the middle of a job.
 */
import { signal } from "@preact/signals";

/** A new version is on the phone and waits to be let in. */
export const updateWaits = signal(false);

let waiting: ServiceWorker | null = null;

/** Keep the app on the phone and watch for new versions. */
export async function keepShell(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  follow(registration);
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", () => follow(registration));
  });
  document.addEventListener("visibilitychange", () => {
    // Without a network there is no newer version either.
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  });
}

/** Let the waiting version in and start again with it; on a tap only. */
export function applyUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take over");
}

function follow(registration: ServiceWorkerRegistration): void {
  // On a first visit the new worker has no predecessor: nothing to tell anybody.
  waiting = navigator.serviceWorker.controller === null ? null : registration.waiting;
  updateWaits.value = waiting !== null;
}
