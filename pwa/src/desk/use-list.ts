/** What a desk page shows comes from the server: asked once, asked again when the page says so. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem } from "../device/phone";
import { problemSentence } from "../ui/reasons";
import { deskWords } from "../words/desk-en";

export interface Loaded<T> {
  /** Null until the server has answered. */
  value: T | null;
  /** Why there is nothing, in a sentence. */
  problem: string | null;
  again: () => void;
}

/** Say what went wrong in a sentence for people. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return problemSentence(error);
  reportError(error);
  return deskWords.unreachable;
}

/** Load something for a page; `key` changes when something else is wanted. */
export function useLoaded<T>(load: () => Promise<T>, key = ""): Loaded<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<string | null>(null);
  const turn = useSignal(0);
  useEffect(() => {
    let isGone = false;
    load().then(
      (found) => {
        if (isGone) return;
        value.value = found;
        problem.value = null;
      },
      (error: unknown) => {
        if (isGone) return;
        problem.value = sentenceOf(error);
      },
    );
    return () => {
      isGone = true;
    };
  }, [key, turn.value]);
  return { value: value.value, problem: problem.value, again: () => (turn.value += 1) };
}
