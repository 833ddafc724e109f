/** The phone's own copy of items, places, transfers and runs, as floor screens read it. Never the network. */
import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Item, Phone, Place, Run, Transfer } from "../device/phone";
import { useApp } from "../ui/context";
import { words } from "../words/words";
import { Empty } from "./frame";

/** Everything a flow needs to know before a scan. */
export interface Books extends Site, Work {
  company: string;
  items: Map<string, Item>;
  places: Map<string, Place>;
}

/** Where scanning happens. */
export interface Site {
  /** The places of this phone's site. */
  own: Place[];
  here: string;
}

/** What is going on: this changes while a screen is open. */
interface Work {
  transfers: Transfer[];
  runs: Run[];
}

const HERE = "batchspine.here";

function siteOf(phone: Phone, places: Place[]): Site {
  const site = phone.enrolled.value?.site ?? "";
  const own = places.filter((place) => place.site === site);
  return { own, here: chosenPlace(own, site) };
}

async function workOf(phone: Phone): Promise<Work> {
  const [transfers, runs] = await Promise.all([phone.transfers(), phone.runs()]);
  return { transfers: transfers.filter(({ isOpen }) => isOpen), runs: runs.filter(({ isOpen }) => isOpen) };
}

/** Give null as long as this phone has not heard from its server: nothing can be recorded without knowing whose it is. */
async function read(phone: Phone): Promise<Books | null> {
  const [company, items, places, work] = await Promise.all([
    phone.company(),
    phone.items(),
    phone.places(),
    workOf(phone),
  ]);
  if (company === null) return null;
  return {
    company: company.code,
    items: new Map(items.map((item) => [item.item, item])),
    places: new Map(places.map((place) => [place.place, place])),
    ...siteOf(phone, places),
    ...work,
  };
}

/** The place this phone was last said to be at, or the site itself. */
function chosenPlace(own: Place[], site: string): string {
  const kept = localStorage.getItem(HERE);
  if (own.some((place) => place.place === kept)) return kept ?? site;
  return own.find((place) => place.place === site)?.place ?? own[0]?.place ?? site;
}

/** Remember where this phone is. */
export function rememberPlace(place: string): void {
  localStorage.setItem(HERE, place);
}

/**
 * Read the books when the screen opens; undefined until they are read for the first time.
 *
 * Contacts with the server come every few seconds: each brings transfers and runs up to date. A thousand items are not
 * read again for that; what is new among them is there when the next screen opens.
 */
export function useBooks(): Books | null | undefined {
  const { phone } = useApp();
  const books = useSignal<Books | null | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    const refresh = async (): Promise<void> => {
      const known = books.peek();
      const fresh = known && known.items.size > 0 ? { ...known, ...(await workOf(phone)) } : await read(phone);
      if (!isGone) books.value = fresh;
    };
    const stop = effect(() => {
      void phone.dataAt.value;
      void refresh();
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [phone, books]);
  return books.value;
}

/** Read where this phone is. */
export function useSite(): Site | null {
  const { phone } = useApp();
  const site = useSignal<Site | null>(null);
  const isEmpty = phone.dataAt.value === null;
  useEffect(() => {
    void phone.places().then((places) => (site.value = siteOf(phone, places)));
  }, [phone, site, isEmpty]);
  return site.value;
}

/** The name of a place, or its code if this phone does not know it. */
export function placeName(books: Books, place: string): string {
  return books.places.get(place)?.name ?? place;
}

/** Draw a flow once the books are read, or say what is missing. */
export function WithBooks({ children }: { children: (books: Books) => JSX.Element }): JSX.Element | null {
  const books = useBooks();
  if (books === undefined) return null;
  return books === null ? <Empty>{words.status.connectOnce}</Empty> : children(books);
}
