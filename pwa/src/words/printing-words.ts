/** The words about labels that are printed, in the language in use. */
import { printingEn, type PrintingWords } from "./printing-en";

export const printingWords: PrintingWords = printingEn;
