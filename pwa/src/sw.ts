/**
 * Keeps the app itself (pages, code, decoder) on the phone, and nothing else.
 *
 * Every file of a build is put into one cache named after the build. Calls to the server pass through untouched: what
 * is true about stock never comes out of a cache, and unsent scans are the business of the outbox alone. A new build
 * waits until every tab is closed or somebody lets it in.
 */
export {};

declare const self: ServiceWorkerGlobalScope;
/** The files of this build, put in when it is built. */
declare const __SHELL__: { build: string; files: string[] };

const { build, files } = __SHELL__;
const CACHE = `shell-${build}`;
const PAGE = "/index.html";
/** The addresses that are screens of the app; any other page is the server's own. */
const SCREENS = /^\/(?:$|enrol$|setup$|desk(?:\/|$)|B\/)/;

self.addEventListener("install", (event) => event.waitUntil(fill()));

self.addEventListener("activate", (event) => event.waitUntil(tidy()));

self.addEventListener("message", ({ data }) => {
  if (data === "take over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (SCREENS.test(url.pathname)) event.respondWith(kept(PAGE, request));
  } else if (files.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

/** Fetch every file once; what carries its hash in its name is taken over from the build before. */
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    files.map(async (file) => {
      const before = file.startsWith("/assets/") ? await caches.match(file) : undefined;
      const response = before ?? (await fetch(file, { cache: "no-cache" }));
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      await cache.put(file, response);
    }),
  );
}

async function tidy(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name)),
  );
  // A first visit is served from now on too; a later build only gets here when no tab of the one before is left.
  await self.clients.claim();
}

async function kept(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(file)) ?? fetch(request);
}
