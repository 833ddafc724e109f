/** The words about scans that are carried as a file, in the language in use. */
import { scanFileEn, type ScanFileWords } from "./scan-file-en";
import { fetchedWords, inUse } from "./words";

export const scanFileWords: ScanFileWords = inUse(scanFileEn, () => fetchedWords()?.scanFileWords ?? scanFileEn);
