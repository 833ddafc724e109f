/** In front of everything a desk signs: this browser must be a desk, once, and somebody of the office must be here. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useApp } from "../ui/context";
import { words } from "../words/words";
import { Form } from "./form";

/** Open the desk for who is signed in; gives whether this browser is one. Undefined until that is known. */
export function useDesk(): boolean | undefined {
  const { desk, office } = useApp();
  const { person } = office;
  useEffect(() => {
    void desk.open(person).catch((error: unknown) => reportError(error));
  }, [desk, person]);
  const device = desk.device.value;
  return device === null ? undefined : device.enrolled.value !== null;
}

/** Show what needs a desk, or the way to make this browser one. */
export function DeskGate({ children }: { children: ComponentChildren }): JSX.Element | null {
  const { office } = useApp();
  const isDesk = useDesk();
  if (office.person?.role !== "office") return <p class="notice">{words.desk.exceptions.onlyOffice}</p>;
  if (isDesk === undefined) return null;
  return isDesk ? <>{children}</> : <BecomeDesk />;
}

function BecomeDesk(): JSX.Element {
  const { desk, office } = useApp();
  const isWorking = useSignal(false);
  return (
    <section class="become-desk" aria-label={words.desk.thisDesk.not}>
      <h2>{words.desk.thisDesk.not}</h2>
      <p>{words.desk.thisDesk.line}</p>
      <Form
        button={isWorking.value ? words.desk.thisDesk.working : words.desk.thisDesk.button}
        fields={[{ name: "name", label: words.desk.thisDesk.name, hint: words.desk.thisDesk.hint }]}
        onSend={async ({ name = "" }) => {
          isWorking.value = true;
          try {
            await desk.enrol(office, name);
          } finally {
            isWorking.value = false;
          }
          return null;
        }}
      />
    </section>
  );
}
