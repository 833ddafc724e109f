/** What every screen is given: the phone, the way to other screens, the feedback board and the door for scans. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { DeskDevice } from "../device/desk";
import type { Office } from "../device/office";
import type { Phone } from "../device/phone";
import type { Badges } from "./badge";
import type { Door } from "./door";
import type { FeedbackBoard } from "./feedback";
import type { Router } from "./router";

export interface App {
  phone: Phone;
  /** The other device this browser may be; opened when the office comes. */
  desk: DeskDevice;
  office: Office;
  router: Router;
  feedback: FeedbackBoard;
  door: Door;
  badges: Badges;
}

export const AppContext = createContext<App | null>(null);

/** Give the app to a screen. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("a screen was drawn outside the app");
  return app;
}
