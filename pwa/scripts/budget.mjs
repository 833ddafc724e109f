/** Fails when a first visit would fetch more than 150 kB (gzip) before the app can be used; the decoder comes later. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 150;
const dist = new URL("../dist/", import.meta.url);
const read = (name) => readFileSync(new URL(name.replace(/^\//, ""), dist));

const page = read("index.html").toString();
const linked = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css|svg|png|webmanifest))"/g)].map(([, name]) => name);
const files = new Set(["/index.html", ...linked]);
// Code that other code imports at once belongs to the first visit too; what is imported on demand does not.
for (const name of files) {
  if (!name.endsWith(".js")) continue;
  for (const [, imported] of read(name)
    .toString()
    .matchAll(/(?:^|[;}\s])(?:import|export)[^;"'()]*["']\.\/([^"']+)["']/g)) {
    files.add(`/assets/${imported}`);
  }
}

let total = 0;
for (const name of files) {
  const size = gzipSync(read(name), { level: 9 }).length;
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  first visit, of ${BUDGET_KB} kB`);
if (total > BUDGET_KB * 1000) {
  console.error("The first visit is too heavy.");
  process.exit(1);
}
