/** The pictures beside the words: one stroke weight, drawn to be told apart at arm's length. Always decoration. */
import type { JSX } from "preact";

const PATHS = {
  goods_in: "M4 13v7h16v-7M12 3v11M7.5 9.5 12 14l4.5-4.5",
  receive:
    "M2 6h11v11H2zM13 10h4l4 4v3h-8M6.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM16.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5 11l2 2 3.5-4",
  use: "M4 3.5h16L15 11v4.5H9V11zM12 15.5V21M9 18.5 12 21.5l3-3",
  make: "M12 2.8 20 7v9.6l-8 4.6-8-4.6V7zM4 7l8 4.6L20 7M12 11.6v9.6",
  send: "M2 6h11v11H2zM13 10h4l4 4v3h-8M6.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM16.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM4.5 11.5H10M7.8 9l2.5 2.5L7.8 14",
  truck: "M2 6h11v11H2zM13 10h4l4 4v3h-8M6.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM16.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  share: "M12 15V3M7.5 7.5 12 3l4.5 4.5M4 13v7h16v-7",
  scans: "M4 6h2M4 12h2M4 18h2M10 6h10M10 12h10M10 18h10",
  look: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 21 21M10.5 8.5v.01M10.5 11v2.5",
  tick: "M4.5 12.5 10 18 20 6.5",
  double_tick: "M2 12.5 7 18 16 6.5M11.5 17.5 12 18 22 6.5",
  bang: "M12 4v10M12 19v.5",
  equals: "M5 9h14M5 15h14",
  cross: "M6 6l12 12M18 6 6 18",
  up: "M12 19V5M6 11l6-6 6 6",
  back: "M14.5 5 8 12l6.5 7",
  forward: "M9.5 5 16 12l-6.5 7",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4",
  phone: "M7 2.5h10v19H7zM10.5 18.5h3",
  camera: "M3 7.5h4l2-3h6l2 3h4V19H3zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
  light: "M9 18h6M10 21h4M8.5 14.5a5.5 5.5 0 1 1 7 0c-.7.6-1 1.3-1 2.5h-5c0-1.2-.3-1.9-1-2.5Z",
  keyboard: "M2.5 6h19v12h-19zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14.5h10",
  label: "M3 5h11l7 7-7 7H3zM7.5 12h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  online: "M2.5 9.5a14 14 0 0 1 19 0M6 13.3a9 9 0 0 1 12 0M9.3 16.8a4.2 4.2 0 0 1 5.4 0M12 20v.01",
  offline:
    "M3 3l18 18M6 13.3a9 9 0 0 1 4-2.1M14.5 11.3a9 9 0 0 1 3.5 2M2.5 9.5A14 14 0 0 1 7 6.6M11 5.9a14 14 0 0 1 10.5 3.6M9.3 16.8a4.2 4.2 0 0 1 5.4 0M12 20v.01",
  trouble: "M12 3.5 22 20.5H2zM12 10v5M12 17.8v.2",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2",
  erase: "M8 5.5h13v13H8l-5.5-6.5zM12 9.5l5 5M17 9.5l-5 5",
  home: "M3.5 11.5 12 4l8.5 7.5M6 9.5V20h12V9.5",
  bag: "M8 3.5h8l-1.5 3.5c3 2 5 5.5 5 9 0 3-2 4.5-4 4.5h-7c-2 0-4-1.5-4-4.5 0-3.5 2-7 5-9zM9.5 7h5",
  drum: "M5 5.5c0-3.3 14-3.3 14 0v13c0 3.3-14 3.3-14 0zM5 5.5c0 3.3 14 3.3 14 0M5 12c0 3.3 14 3.3 14 0",
  carton: "M3.5 8 12 4l8.5 4v9L12 21l-8.5-4zM3.5 8 12 12l8.5-4M12 12v9",
  tote: "M3 8h18l-2 12H5zM3 8l2-3.5h14L21 8M9 12h6",
  pallet: "M4 4h7v6H4zM13 4h7v6h-7zM2 13h20M2 17.5h20M4 13v4.5M12 13v4.5M20 13v4.5",
  call: "M5 3.5h4l1.500 4.500-2.500 2a11 11 0 0 0 6 6l2-2.500 4.500 1.500v4c-9 1.500-17-6.500-15.500-15.500Z",
  lend: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 20c.7-4 3.300-6 7-6 1.500 0 2.800.3 4 1M14 19h8M18.500 15.500 22 19l-3.500 3.500",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  unpack: "M4 13h16v7H4zM12 11V3M7.5 7.5 12 3l4.5 4.5",
  move: "M3 12h18M7 8l-4 4 4 4M17 8l4 4-4 4",
  give_back: "M9 6 4 11l5 5M4 11h11a5 5 0 0 1 5 5v3",
  scrap: "M4 6.5h16M9 6.5v-3h6v3M6.5 6.5l1 14h9l1-14M10 10.5v6M14 10.5v6",
  count: "M6 4v16M10 4v16M14 4v16M18 4v16M3 17 21 7",
  scale: "M4 20h16M6 20l1.5-9h9L18 20M12 11V7M7 4h10v3H7z",
  place: "M12 21.5c4-4.5 6.5-8 6.5-11.5a6.5 6.5 0 0 0-13 0c0 3.500 2.500 7 6.500 11.500ZM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  container: "M2 6.5h20v11H2zM6 6.5v11M10 6.5v11M14 6.5v11M18 6.5v11",
  languages: "M3 6h10M8 3.5V6M11 6c-.8 3.6-3.2 6.6-7 8.5M5.5 9.5c1 2.2 2.8 3.8 5 4.8M12 20.5l4.5-11 4.5 11M13.5 17h6",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 1.5V4M12 20v2.5M1.5 12H4M20 12h2.5M4.6 4.6l1.700 1.700M17.700 17.700l1.700 1.700M4.6 19.400l1.700-1.700M17.700 6.300l1.700-1.700",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
  loud: "M3 9.5v5h4l5 4.5V5L7 9.5zM15.5 9a4.5 4.5 0 0 1 0 6M18.5 6a8.5 8.5 0 0 1 0 12",
  soft: "M3 9.5v5h4l5 4.5V5L7 9.5zM15.5 9a4.5 4.5 0 0 1 0 6",
  silent: "M3 9.5v5h4l5 4.5V5L7 9.5zM16 9.5l5 5M21 9.5l-5 5",
  blank: "",
} as const;

export type IconName = keyof typeof PATHS;

/** Draw a picture at the size of the text around it, or as told by css. */
export function Icon({ name, class: extra }: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg
      class={extra === undefined ? "icon" : `icon ${extra}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Whether there is a picture of this name, for kinds of unit that come from outside. */
export function isIcon(name: string): name is IconName {
  return name in PATHS;
}
