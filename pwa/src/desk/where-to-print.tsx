/** Where labels come out: a printer of the site, or a file on labels that are chosen here. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { LabelStock } from "../device/office";
import { useApp } from "../ui/context";
import { Select } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { stockOptions } from "./lists";
import { useLoaded } from "./use-list";

/** The value of `where` for a file. */
export const AS_FILE = "*";

interface WhereProps {
  where: Signal<string>;
  stock: Signal<string>;
  /** What both choices are called: several such forms stand on one page. */
  labels: { where: string; stock: string };
  stocks: readonly LabelStock[];
}

/** Both choices; the second only where the first leaves it open. */
export function WhereToPrint({ where, stock, labels, stocks }: WhereProps): JSX.Element {
  const { office } = useApp();
  const printers = useLoaded(() => office.printers()).value ?? [];
  return (
    <>
      {printers.length > 0 && (
        <Select
          label={labels.where}
          value={where.value}
          options={[
            { value: AS_FILE, text: deskWords.printing.asFile },
            ...printers.map(({ printer, name }) => ({ value: printer, text: name })),
          ]}
          onInput={(chosen) => (where.value = chosen)}
        />
      )}
      {where.value === AS_FILE && (
        <Select
          label={labels.stock}
          value={stock.value}
          options={stockOptions(stocks)}
          onInput={(chosen) => (stock.value = chosen)}
        />
      )}
    </>
  );
}
