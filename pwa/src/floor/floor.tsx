/** The floor: which screen is due on an enrolled phone. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { startWedge } from "../scan/wedge";
import { useApp } from "../ui/context";
import { GoodsIn } from "./goods-in";
import { Home } from "./home";
import { Inbox } from "./inbox";
import { Look } from "./look";
import { Make } from "./make";
import { MyScans } from "./my-scans";
import { Receive } from "./receive";
import { Send } from "./send";
import { SignIn } from "./sign-in";
import { Use } from "./use";
import { Where } from "./where";

const SCREENS: Record<string, () => JSX.Element> = {
  "goods-in": GoodsIn,
  receive: Receive,
  use: Use,
  make: Make,
  send: Send,
  scans: MyScans,
  look: Look,
  inbox: Inbox,
  here: Where,
};

/** Nobody signed in: who are you? Otherwise the screen of the address. The scanner works on all of them. */
export function Floor(): JSX.Element {
  const { phone, router, door } = useApp();
  useEffect(() => {
    const read = (text: string, readAt: number): void => void door.arrive(text, "wedge", readAt);
    return startWedge(read, () => door.expect());
  }, [door]);
  if (phone.person.value === null) return <SignIn />;
  const Screen = SCREENS[router.route.value.hash[0] ?? ""] ?? Home;
  return <Screen />;
}
