/** Makings of a batch: what, where, under which master batch number. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { BatchLink } from "./batch-link";
import { Form } from "./form";
import { itemOptions, nameOf, placeOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

/** The page. */
export function Runs(): JSX.Element {
  const { office } = useApp();
  const runs = useLoaded(() => office.runs());
  const places = useLoaded(() => office.places());
  const items = useLoaded(() => office.items());
  const itemName = (code: string): string => items.value?.find(({ item }) => item === code)?.name ?? code;
  return (
    <Page
      title={deskWords.runs.title}
      sideTitle={deskWords.runs.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "code", label: deskWords.runs.code, kind: "code" },
            { name: "item", label: deskWords.runs.item, options: () => itemOptions(items.value ?? []) },
            { name: "batch", label: deskWords.runs.batch, hint: deskWords.runs.batchHint },
            { name: "place", label: deskWords.runs.place, options: () => placeOptions(places.value ?? []) },
          ]}
          onSend={async ({ code = "", item = "", batch = "", place = "" }) => {
            await office.addRun({ code, item, batch, place });
            runs.again();
            return code;
          }}
        />
      }
    >
      <Whole loaded={runs}>
        {(rows) => (
          <Rows
            label={deskWords.runs.title}
            rows={rows}
            none={deskWords.runs.none}
            keyOf={({ run }) => run}
            columns={[
              { head: deskWords.runs.columns.run, cell: ({ run }) => <span class="code">{run}</span> },
              { head: deskWords.runs.columns.item, cell: ({ item }) => itemName(item) },
              { head: deskWords.runs.columns.batch, cell: ({ batch, batch_number }) => <BatchLink batch={batch} shown={batch_number} /> },
              { head: deskWords.runs.columns.place, cell: ({ place }) => nameOf(places.value ?? [], place) },
              {
                head: deskWords.runs.columns.state,
                cell: ({ is_open }) => (is_open ? deskWords.runs.open : deskWords.runs.closed),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
