/** The scanner of this phone as its check has found it, and what it typed last. */
import { cleaned, type Heard, type ScannerProfile } from "../scan/scanner-profile";

const KEPT = "batchspine.scanner";

let last: Heard = { typed: "", us: null };
let profile = kept();

function kept(): ScannerProfile | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as ScannerProfile | null;
  } catch {
    // Nothing is known of the scanner then, as before its first check; the app starts all the same.
    return null;
  }
}

/** Take what a scanner has typed; gives it as this scanner means it. */
export function understood(text: string, heard: Heard): string {
  last = heard;
  return cleaned(text, heard, profile);
}

/** What the scanner typed last, as it came. */
export const lastHeard = (): Heard => last;

export const scannerProfile = (): ScannerProfile | null => profile;

/** Keep what is known of this phone's scanner; null: nothing is taken off any more. */
export function keepScanner(found: ScannerProfile | null): void {
  profile = found;
  if (found === null) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, JSON.stringify(found));
}
