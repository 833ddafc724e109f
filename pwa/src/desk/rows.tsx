/** A list of the desk: a table on a wide screen, cards on a narrow one. */
import type { ComponentChildren, JSX } from "preact";
import { Icon } from "../ui/icons";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import type { Loaded } from "./use-list";

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  isNumber?: boolean;
}

interface RowsProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  /** Said when there are none. */
  none: string;
}

/** Draw the list. The roles are spelled out because cards would otherwise lose them. */
export function Rows<T>({ label, rows, columns, keyOf, none }: RowsProps<T>): JSX.Element {
  if (rows.length === 0) return <p class="notice">{none}</p>;
  return (
    <table class="rows" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, isNumber }) => (
            <th key={head} role="columnheader" scope="col" class={isNumber === true ? "number-cell" : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ head, cell, isNumber }) => (
              <td key={head} role="cell" data-head={head} class={isNumber === true ? "number-cell" : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Show what was loaded, or say why not. */
export function Whole<T>({
  loaded,
  children,
}: {
  loaded: Loaded<T>;
  children: (value: T) => JSX.Element;
}): JSX.Element {
  const { value, problem, again } = loaded;
  if (problem !== null) {
    return (
      <div class="notice bad" role="alert">
        <Icon name="cross" />
        <p>
          {problem}{" "}
          <button type="button" class="button small" onClick={again}>
            {words.action.retry}
          </button>
        </p>
      </div>
    );
  }
  return value === null ? <p class="lead">{deskWords.loading}</p> : children(value);
}
