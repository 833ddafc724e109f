/** The words about labels that are printed, in the language in use. */
import { printingEn, type PrintingWords } from "./printing-en";
import { fetchedWords, inUse } from "./words";

export const printingWords: PrintingWords = inUse(printingEn, () => fetchedWords()?.printingWords ?? printingEn);
