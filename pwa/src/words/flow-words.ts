/** The words of the second page, in the language in use. */
import { flowsEn, type FlowWords } from "./flows-en";

export const flowWords: FlowWords = flowsEn;
