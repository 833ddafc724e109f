/** Labels for what is no material: places, the commands of a phone, the sheet that sets up a scanner. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SignKind } from "../device/office";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Select } from "../ui/parts";
import { words } from "../words/words";
import { download } from "./download";
import { siteOptions, wordOptions } from "./lists";
import { OutcomeLine, type Outcome } from "./outcome";
import { sentenceOf, useLoaded } from "./use-list";
import { AS_FILE, WhereToPrint } from "./where-to-print";

const SHEET = "a4-63x38";

/** Choose what, on what, and where; they are counted nowhere, so there is nothing to confirm. */
export function Signs(): JSX.Element {
  const { office } = useApp();
  const text = words.desk.printing;
  const places = useLoaded(() => office.places());
  const stocks = useLoaded(() => office.labelStocks());
  const kind = useSignal<SignKind>("location");
  const chosenSite = useSignal("");
  const stock = useSignal(SHEET);
  const where = useSignal(AS_FILE);
  const outcome = useSignal<Outcome>({ is: "none" });
  const sites = siteOptions(places.value ?? []);
  const site = chosenSite.value || (sites[0]?.value ?? "");
  const make = async (): Promise<void> => {
    outcome.value = { is: "working" };
    try {
      if (where.value === AS_FILE) {
        download(await office.signFile(kind.value, site, stock.value), text.signs.fileName(text.signs.kinds[kind.value]));
        outcome.value = { is: "none" };
      } else {
        outcome.value = { is: "done", line: (await office.printSigns(kind.value, site, where.value)).sentence };
      }
    } catch (error) {
      outcome.value = { is: "refused", line: sentenceOf(error) };
    }
  };
  const { value } = outcome;
  return (
    <section class="stock-state">
      <h2>{text.signs.title}</h2>
      <form
        class="print-labels"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
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
        <button type="submit" class="button small" disabled={value.is === "working"}>
          <Icon name="label" />
          <span>{value.is === "working" ? words.labels.working : text.signs.make}</span>
        </button>
        <OutcomeLine outcome={value} />
      </form>
    </section>
  );
}
