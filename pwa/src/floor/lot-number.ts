/**
 * Our number for a lot that came in without one: `R<yymmdd>-<device code>-<n>`, for example R261122-03K-2.
 *
 * Two phones never propose the same one, because the code of the phone is in it; one phone does not either, because it
 * looks at what it has scanned, what stands here and what it last gave.
 */
import type { Phone } from "../device/phone";

const LAST = "batchspine.last_lot";

/** Propose the next free lot number of today. */
export async function proposeLot(phone: Phone, now: number): Promise<string> {
  const prefix = `R${yymmdd(now)}-${phone.enrolled.value?.deviceCode ?? ""}-`;
  const used = [
    localStorage.getItem(LAST) ?? "",
    ...phone.scans.value.map(batchOf),
    ...(await phone.unitsHere()).map(({ batch }) => batch ?? ""),
  ];
  const numbers = used.filter((lot) => lot.startsWith(prefix)).map((lot) => Number(lot.slice(prefix.length)) || 0);
  return `${prefix}${Math.max(0, ...numbers) + 1}`;
}

/** Remember the lot number that was saved last. */
export function keepLotNumber(lot: string): void {
  localStorage.setItem(LAST, lot);
}

function batchOf({ body }: { body: Record<string, unknown> }): string {
  const material = body["material"];
  if (typeof material !== "object" || material === null || !("batch" in material)) return "";
  return typeof material.batch === "string" ? material.batch : "";
}

function yymmdd(now: number): string {
  const date = new Date(now);
  return [date.getFullYear() % 100, date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("");
}
