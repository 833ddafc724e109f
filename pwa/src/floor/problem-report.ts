/**
 * How this phone is, for whoever looks after it: enough to find a fault by, and nothing about people or goods.
 *
 * What goes in is chosen word by word below; nothing is copied whole, so that nothing new can slip in unseen.
 */
import type { Check, Connection, Phone, ScanRow } from "../device/phone";

const SCANS_TOLD = 50;

export interface ProblemReport {
  report: 1;
  app: string;
  made_at: string;
  /** By its code: people name phones after themselves. */
  phone: { code: string; site: string; demo: boolean } | null;
  is_signed_in: boolean;
  unsent: number;
  connection: Connection;
  data_at: number | null;
  not_saved: string | null;
  storage_lost: boolean;
  rescued: { found: number; sent: number } | null;
  /** Null: the phone could not even check itself. */
  checks: Pick<Check, "name" | "ok">[] | null;
  /** What became of the newest scans, without what they say. */
  scans: Pick<ScanRow, "id" | "seq" | "type" | "state" | "code" | "madeAt">[];
  printing: { waiting: number };
  browser: Surroundings;
}

export interface Surroundings {
  agent: string;
  language: string;
  screen: string;
  bytes_used: number | null;
  bytes_allowed: number | null;
  is_kept: boolean | null;
}

/** Write the report. */
export async function reportOf(phone: Phone, at = new Date(), browser?: Surroundings): Promise<ProblemReport> {
  const who = phone.enrolled.value;
  // A phone that needs a report may be too broken for this part of it; that it is belongs into the report.
  const checks = await phone.checks().catch(() => null);
  return {
    report: 1,
    app: __APP_VERSION__,
    made_at: at.toISOString(),
    phone: who === null ? null : { code: who.deviceCode, site: who.site, demo: who.isDemo },
    is_signed_in: phone.person.value !== null,
    unsent: phone.unsent.value,
    connection: phone.connection.value,
    data_at: phone.dataAt.value,
    not_saved: phone.notSaved.value,
    storage_lost: phone.storageLost.value,
    rescued: phone.rescued.value,
    checks: checks?.map(({ name, ok }) => ({ name, ok })) ?? null,
    scans: phone.scans.value
      .slice(0, SCANS_TOLD)
      .map(({ id, seq, type, state, code, madeAt }) => ({ id, seq, type, state, code, madeAt })),
    printing: { waiting: phone.printWishes.value.length },
    browser: browser ?? (await surroundings()),
  };
}

async function surroundings(): Promise<Surroundings> {
  const room = await navigator.storage?.estimate?.().catch(() => null);
  const isKept = await navigator.storage?.persisted?.().catch(() => null);
  return {
    agent: navigator.userAgent,
    language: navigator.language,
    screen: `${window.innerWidth} x ${window.innerHeight} at ${window.devicePixelRatio}`,
    bytes_used: room?.usage ?? null,
    bytes_allowed: room?.quota ?? null,
    is_kept: isKept ?? null,
  };
}
