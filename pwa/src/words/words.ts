/** The language in use. Another language is another file of the same shape, chosen here. */
import { en, type Words } from "./en";

export const words: Words = en;
