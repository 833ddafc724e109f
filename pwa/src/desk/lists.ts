/** Lists to choose from, as forms want them. */
import type { ItemRow, PlaceRow } from "../device/books";
import type { LabelStock } from "../device/office";

export interface Option {
  value: string;
  text: string;
}

/** The sites: places that are their own site. */
export function siteOptions(places: readonly PlaceRow[]): Option[] {
  return placeOptions(places.filter(({ place, site }) => place === site));
}

export function placeOptions(places: readonly PlaceRow[]): Option[] {
  return places.map(({ place, name }) => ({ value: place, text: name === place ? name : `${name} (${place})` }));
}

export function itemOptions(items: readonly ItemRow[]): Option[] {
  return items.map(({ item, name }) => ({ value: item, text: name === item ? name : `${name} (${item})` }));
}

export function stockOptions(stocks: readonly LabelStock[]): Option[] {
  return stocks.map(({ stock, title }) => ({ value: stock, text: title }));
}

export function wordOptions(named: Record<string, string>): Option[] {
  return Object.entries(named).map(([value, text]) => ({ value, text }));
}

/** Say the name of a place, or its code. */
export function nameOf(places: readonly PlaceRow[], code: string): string {
  return places.find(({ place }) => place === code)?.name ?? code;
}
