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

/** The page behind `/B/…`. */
export function LabelLink(): JSX.Element {
  const { phone, office, router } = useApp();
  const found = useSignal<Found | null>(null);
  const { path } = router.route.value;
  // Labels are printed with https, whatever this page was opened by.
  const address = `https://${window.location.host}${path}`;
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
  const label = found.value;
  return (
    <>
      <Masthead />
      <main class="page">
        <section class="step">
          <h1 class="instruction">{words.link.title}</h1>
          {label !== null && (isShown.value || label.kind === "refused" ? <Printed found={label} /> : <Empty>{words.link.plain}</Empty>)}
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

function Printed({ found }: { found: Found }): JSX.Element {
  if (found.kind === "refused") return <Empty>{words.link.notOurs}</Empty>;
  return (
    <article class="unit-card">
      <p class="small">{found.kind === "unit" ? words.link.unit : words.link.lot}</p>
      <p class="unit-amount code">{found.batch}</p>
      <dl class="unit-facts">
        <div>
          <dt>{words.unit.item}</dt>
          <dd class="code">{found.itemCode}</dd>
        </div>
        {found.unit !== undefined && (
          <div>
            <dt>{words.unit.serial}</dt>
            <dd class="code">{found.unit.unit}</dd>
          </div>
        )}
      </dl>
      <p class="small">{words.link.line}</p>
    </article>
  );
}
