/** The words about scans that are carried as a file, in the language in use. */
import { scanFileEn, type ScanFileWords } from "./scan-file-en";

export const scanFileWords: ScanFileWords = scanFileEn;
