/** The file of the second copy, as the phone sees it; where the browser has none, the phone goes without. */

export interface CopyFile {
  append(text: string): Promise<void>;
  read(): Promise<string>;
  replace(text: string): Promise<void>;
}

/** What the phone asks of the file. */
export type CopyTask = { name: string; number: number } & (
  | { do: "append"; text: string }
  | { do: "replace"; text: string }
  | { do: "read" }
);

/** The answer to the task of that number: the text that was read, or that it could not be done. */
export type CopyAnswer = { number: number } & ({ text: string } | { failed: string });

type Wanted = { do: "append" | "replace"; text: string } | { do: "read" };

/** Open a file of the browser's private file system, in a worker of its own; null where that cannot be done. */
export function openCopyFile(name: string): CopyFile | null {
  if (!("storage" in navigator) || !("getDirectory" in navigator.storage) || !("locks" in navigator)) return null;
  const waiting = new Map<number, (answer: CopyAnswer) => void>();
  let worker: Worker | null = null;
  let count = 0;
  const ask = async (wanted: Wanted): Promise<string> => {
    worker ??= hired(waiting);
    count += 1;
    const number = count;
    const answered = new Promise<CopyAnswer>((resolve) => waiting.set(number, resolve));
    worker.postMessage({ ...wanted, name, number } satisfies CopyTask);
    const answer = await answered;
    if ("failed" in answer) throw new Error(answer.failed);
    return answer.text;
  };
  return {
    append: async (text) => void (await ask({ do: "append", text })),
    replace: async (text) => void (await ask({ do: "replace", text })),
    read: () => ask({ do: "read" }),
  };
}

function hired(waiting: Map<number, (answer: CopyAnswer) => void>): Worker {
  const worker = new Worker(new URL("./copy-worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<CopyAnswer>) => {
    waiting.get(data.number)?.(data);
    waiting.delete(data.number);
  };
  worker.onerror = () => {
    for (const [number, answer] of waiting) answer({ number, failed: "the worker ended" });
    waiting.clear();
  };
  return worker;
}
