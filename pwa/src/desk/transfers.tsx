/** What is on its way from one place to another. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Form } from "./form";
import { nameOf, placeOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

/** The page. */
export function Transfers(): JSX.Element {
  const { office } = useApp();
  const transfers = useLoaded(() => office.transfers());
  const places = useLoaded(() => office.places());
  const known = places.value ?? [];
  return (
    <Page
      title={deskWords.transfers.title}
      sideTitle={deskWords.transfers.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "code", label: deskWords.transfers.code, kind: "code" },
            { name: "from_place", label: deskWords.transfers.from, options: () => placeOptions(known) },
            { name: "to_place", label: deskWords.transfers.to, options: () => placeOptions(known) },
          ]}
          check={({ from_place, to_place }) =>
            from_place === to_place ? { field: "to_place", line: deskWords.transfers.samePlace } : null
          }
          onSend={async ({ code = "", from_place = "", to_place = "" }) => {
            await office.addTransfer({ code, from_place, to_place });
            transfers.again();
            return code;
          }}
        />
      }
    >
      <Whole loaded={transfers}>
        {(rows) => (
          <Rows
            label={deskWords.transfers.title}
            rows={rows}
            none={deskWords.transfers.none}
            keyOf={({ transfer }) => transfer}
            columns={[
              { head: deskWords.transfers.columns.transfer, cell: (row) => <span class="code">{row.transfer}</span> },
              { head: deskWords.transfers.columns.from, cell: ({ from_place }) => nameOf(known, from_place) },
              { head: deskWords.transfers.columns.to, cell: ({ to_place }) => nameOf(known, to_place) },
              {
                head: deskWords.transfers.columns.state,
                cell: ({ is_open }) => (is_open ? deskWords.transfers.open : deskWords.transfers.closed),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
