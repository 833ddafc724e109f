/** The phone's own copy of items, places, transfers and runs, as floor screens read it. Never the network. */
import { effect, useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Item, Phone, Place, Run, Transfer } from "../device/phone";
import { useApp } from "../ui/context";

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

async function read(phone: Phone): Promise<Books> {
  const [company, items, places, transfers, runs] = await Promise.all([
    phone.company(),
    phone.items(),
    phone.places(),
    phone.transfers(),
    phone.runs(),
  ]);
  const identity = phone.enrolled.value;
  const site = identity?.site ?? "";
  const own = places.filter((place) => place.site === site);
  return {
    company: company?.code ?? identity?.company ?? "",
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

/** Read the books now and after each contact with the server; null until they are read for the first time. */
export function useBooks(): ReadonlySignal<Books | null> {
  const { phone } = useApp();
  const books = useSignal<Books | null>(null);
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
  return books;
}

/** The name of a place, or its code if this phone does not know it. */
export function placeName(books: Books, place: string): string {
  return books.places.get(place)?.name ?? place;
}
