/** Check the scanner: it reads a printed sheet, and the phone says what the scanner makes of it, and remembers that. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { joined, judge, STEPS, type Fault, type ScannerProfile } from "../scan/scanner-profile";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { Icon } from "../ui/icons";
import { Button, Step } from "../ui/parts";
import { keepScanner, lastHeard, scannerProfile } from "../ui/scanner";
import { signalClass } from "../ui/sound";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { Frame } from "./frame";

/** The screen. */
export function ScannerCheck(): JSX.Element {
  return (
    <Frame title={flowWords.scanner.title}>
      <Steps />
    </Frame>
  );
}

type Outcome = ScannerProfile | Fault;

function Steps(): JSX.Element {
  const { router, feedback } = useApp();
  const text = flowWords.scanner;
  const found = useSignal<ScannerProfile[]>([]);
  const fault = useSignal<Fault | null>(null);
  const at = found.value.length;
  const isDone = at === STEPS.length;
  useScans(
    (_, source) => {
      const wanted = STEPS[at];
      if (wanted === undefined) return;
      if (source !== "wedge") return feedback.say({ kind: "refused", line: text.byScanner });
      const outcome: Outcome = judge(wanted, lastHeard());
      if (typeof outcome === "string") {
        fault.value = outcome;
        signalClass("refused");
        return;
      }
      fault.value = null;
      found.value = [...found.value, outcome];
      signalClass("duplicate");
      // Once all steps are read, and not before: half a check says nothing of the rest.
      if (found.value.length === STEPS.length) keepScanner(joined(found.value));
    },
    { isRaw: true },
  );
  const again = (): void => {
    found.value = [];
    fault.value = null;
  };
  return (
    <Step
      instruction={isDone ? text.done : text.scan(at + 1, STEPS.length)}
      foot={
        <>
          {isDone && (
            <Button look="primary" icon="tick" onPress={() => router.replace("/")}>
              {words.action.home}
            </Button>
          )}
          {(isDone || fault.value !== null) && <Button onPress={again}>{text.again}</Button>}
          {scannerProfile() !== null && (
            <Button
              onPress={() => {
                keepScanner(null);
                again();
              }}
            >
              {text.forget}
            </Button>
          )}
        </>
      }
    >
      {!isDone && <p class="lead">{text.line}</p>}
      {fault.value !== null && (
        <div class="result refused" role="alert" data-testid="scanner-fault">
          <Icon name="cross" />
          <div>
            <strong>{text.faults[fault.value].title}</strong>
            <p>{text.faults[fault.value].line}</p>
          </div>
        </div>
      )}
      {isDone && <Known found={found.value} />}
    </Step>
  );
}

/** What is taken off from now on, in words. */
function Known({ found }: { found: ScannerProfile[] }): JSX.Element {
  const text = flowWords.scanner;
  const profile = joined(found);
  if (profile === null) return <p class="lead">{text.two}</p>;
  const { prefix, suffix, keys } = profile;
  return (
    <ul class="plain-list" data-testid="scanner-profile">
      <li>{prefix === "" && suffix === "" ? text.bare : text.around(prefix, suffix)}</li>
      {keys === "us" && <li>{text.layoutKnown}</li>}
    </ul>
  );
}
