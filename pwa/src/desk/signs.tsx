/** Labels for what is no material: places, the commands of a phone, the sheet that sets up a scanner. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SignKind } from "../device/office";
import { useApp } from "../ui/context";
import { Select } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { download } from "./download";
import { siteOptions, wordOptions } from "./lists";
import { PrintForm } from "./print-form";
import { useLoaded } from "./use-list";
import { AS_FILE, WhereToPrint } from "./where-to-print";

const SHEET = "a4-63x38";

/** Choose what, on what, and where; they are counted nowhere, so there is nothing to confirm. */
export function Signs(): JSX.Element {
  const { office } = useApp();
  const text = deskWords.printing;
  const places = useLoaded(() => office.places());
  const stocks = useLoaded(() => office.labelStocks());
  const kind = useSignal<SignKind>("location");
  const chosenSite = useSignal("");
  const stock = useSignal(SHEET);
  const where = useSignal(AS_FILE);
  const sites = siteOptions(places.value ?? []);
  const site = chosenSite.value || (sites[0]?.value ?? "");
  const make = async (): Promise<string | null> => {
    if (where.value !== AS_FILE) return (await office.printSigns(kind.value, site, where.value)).sentence;
    download(await office.signFile(kind.value, site, stock.value), text.signs.fileName(text.signs.kinds[kind.value]));
    return null;
  };
  return (
    <section class="stock-state">
      <h2>{text.signs.title}</h2>
      <PrintForm button={text.signs.make} onPrint={make}>
        <Select
          label={text.signs.what}
          value={kind.value}
          options={wordOptions(text.signs.kinds)}
          onInput={(chosen) => (kind.value = chosen as SignKind)}
        />
        <Select label={text.signs.site} value={site} options={sites} onInput={(chosen) => (chosenSite.value = chosen)} />
        <WhereToPrint
          where={where}
          stock={stock}
          labels={{ where: text.signs.where, stock: text.signs.stock }}
          stocks={stocks.value ?? []}
        />
      </PrintForm>
    </section>
  );
}
