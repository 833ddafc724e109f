/** In front of everything a desk signs: this browser must be a desk, once, and somebody of the office must be here. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
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
  if (office.person?.role !== "office") return <p class="notice">{deskWords.exceptions.onlyOffice}</p>;
  if (isDesk === undefined) return null;
  return isDesk ? <>{children}</> : <BecomeDesk />;
}

function BecomeDesk(): JSX.Element {
  const { desk, office } = useApp();
  const isWorking = useSignal(false);
  return (
    <section class="become-desk" aria-label={deskWords.thisDesk.not}>
      <h2>{deskWords.thisDesk.not}</h2>
      <p>{deskWords.thisDesk.line}</p>
      <Form
        button={isWorking.value ? deskWords.thisDesk.working : deskWords.thisDesk.button}
        fields={[{ name: "name", label: deskWords.thisDesk.name, hint: deskWords.thisDesk.hint }]}
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
