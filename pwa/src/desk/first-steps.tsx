/** What is still missing before the first batch can travel, each with the way to it. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { deskWords } from "../words/desk-en";
import { Page } from "./page";
import { Whole } from "./rows";
import { useLoaded } from "./use-list";

interface FirstStep {
  name: string;
  line: string;
  isDone: boolean;
  address: string;
}

/** The page. */
export function FirstSteps(): JSX.Element {
  const { office } = useApp();
  const steps = useLoaded(async (): Promise<FirstStep[]> => {
    const [items, people, devices, places, stock] = await Promise.all([
      office.items(),
      office.people(),
      office.devices(),
      office.places(),
      office.stock(),
    ]);
    const { steps: text } = deskWords;
    return [
      { name: text.company, line: "", isDone: places.length > 0, address: "/desk/places" },
      { name: text.items, line: text.itemsLine, isDone: items.length > 0, address: "/desk/items" },
      {
        name: text.people,
        line: text.peopleLine,
        isDone: people.some(({ has_pin }) => has_pin),
        address: "/desk/people",
      },
      { name: text.phones, line: text.phonesLine, isDone: devices.length > 0, address: "/desk/phones" },
      {
        name: text.places,
        line: text.placesLine,
        isDone: places.filter(({ place, site }) => place === site).length > 1,
        address: "/desk/places",
      },
      { name: text.stock, line: text.stockLine, isDone: stock.length > 0, address: "/desk/stock" },
    ];
  });
  return (
    <Page title={deskWords.steps.title}>
      <Whole loaded={steps}>{(all) => <Steps steps={all} />}</Whole>
    </Page>
  );
}

function Steps({ steps }: { steps: FirstStep[] }): JSX.Element {
  const { router } = useApp();
  const isAllDone = steps.every(({ isDone }) => isDone);
  return (
    <>
      <p class="lead">{isAllDone ? deskWords.steps.allDone : deskWords.steps.line}</p>
      <ol class="first-steps">
        {steps.map(({ name, line, isDone, address }) => (
          <li key={name} class={isDone ? "done" : "todo"}>
            <Icon name={isDone ? "tick" : "forward"} />
            <p>
              <strong>{name}</strong>
              {!isDone && line !== "" && <span>{line}</span>}
              <small>{isDone ? deskWords.steps.done : deskWords.steps.todo}</small>
            </p>
            {!isDone && (
              <button
                type="button"
                class="button small"
                aria-label={`${deskWords.steps.go}: ${name}`}
                onClick={() => router.go(address)}
              >
                {deskWords.steps.go}
              </button>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
