/** Makings of a batch: what, where, under which master batch number. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
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
      title={words.desk.runs.title}
      sideTitle={words.desk.runs.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "code", label: words.desk.runs.code, kind: "code" },
            { name: "item", label: words.desk.runs.item, options: () => itemOptions(items.value ?? []) },
            { name: "batch", label: words.desk.runs.batch, hint: words.desk.runs.batchHint },
            { name: "place", label: words.desk.runs.place, options: () => placeOptions(places.value ?? []) },
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
            label={words.desk.runs.title}
            rows={rows}
            none={words.desk.runs.none}
            keyOf={({ run }) => run}
            columns={[
              { head: words.desk.runs.columns.run, cell: ({ run }) => <span class="code">{run}</span> },
              { head: words.desk.runs.columns.item, cell: ({ item }) => itemName(item) },
              { head: words.desk.runs.columns.batch, cell: ({ batch, batch_number }) => <BatchLink batch={batch} shown={batch_number} /> },
              { head: words.desk.runs.columns.place, cell: ({ place }) => nameOf(places.value ?? [], place) },
              {
                head: words.desk.runs.columns.state,
                cell: ({ is_open }) => (is_open ? words.desk.runs.open : words.desk.runs.closed),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
