/** What became of every label of a batch, and whether it adds up: issued = used + spoiled + returned. */
import type { JSX } from "preact";
import type { LabelLedger } from "../device/office";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { deskWords } from "../words/desk-en";
import { useDesk } from "./desk-gate";
import { Rows, Whole } from "./rows";
import { useLoaded } from "./use-list";

type Label = LabelLedger["labels"][number];

/** The ledger; at a desk each label can be said to be spoiled or returned. */
export function LabelsOfBatch({ batch }: { batch: string }): JSX.Element {
  const { office, desk } = useApp();
  const isDesk = useDesk();
  const device = desk.device.value;
  const text = deskWords.printing;
  const key = `${batch} ${device?.unsent.value ?? 0} ${device?.dataAt.value ?? 0}`;
  const ledger = useLoaded(() => office.labelLedger(batch), key);
  return (
    <section class="stock-state">
      <h2>
        <Icon name="label" />
        {text.ledger}
      </h2>
      <Whole loaded={ledger}>
        {({ sums, labels }) => (
          <>
            {sums.map((sum) => (
              <p key={sum.item} data-testid="label-sum" data-open={sum.open}>
                <span class="code">{sum.item}</span> {text.sum(sum)}
              </p>
            ))}
            <Rows
              label={text.ledger}
              rows={labels}
              none={text.noLedger}
              keyOf={({ unit, item, copy }) => `${unit ?? item} ${copy}`}
              columns={[
                { head: text.columns.what, cell: ({ unit, item }) => <span class="code">{unit ?? item}</span> },
                { head: text.copy, isNumber: true, cell: ({ copy }) => copy },
                { head: text.columns.who, cell: ({ person, device: on }) => [person, on].filter(Boolean).join(", ") || "–" },
                { head: text.columns.when, cell: ({ at }) => when(at, Date.now()) },
                { head: text.columns.why, cell: ({ reason }) => reason || "–" },
                { head: text.fate, cell: ({ fate }) => <strong>{text.fates[fate]}</strong> },
                {
                  head: text.columns.act,
                  cell: (label) => (isDesk === true ? <TakeOut label={label} /> : "–"),
                },
              ]}
            />
          </>
        )}
      </Whole>
    </section>
  );
}

/** Say at this desk that a label is out of use: a fact like any scan. */
function TakeOut({ label }: { label: Label }): JSX.Element | string {
  const { desk } = useApp();
  const text = deskWords.printing;
  const { unit, copy, fate } = label;
  if (unit === null || (fate !== "open" && fate !== "used")) return "–";
  const record = (became: "spoiled" | "returned"): void => {
    void desk.device.value?.record([{ body: { type: "label_voided", unit, copy, fate: became } }]);
  };
  const named = text.label(unit, copy);
  return (
    <>
      <button type="button" class="button small" aria-label={text.spoilTitle(named)} onClick={() => record("spoiled")}>
        {text.spoil}
      </button>
      <button type="button" class="button small" aria-label={text.bringBackTitle(named)} onClick={() => record("returned")}>
        {text.bringBack}
      </button>
    </>
  );
}
