/** Sites, and the places on them. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Form } from "./form";
import { nameOf, siteOptions, wordOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

/** A new site names itself. */
const OWN = "*";

/** The page. */
export function Places(): JSX.Element {
  const { office } = useApp();
  const places = useLoaded(() => office.places());
  const sites = siteOptions(places.value ?? []);
  return (
    <Page
      title={deskWords.places.title}
      sideTitle={deskWords.places.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "name", label: deskWords.places.name },
            {
              name: "code",
              label: deskWords.places.code,
              kind: "code",
              codeFrom: "name",
              hint: deskWords.setup.codeHint,
            },
            { name: "type", label: deskWords.places.type, options: () => wordOptions(words.placeTypes) },
            {
              name: "site",
              label: deskWords.places.site,
              initial: OWN,
              options: () => [{ value: OWN, text: deskWords.places.ownSite }, ...sites],
            },
          ]}
          onSend={async ({ name = "", code = "", type = "", site = "" }) => {
            await office.addPlace({ code, name, type, site: site === OWN ? code : site });
            places.again();
            return name;
          }}
        />
      }
    >
      <Whole loaded={places}>
        {(rows) => (
          <Rows
            label={deskWords.places.title}
            rows={rows}
            none={deskWords.places.none}
            keyOf={({ place }) => place}
            columns={[
              { head: deskWords.places.columns.name, cell: ({ name }) => name },
              { head: deskWords.places.columns.place, cell: ({ place }) => <span class="code">{place}</span> },
              { head: deskWords.places.columns.type, cell: ({ type }) => words.placeTypes[type] ?? type },
              { head: deskWords.places.columns.site, cell: ({ site }) => nameOf(rows, site) },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
