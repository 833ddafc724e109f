/** Sites, and the places on them. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
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
      title={words.desk.places.title}
      sideTitle={words.desk.places.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "name", label: words.desk.places.name },
            {
              name: "code",
              label: words.desk.places.code,
              kind: "code",
              codeFrom: "name",
              hint: words.desk.setup.codeHint,
            },
            { name: "type", label: words.desk.places.type, options: () => wordOptions(words.desk.places.types) },
            {
              name: "site",
              label: words.desk.places.site,
              initial: OWN,
              options: () => [{ value: OWN, text: words.desk.places.ownSite }, ...sites],
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
            label={words.desk.places.title}
            rows={rows}
            none={words.desk.places.none}
            keyOf={({ place }) => place}
            columns={[
              { head: words.desk.places.columns.name, cell: ({ name }) => name },
              { head: words.desk.places.columns.place, cell: ({ place }) => <span class="code">{place}</span> },
              { head: words.desk.places.columns.type, cell: ({ type }) => words.desk.places.types[type] ?? type },
              { head: words.desk.places.columns.site, cell: ({ site }) => nameOf(rows, site) },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
