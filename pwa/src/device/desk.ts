/**
 * The desk as a device: what the office decides goes through an outbox and a chain of its own, as scans do.
 *
 * The same browser may be a phone too. The two share the program and nothing else: databases, keys, locks and chains
 * have other names. The desk is opened when its pages are, and goes on sending as long as the app is open.
 */
import { signal } from "@preact/signals";
import type { Office, OfficePerson } from "./office";
import type { Draft, Phone, Recorded } from "./phone";
import { NotSaved, Problem } from "./problem";

export class DeskDevice {
  /** Null until it is opened. */
  readonly device = signal<Phone | null>(null);
  private opening: Promise<Phone> | null = null;

  constructor(private readonly openDevice: () => Promise<Phone>) {}

  /** Open the desk's databases and keys, once, on behalf of who has signed in to the office. */
  async open(person: OfficePerson | null): Promise<Phone> {
    this.opening ??= this.openDevice();
    const device = await this.opening;
    device.actAs(person === null ? null : asPerson(person));
    this.device.value = device;
    return device;
  }

  /** Make this browser a desk of the site of who has signed in; throws Problem. */
  async enrol(office: Office, name: string): Promise<void> {
    const { person } = office;
    if (person === null) throw new Problem("signed_out");
    const device = await this.open(person);
    const { code } = await office.beginEnrolment(person.site, true);
    await device.enrol(code, name);
  }

  /** Keep what the office decides, all or none, in one transaction; throws Problem when nothing was kept. */
  async record(bodies: readonly Draft["body"][]): Promise<Recorded[]> {
    const device = this.device.value;
    if (device === null) throw new Problem("no_desk");
    try {
      return await device.record(bodies.map((body) => ({ body })));
    } catch (error) {
      // The desk says it beside the button, in place of the phone's full red screen.
      device.notSaved.value = null;
      if (error instanceof NotSaved) throw new Problem("not_kept");
      throw error;
    }
  }
}

function asPerson({ person, name, role, site, grant, is_active, has_pin }: OfficePerson) {
  return { person, name, role, site, grant, isActive: is_active, hasPin: has_pin, lockedUntilOffice: false };
}
