/** The words of the second page, in the language in use. */
import { flowsEn, type FlowWords } from "./flows-en";
import { fetchedFlowWords, inUse } from "./words";

export const flowWords: FlowWords = inUse(flowsEn, () => fetchedFlowWords() ?? flowsEn);
