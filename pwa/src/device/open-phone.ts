import type { Phone } from "./phone";

/** Open this phone: its databases, its keys and its loop to the server. */
export declare function openPhone(): Promise<Phone>;
