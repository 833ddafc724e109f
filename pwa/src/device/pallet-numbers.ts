/**
 * Numbers for pallets (SSCC), laid in while there is a network, for those that are begun without one.
 *
 * The server hands them out in blocks, each to one incarnation of one phone. A block is asked for under an id that is
 * kept before it leaves, so a lost answer costs no numbers and brings none twice.
 */
import { incarnation } from "../core/identifier";
import { sscc } from "../scan/sscc";
import { CallFailed } from "./call";
import type { OutboxStore, PalletBlock, PalletNumbers } from "./outbox-store";
import type { World } from "./world";

/** With fewer than so many left it asks for more. */
export const LOW_WATER = 25;

interface Answer {
  block: { head: string; first: number; count: number } | null;
}

/** After a server had none to give, it is asked again this much later. */
const NONE_MS = 3_600_000;

export class PalletNumberStore {
  private going: Promise<void> | null = null;
  private notBefore = -Infinity;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    /** Ask the server as this phone. */
    private readonly ask: (path: string, body: unknown) => Promise<unknown>,
  ) {}

  /** Take one; null: there is none, and the pallet gets a serial. */
  async take(): Promise<string | null> {
    const taken = await this.outbox.takePalletNumber();
    return taken === null ? null : sscc(taken.head, taken.number);
  }

  /** Lay in more under the company's prefix, if few are left; without a network nothing happens. */
  async layIn(prefix: string | null): Promise<void> {
    if (prefix === null || this.world.clocks().mono < this.notBefore) return;
    this.going ??= this.fill(prefix).finally(() => (this.going = null));
    return this.going;
  }

  private async fill(prefix: string): Promise<void> {
    // Numbers under a prefix that is no longer the company's stand for nothing.
    const sound = ({ blocks }: PalletNumbers) => blocks.filter(({ head }) => head === prefix);
    if (left(sound(await this.outbox.palletNumbers())) >= LOW_WATER) return;
    const wanted = incarnation(this.world.random);
    const known = await this.outbox.changePalletNumbers((numbers) => {
      return { ...numbers, blocks: sound(numbers), request: numbers.request ?? wanted };
    });
    try {
      const { block } = (await this.ask("/pallet-numbers", { request: known.request })) as Answer;
      if (block === null) this.notBefore = this.world.clocks().mono + NONE_MS;
      await this.outbox.changePalletNumbers((numbers) => {
        // Another tab has the answer already, or this phone has begun anew since.
        if (numbers.request !== known.request || numbers.inc !== known.inc) return numbers;
        const more = block === null ? [] : [{ ...block, used: 0 }];
        return { ...numbers, request: null, blocks: [...numbers.blocks, ...more] };
      });
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
    }
  }
}

function left(blocks: readonly PalletBlock[]): number {
  return blocks.reduce((sum, { count, used }) => sum + count - used, 0);
}
