/** What lies in front of the operator: how much of what, which batch, whose, in which state. */
import type { ComponentChildren, JSX } from "preact";
import { Icon, isIcon } from "../ui/icons";
import { dayOf } from "../ui/format";
import { HoldTag, QualityTag } from "../ui/quality";
import { words } from "../words/words";
import type { Books } from "./books";
import { amount, whereIs, type Subject } from "./subject";

/** A unit as the phone knows it. */
export function UnitCard({
  subject,
  books,
  children,
}: {
  subject: Subject;
  books: Books;
  children?: ComponentChildren;
}): JSX.Element {
  const { unit, item, material } = subject;
  const kind = unit.kind !== null && isIcon(unit.kind) ? unit.kind : "label";
  return (
    <article class="unit-card" data-testid="unit-card">
      <p class="unit-top">
        <Icon name={kind} />
        <span class="code">{unit.unit}</span>
        {unit.isHeld ? <HoldTag /> : unit.status !== null && <QualityTag status={unit.status} />}
      </p>
      <p class="unit-amount">{amountWords(subject)}</p>
      {item !== undefined && <p class="unit-item">{item.name}</p>}
      {unit.batch !== null && <p class="unit-batch code">{unit.batch}</p>}
      <dl class="unit-facts">
        {(unit.known || unit.place !== null) && (
          <Fact name={words.unit.where} value={whereIs(unit.place, books) + inside(unit.parent)} />
        )}
        {(material?.owner ?? unit.owner) !== null && (
          <Fact name={words.unit.owner} value={unit.owner ?? material?.owner ?? ""} />
        )}
        {unit.expiresOn !== null && <Fact name={words.unit.expiresOn} value={dayOf(unit.expiresOn)} />}
        {unit.supplierLot !== null && <Fact name={words.unit.supplierLot} value={unit.supplierLot} />}
      </dl>
      {children}
    </article>
  );
}

function amountWords({ unit, item, material }: Subject): string {
  if (unit.isEnded) return words.unit.ended;
  if (!unit.known) return words.unit.notKnown;
  if (item === undefined || material === null) return words.unit.contentsUnknown;
  return amount(unit.quantity, item);
}

const inside = (parent: string | null): string => (parent === null ? "" : `, ${words.unit.inside(parent)}`);

function Fact({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
