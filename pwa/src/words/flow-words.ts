/** The words of the second page, in the language in use. */
import { flowsEn, type FlowWords } from "./flows-en";
import { fetchedWords, inUse } from "./words";

export const flowWords: FlowWords = inUse(flowsEn, () => fetchedWords()?.flowWords ?? flowsEn);
