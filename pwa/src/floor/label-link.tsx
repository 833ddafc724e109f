/**
 * What a phone camera gets from one of our labels: that it is ours, and the way in.
 *
 * Numbers can be guessed, so a stranger is not told more, unless the installation says that item and batch may be shown.
 * A phone of the installation is told what the code says, without a network too; nobody is ever told whose site it is.
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Found } from "../device/phone";
import { useApp } from "../ui/context";
import { Masthead } from "../ui/masthead";
import { Button } from "../ui/parts";
import { words } from "../words/words";
import { Empty } from "./frame";

/** The page behind `/B/…`, and behind `/01/…` and `/00/…` where labels are GS1's. */
export function LabelLink(): JSX.Element {
  const { phone, office, router } = useApp();
  const found = useSignal<Found | null>(null);
  const { path } = router.route.value;
  // Labels are printed with https, whatever this page was opened by.
  const address = `https://${window.location.host}${path}${window.location.search}`;
  useEffect(() => {
    void phone.look(address, "camera").then((result) => (found.value = result));
  }, [phone, address]);
  const isEnrolled = phone.enrolled.value !== null;
  const isShown = useSignal(isEnrolled);
  useEffect(() => {
    if (isEnrolled) return;
    // Without an answer nothing more is said: that is what an installation says by itself.
    office.installation().then(
      ({ label_link }) => (isShown.value = label_link === "batch"),
      () => undefined,
    );
  }, [office, isEnrolled, isShown]);
  const label = found.value === null ? null : (saidBy(found.value) ?? inLink(path));
  return (
    <>
      <Masthead />
      <main class="page">
        <section class="step">
          <h1 class="instruction">{words.link.title}</h1>
          {found.value !== null && label === null && <Empty>{words.link.notOurs}</Empty>}
          {label !== null && (isShown.value ? <Printed label={label} /> : <Empty>{words.link.plain}</Empty>)}
          <div class="foot">
            {isEnrolled && (
              <Button look="primary" onPress={() => router.go(`/#look/${encodeURIComponent(address)}`)}>
                {words.link.open}
              </Button>
            )}
            <Button look={isEnrolled ? "plain" : "primary"} icon="person" onPress={() => router.go("/desk")}>
              {words.link.signIn}
            </Button>
          </div>
        </section>
      </main>
    </>
  );
}

/** What a label's code says by itself. */
interface Label {
  batch: string;
  /** The item's code; in GS1's form its article number. */
  item: string;
  unit: string | null;
}

function saidBy({ kind, batch, itemCode, unit }: Found): Label | null {
  if (kind === "refused" || batch === undefined || itemCode === undefined) return null;
  return { batch, item: itemCode, unit: unit?.unit ?? null };
}

/** Whoever has no books of ours does not know whose article it is, but the address says what it says. */
const LINK = /^\/01\/([0-9]{14})\/10\/([A-Z0-9][A-Z0-9.-]{0,19})(?:\/21\/([A-Z0-9][A-Z0-9.-]{0,19}))?$/;

function inLink(path: string): Label | null {
  const [, item, batch, unit = null] = LINK.exec(path.toUpperCase()) ?? [];
  return item === undefined || batch === undefined ? null : { item, batch, unit };
}

function Printed({ label }: { label: Label }): JSX.Element {
  return (
    <article class="unit-card">
      <p class="small">{label.unit === null ? words.link.lot : words.link.unit}</p>
      <p class="unit-amount code">{label.batch}</p>
      <dl class="unit-facts">
        <div>
          <dt>{words.unit.item}</dt>
          <dd class="code">{label.item}</dd>
        </div>
        {label.unit !== null && (
          <div>
            <dt>{words.unit.serial}</dt>
            <dd class="code">{label.unit}</dd>
          </div>
        )}
      </dl>
      <p class="small">{words.link.line}</p>
    </article>
  );
}
