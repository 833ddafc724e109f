/** The phone's own copy of items, places, transfers and runs, as floor screens read it. Never the network. */
import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Item, Phone, Place, Run, Transfer } from "../device/phone";
import { useApp } from "../ui/context";
import { words } from "../words/words";
import { Empty } from "./frame";

/** Everything a flow needs to know before a scan; read again whenever the phone has heard from the server. */
export interface Books {
  company: string;
  items: Map<string, Item>;
  places: Map<string, Place>;
  /** The places of this phone's site. */
  own: Place[];
  transfers: Transfer[];
  runs: Run[];
  /** The place scanning happens at. */
  here: string;
}

const HERE = "batchspine.here";

/** Give null as long as this phone has not heard from its server: nothing can be recorded without knowing whose it is. */
async function read(phone: Phone): Promise<Books | null> {
  const [company, items, places, transfers, runs] = await Promise.all([
    phone.company(),
    phone.items(),
    phone.places(),
    phone.transfers(),
    phone.runs(),
  ]);
  if (company === null) return null;
  const site = phone.enrolled.value?.site ?? "";
  const own = places.filter((place) => place.site === site);
  return {
    company: company.code,
    items: new Map(items.map((item) => [item.item, item])),
    places: new Map(places.map((place) => [place.place, place])),
    own,
    transfers: transfers.filter((transfer) => transfer.isOpen),
    runs: runs.filter((run) => run.isOpen),
    here: chosenPlace(own, site),
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

/** Read the books now and after each contact with the server; undefined until they are read for the first time. */
export function useBooks(): Books | null | undefined {
  const { phone } = useApp();
  const books = useSignal<Books | null | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    const stop = effect(() => {
      void phone.dataAt.value;
      void read(phone).then((fresh) => {
        if (!isGone) books.value = fresh;
      });
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [phone, books]);
  return books.value;
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
