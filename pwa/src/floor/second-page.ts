/** The flows of the second page: fetched together, when the first of them is opened. */
import "./second-page.css";

export { Count } from "./count";
export { GiveBack } from "./give-back";
export { Lead } from "./lead";
export { Move } from "./move";
export { Pack } from "./pack";
export { Scrap } from "./scrap";
export { SecondTiles } from "./second-tiles";
export { Telephone } from "./telephone";
export { Unpack } from "./unpack";
