/** Names to choose one of; who cannot be chosen is told why, below those who can. */
import type { JSX } from "preact";
import type { Person } from "../device/phone";
import { Icon } from "../ui/icons";
import { words } from "../words/words";

/** Draw the names of people who sign in with a PIN. */
export function PeopleList({ people, onPerson }: { people: Person[]; onPerson: (person: Person) => void }): JSX.Element {
  return (
    <ul class="people">
      {[...people.filter(mayTry), ...people.filter((person) => !mayTry(person))].map((person) => (
        <li key={person.person}>
          <button type="button" class="person" disabled={!mayTry(person)} onClick={() => onPerson(person)}>
            <Icon name="person" />
            <span class="choice-text">
              <strong>{person.name}</strong>
              <small>{lineOf(person)}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const mayTry = ({ hasPin, lockedUntilOffice }: Person): boolean => hasPin && !lockedUntilOffice;

function lineOf(person: Person): string {
  if (person.lockedUntilOffice) return words.signIn.lockedShort;
  if (!person.hasPin) return words.signIn.noPin;
  return words.desk.people.roles[person.role] ?? person.role;
}
