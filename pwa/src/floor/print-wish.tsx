/** What is wanted of a printer, and how far it has come; who stands there says what came out. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Problem } from "../device/phone";
import type { PrintWish, PrintWord } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon, type IconName } from "../ui/icons";
import { Button, Choice } from "../ui/parts";
import { printingWords as words } from "../words/printing-words";

const ICONS: Record<PrintWish["state"], IconName> = {
  waiting: "offline",
  with_server: "up",
  sent: "bang",
  not_out: "cross",
  spoiled: "cross",
  unsure: "bang",
  needs_reason: "bang",
  refused: "cross",
};

/** Everything this phone wants printed and nobody has ended. */
export function PrintWishes(): JSX.Element | null {
  const { phone } = useApp();
  const wishes = phone.printWishes.value;
  if (wishes.length === 0) return null;
  return (
    <section aria-label={words.title}>
      {wishes.map((wish) => (
        <PrintWishCard key={wish.job} wish={wish} />
      ))}
    </section>
  );
}

/** One wish, with what can be said of it as it stands. */
export function PrintWishCard({ wish }: { wish: PrintWish }): JSX.Element {
  const { phone } = useApp();
  const isBusy = useSignal(false);
  const failed = useSignal<string | null>(null);
  const act = async (work: () => Promise<void>): Promise<void> => {
    // A second tap before the first is kept would say it twice.
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      await work();
      failed.value = null;
    } catch (error) {
      if (error instanceof Problem) failed.value = error.detail;
      else reportError(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class="print-wish" data-testid="print-wish" data-state={wish.state}>
      <p class="notice" role="status">
        <Icon name={ICONS[wish.state]} />
        <span>
          <strong>{words.count(wish.units.length)}</strong> {failed.value ?? sentence(wish)}
        </span>
      </p>
      <Answers
        wish={wish}
        onSay={(word) => void act(() => phone.sayOfPrint(wish.job, word))}
        onAgain={(reason) => void act(() => phone.printAgain(wish.job, reason))}
        onDrop={() => void act(() => phone.dropPrint(wish.job))}
      />
    </section>
  );
}

function sentence(wish: PrintWish): string {
  if (wish.line !== null) return wish.line;
  if (wish.printer === null && wish.state === "sent") return words.fileGiven;
  return words.states[wish.state](wish.printer === null ? words.file : wish.name);
}

interface AnswersProps {
  wish: PrintWish;
  onSay: (word: PrintWord | "spoiled") => void;
  onAgain: (reason: string) => void;
  onDrop: () => void;
}

function Answers({ wish, onSay, onAgain, onDrop }: AnswersProps): JSX.Element | null {
  const drop = <Button onPress={onDrop}>{words.notWanted}</Button>;
  switch (wish.state) {
    case "with_server":
      return null;
    case "waiting":
      return wish.tried === null ? drop : null;
    case "sent":
    case "unsure":
      return (
        <>
          <Button icon="tick" onPress={() => onSay("came_out")}>
            {words.cameOut}
          </Button>
          {wish.state === "sent" && (
            <Button icon="bang" onPress={() => onSay("spoiled")}>
              {words.spoiled}
            </Button>
          )}
          <Button icon="cross" onPress={() => onSay("did_not_come_out")}>
            {words.nothingCame}
          </Button>
        </>
      );
    case "needs_reason":
      return <Reasons onReason={onAgain} />;
    case "not_out":
    case "spoiled":
      return (
        <>
          {wish.printer !== null && (
            <Button icon="label" onPress={() => (wish.maySendAgain ? onSay("send_again") : onAgain(reasonOf(wish)))}>
              {wish.maySendAgain ? words.sendAgain : words.again}
            </Button>
          )}
          {drop}
        </>
      );
    case "refused":
      return drop;
  }
}

function reasonOf({ state }: PrintWish): string {
  return state === "spoiled" ? words.reasons.spoiled : words.reasons.nothing;
}

/** Why a label that was printed is printed once more. */
export function Reasons({ onReason }: { onReason: (reason: string) => void }): JSX.Element {
  return (
    <ul class="choices">
      {Object.values(words.reasons).map((reason) => (
        <Choice key={reason} title={reason} onPress={() => onReason(reason)} />
      ))}
    </ul>
  );
}
