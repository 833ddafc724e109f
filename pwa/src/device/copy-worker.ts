/**
 * Keeps the second copy in a file of the browser's private file system, away from the thread that scans.
 *
 * Only a worker may write such a file at once and for good (`flush`). One tab at a time has it open, so it is opened and
 * closed for each write, under a lock.
 */

import type { CopyAnswer, CopyTask } from "./copy-file";

self.onmessage = ({ data }: MessageEvent<CopyTask>) => {
  void navigator.locks
    .request(data.name, () => done(data))
    .then((text) => answer({ number: data.number, text }))
    .catch((error: unknown) => answer({ number: data.number, failed: String(error) }));
};

function answer(said: CopyAnswer): void {
  self.postMessage(said);
}

async function done(task: CopyTask): Promise<string> {
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle(task.name, { create: true });
  const open = await file.createSyncAccessHandle();
  try {
    return work(open, task);
  } finally {
    open.close();
  }
}

function work(open: FileSystemSyncAccessHandle, task: CopyTask): string {
  if (task.do === "read") {
    const bytes = new Uint8Array(open.getSize());
    open.read(bytes, { at: 0 });
    return new TextDecoder().decode(bytes);
  }
  if (task.do === "replace") open.truncate(0);
  open.write(new TextEncoder().encode(task.text), { at: open.getSize() });
  open.flush();
  return "";
}
