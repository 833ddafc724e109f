/** Builds the app into `dist/`: hashed assets, one service worker that knows every file, and nothing from elsewhere. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";
import manifest from "./package.json" with { type: "json" };

const WORKER = "sw.js";
/** What a server answers rather than the app, for `npm run dev`. */
const API =
  "^/(sync|devices|session|installation|health|people|items|places|transfers|runs|stock|batches|lots|units|labels)(/|\\?|$)";

/** Tell the service worker which files make up this build. */
function shellFiles(): Plugin {
  return {
    name: "shell-files",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== "chunk") throw new Error("the service worker was not built");
        if (worker.imports.length > 0) throw new Error("the service worker must stand alone");
        const built = Object.values(bundle).filter(({ fileName }) => fileName !== WORKER && !fileName.endsWith(".map"));
        const kept = readdirSync("public", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
        const contents = [
          ...built.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source] as const),
          ...kept.map((file) => [file.name, readFileSync(`${file.parentPath}/${file.name}`)] as const),
        ].sort(([one], [other]) => (one < other ? -1 : 1));
        const hash = createHash("sha256");
        for (const [name, content] of contents) hash.update(name).update(content);
        const shell = { build: hash.digest("hex").slice(0, 12), files: contents.map(([name]) => `/${name}`) };
        worker.code = worker.code.replaceAll("__SHELL__", JSON.stringify(shell));
      },
    },
  };
}

export default defineConfig({
  plugins: [shellFiles()],
  define: { __APP_VERSION__: JSON.stringify(manifest.version) },
  build: {
    target: "es2022",
    // Everything is a file of its own: the content policy allows no inline data, and the decoder is fetched by address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? WORKER : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "assets/[name]-[hash].js" } } },
  // A phone needs https for camera and service worker; on this machine the server is asked directly.
  server: { proxy: { [API]: process.env["BATCHSPINE"] ?? "http://127.0.0.1:8000" } },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    // The database library says so each time the copy of the books is thrown away, which tests do often.
    onConsoleLog: (log) => !log.includes("Another connection wants to delete database"),
  },
});
