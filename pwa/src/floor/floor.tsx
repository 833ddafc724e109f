/** The floor: which screen is due on an enrolled phone. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { startWedge } from "../scan/wedge";
import { useApp } from "../ui/context";
import { understood } from "../ui/scanner";
import { GoodsIn } from "./goods-in";
import { Home } from "./home";
import { Inbox } from "./inbox";
import { later } from "./later";
import { Look } from "./look";
import { Make } from "./make";
import { More } from "./more";
import { MyScans } from "./my-scans";
import { Receive } from "./receive";
import { Send } from "./send";
import { SignIn } from "./sign-in";
import { Use } from "./use";
import { Where } from "./where";

/** The flows of the second page are fetched when the first of them opens; the service worker has them by then. */
const second = () => import("./second-page");

const SCREENS: Record<string, (props: object) => JSX.Element | null> = {
  "goods-in": GoodsIn,
  receive: Receive,
  use: Use,
  make: Make,
  send: Send,
  scans: MyScans,
  look: Look,
  inbox: Inbox,
  here: Where,
  more: More,
  pack: later(async () => (await second()).Pack),
  unpack: later(async () => (await second()).Unpack),
  move: later(async () => (await second()).Move),
  return: later(async () => (await second()).GiveBack),
  scrap: later(async () => (await second()).Scrap),
  count: later(async () => (await second()).Count),
  lead: later(async () => (await second()).Lead),
  scanner: later(async () => (await import("./scanner-check")).ScannerCheck),
};

/** Nobody signed in: who are you? Otherwise the screen of the address. The scanner works on all of them. */
export function Floor(): JSX.Element {
  const { phone, router, door } = useApp();
  useEffect(() => {
    return startWedge(
      (text, readAt, heard) => void door.arrive(understood(text, heard), "wedge", readAt),
      () => door.expect(),
    );
  }, [door]);
  if (phone.person.value === null) return <SignIn />;
  const Screen = SCREENS[router.route.value.hash[0] ?? ""] ?? Home;
  return <Screen />;
}
