/** Who works here: on phones with a PIN, at the desk with a password. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { words } from "../words/words";
import { Form } from "./form";
import { nameOf, siteOptions, wordOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

/** The page. */
export function People(): JSX.Element {
  const { office } = useApp();
  const people = useLoaded(() => office.people());
  const places = useLoaded(() => office.places());
  return (
    <Page
      title={words.desk.people.title}
      sideTitle={words.desk.people.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "name", label: words.desk.people.name },
            {
              name: "role",
              label: words.desk.people.role,
              initial: "operator",
              options: () => wordOptions(words.desk.people.roles),
            },
            { name: "site", label: words.desk.people.site, options: () => siteOptions(places.value ?? []) },
            { name: "pin", label: words.desk.people.pin, kind: "pin", isOptional: true },
            { name: "login", label: words.desk.people.login, isOptional: true },
            { name: "password", label: words.desk.people.password, kind: "password", isOptional: true },
          ]}
          onSend={async ({ name = "", role = "", site = "", pin, login, password }) => {
            await office.addPerson({
              name,
              role,
              site,
              pin: pin || null,
              login: login || null,
              password: password || null,
            });
            people.again();
            return name;
          }}
        />
      }
    >
      <Whole loaded={people}>
        {(rows) => (
          <Rows
            label={words.desk.people.title}
            rows={rows}
            none={words.desk.people.none}
            keyOf={({ person }) => person}
            columns={[
              {
                head: words.desk.people.columns.name,
                cell: ({ name, is_active }) => (is_active ? name : `${name} (${words.desk.people.inactive})`),
              },
              { head: words.desk.people.columns.role, cell: ({ role }) => words.desk.people.roles[role] ?? role },
              { head: words.desk.people.columns.site, cell: ({ site }) => nameOf(places.value ?? [], site) },
              { head: words.desk.people.columns.pin, cell: ({ has_pin }) => words.desk.people.hasPin(has_pin) },
              { head: words.desk.people.columns.login, cell: ({ login }) => login ?? "–" },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
