/**
 * What a supplier's label says, as far as this phone's books can tell: which item of ours, whose lot, how much.
 *
 * GS1's rules are a chunk of their own, fetched when the first such label is scanned; the service worker has it, so that
 * works without a network.
 */
import { readSupplierCode } from "../scan/supplier-code";
import { itemOf } from "./look";
import type { Item, SupplierGoods } from "./phone";
import type { Replica } from "./replica";

/** Codes that are somebody's, but say nothing of goods: a web page, an order number. */
const OTHERS: ReadonlySet<string> = new Set([
  "gs1_link_without_key",
  "gs1_link_address",
  "gs1_link_character",
  "gs1_symbology_unknown",
  "gs1_no_goods",
]);

/** Read a supplier's label; null: a text that says nothing of goods. `year` is the present one. */
export async function goodsOn(replica: Replica, text: string, year: number): Promise<SupplierGoods | "wrong" | null> {
  const taught = readSupplierCode(text.trim().replace(/^\][A-Za-z][0-9]/, ""), await replica.all("supplier_code"));
  if (taught !== null) return ofTaught(replica, taught);
  const { readGoods } = await import("../scan/gs1/goods");
  const goods = readGoods(separated(text), year);
  if (goods === null) return null;
  if ("code" in goods) return OTHERS.has(goods.code) ? null : "wrong";
  return { ...goods, item: goods.gtin === "" ? null : await itemOfGtin(replica, goods.gtin) };
}

/** Some scanners write the separator of GS1, which no keyboard has, in letters. */
function separated(text: string): string {
  return text.replace(/\{GS\}|<GS>|\\x1d|\^\]/gi, "\u001d");
}

/** A code that was taught says the item and the lot, and nothing else. */
async function ofTaught(replica: Replica, { item, lot }: { item: string; lot: string }): Promise<SupplierGoods | null> {
  const row = await replica.one("item", item);
  if (row === null) return null;
  const unsaid = { gtin: "", sscc: "", serial: "", expiresOn: "", count: "", measure: "", unitOfMeasure: "" };
  return { ...unsaid, item: itemOf(row), lot };
}

async function itemOfGtin(replica: Replica, gtin: string): Promise<Item | null> {
  const row = (await replica.all("item")).find((item) => item.gtin === gtin);
  return row === undefined ? null : itemOf(row);
}
