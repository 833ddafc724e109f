/** Home: what shall be done? A scan here asks what the thing is. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { isRoomShort, lookForRoom } from "../device/room";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { Icon, type IconName } from "../ui/icons";
import { Button } from "../ui/parts";
import { ResultPanel } from "../ui/result";
import { Head } from "../ui/status";
import { UpdateOffer } from "../ui/update";
import { words } from "../words/words";
import { useSite, type Site } from "./books";
import { Context } from "./frame";
import { useInboxCount } from "./inbox";

type FlowName = "goods_in" | "receive" | "use" | "make" | "send" | "scans";

/** The flows by their place on the screen; the place never changes, so that hands learn it. */
export const FLOWS: readonly { name: FlowName; icon: IconName; address: string }[] = [
  { name: "goods_in", icon: "goods_in", address: "/#goods-in" },
  { name: "receive", icon: "receive", address: "/#receive" },
  { name: "use", icon: "use", address: "/#use" },
  { name: "make", icon: "make", address: "/#make" },
  { name: "send", icon: "send", address: "/#send" },
  { name: "scans", icon: "scans", address: "/#scans" },
];

/** The screen. */
export function Home(): JSX.Element {
  const { router, phone } = useApp();
  const site = useSite();
  // Known before they are needed: where labels are made there may be no network.
  useEffect(() => void phone.findPrinters(), [phone]);
  useScans(({ text }) => router.go(`/#look/${encodeURIComponent(text)}`));
  const attention = phone.scans.value.filter(({ state }) => state === "attention").length;
  return (
    <>
      <Head title={words.product} />
      <main>
        <h2 class="visually-hidden">{words.home}</h2>
        <ResultPanel />
        <UpdateOffer />
        <RoomWarning />
        {site !== null && site.own.length > 1 && <Here site={site} />}
        <InboxLink />
        <nav class="tiles" aria-label={words.home}>
          {FLOWS.map(({ name, icon, address }) => (
            <button
              key={name}
              type="button"
              class="tile"
              data-testid={`flow-${name}`}
              onClick={() => router.go(address)}
            >
              <Icon name={icon} />
              <strong>{words.flow[name].title}</strong>
              {name === "scans" && attention > 0 ? (
                <small class="tile-attention">{words.scans.attentionCount(attention)}</small>
              ) : (
                <small>{words.flow[name].hint}</small>
              )}
            </button>
          ))}
        </nav>
        <div class="foot">
          <div class="button-row">
            <Button icon="look" testId="flow-look" onPress={() => router.go("/#look")}>
              {words.flow.look.title}
            </Button>
            <Button icon="more" testId="flow-more" onPress={() => router.go("/#more")}>
              {words.flow.more.title}
            </Button>
          </div>
        </div>
      </main>
    </>
  );
}

/** Said while there is room still: who reads it can do something about it. */
function RoomWarning(): JSX.Element | null {
  const { phone } = useApp();
  useEffect(() => void lookForRoom(), [phone.unsent.value]);
  if (!isRoomShort.value) return null;
  return (
    <div class="context warning" role="status" data-testid="room-short">
      <Icon name="trouble" />
      <p>
        <strong>{words.room.short}</strong>
        <span>{words.room.line}</span>
      </p>
    </div>
  );
}

/** How many things need attention: always there, whether any do or not. */
function InboxLink(): JSX.Element {
  const { router } = useApp();
  const count = useInboxCount();
  return (
    <button
      type="button"
      class={count === 0 ? "inbox-link" : "inbox-link open"}
      data-testid="inbox-count"
      data-count={count}
      onClick={() => router.go("/#inbox")}
    >
      <Icon name={count === 0 ? "tick" : "bang"} />
      <strong>{count === 0 ? words.inbox.count(0) : words.inbox.title}</strong>
      {count > 0 && <span class="badge open">{count}</span>}
      <Icon name="forward" />
    </button>
  );
}

/** With one place there is nothing to choose, and nothing to get wrong. */
function Here({ site }: { site: Site }): JSX.Element {
  const { router } = useApp();
  return (
    <Context
      label={words.here.label}
      value={site.own.find(({ place }) => place === site.here)?.name ?? site.here}
      onChange={() => router.go("/#here")}
    />
  );
}
