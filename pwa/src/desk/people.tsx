/** Who works here: on phones with a PIN, at the desk with a password. */
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { deskWords } from "../words/desk-en";
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
      title={deskWords.people.title}
      sideTitle={deskWords.people.add}
      side={
        <Form
          button={words.action.add}
          fields={[
            { name: "name", label: deskWords.people.name },
            {
              name: "role",
              label: deskWords.people.role,
              initial: "operator",
              options: () => wordOptions(words.roles),
            },
            { name: "site", label: deskWords.people.site, options: () => siteOptions(places.value ?? []) },
            { name: "pin", label: deskWords.people.pin, kind: "pin", isOptional: true },
            { name: "login", label: deskWords.people.login, isOptional: true },
            { name: "password", label: deskWords.people.password, kind: "password", isOptional: true },
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
            label={deskWords.people.title}
            rows={rows}
            none={deskWords.people.none}
            keyOf={({ person }) => person}
            columns={[
              {
                head: deskWords.people.columns.name,
                cell: ({ name, is_active }) => (is_active ? name : `${name} (${deskWords.people.inactive})`),
              },
              { head: deskWords.people.columns.role, cell: ({ role }) => words.roles[role] ?? role },
              { head: deskWords.people.columns.site, cell: ({ site }) => nameOf(places.value ?? [], site) },
              { head: deskWords.people.columns.pin, cell: ({ has_pin }) => deskWords.people.hasPin(has_pin) },
              { head: deskWords.people.columns.login, cell: ({ login }) => login ?? "–" },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}
