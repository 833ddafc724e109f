/** Names to choose one of, by a tap or a badge; who cannot be chosen is told why, below those who can. */
import type { JSX } from "preact";
import type { Person } from "../device/phone";
import { hindrance, useBadges } from "../ui/badge";
import { Icon } from "../ui/icons";
import { words } from "../words/words";

interface PeopleListProps<P extends Person> {
  people: P[];
  onPerson: (person: P) => void;
  /** What to say of a person beside the role. */
  note?: (person: P) => string | null;
}

/** Draw the names of people who sign in with a PIN. */
export function PeopleList<P extends Person>({ people, onPerson, note }: PeopleListProps<P>): JSX.Element {
  useBadges(people, ({ person: named }) => {
    const chosen = people.find(({ person }) => person === named);
    if (chosen !== undefined) onPerson(chosen);
  });
  return (
    <ul class="people">
      {[...people.filter(mayTry), ...people.filter((person) => !mayTry(person))].map((person) => (
        <li key={person.person}>
          <button type="button" class="person" disabled={!mayTry(person)} onClick={() => onPerson(person)}>
            <Icon name="person" />
            <span class="choice-text">
              <strong>{person.name}</strong>
              <small>{[lineOf(person), note?.(person) ?? null].filter((part) => part !== null).join(", ")}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const mayTry = (person: Person): boolean => hindrance(person) === null;

function lineOf(person: Person): string {
  return hindrance(person) ?? words.roles[person.role] ?? person.role;
}
