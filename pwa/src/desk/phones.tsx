/** The phones of the installation, and how one more joins: a code to photograph, good once. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { EnrolmentCode, OfficeDevice } from "../device/office";
import { useApp } from "../ui/context";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { Form } from "./form";
import { HandIn } from "./hand-in";
import { nameOf, siteOptions } from "./lists";
import { Page } from "./page";
import { Rows, Whole } from "./rows";
import { StandingOf, SwitchOff } from "./switch-off";
import { useLoaded } from "./use-list";

/** The page. */
export function Phones(): JSX.Element {
  const { office, desk } = useApp();
  const device = desk.device.value;
  const devices = useLoaded(() => office.devices(), `${device?.unsent.value ?? 0} ${device?.dataAt.value ?? 0}`);
  const places = useLoaded(() => office.places());
  const code = useSignal<EnrolmentCode | null>(null);
  const chosen = useSignal<OfficeDevice | null>(null);
  const known = places.value ?? [];
  return (
    <Page
      title={deskWords.phones.title}
      sideTitle={deskWords.phones.add}
      side={
        <>
          <Form
            button={deskWords.phones.make}
            fields={[{ name: "site", label: deskWords.phones.site, options: () => siteOptions(known) }]}
            onSend={async ({ site = "" }) => {
              code.value = await office.beginEnrolment(site);
              return null;
            }}
          />
          {code.value !== null && (
            <EnrolmentCard key={code.value.code} code={code.value} devices={devices.value} onLook={devices.again} />
          )}
          <HandIn onDone={devices.again} />
        </>
      }
    >
      {chosen.value !== null && (
        <SwitchOff key={chosen.value.device} device={chosen.value} onClose={() => (chosen.value = null)} />
      )}
      <Whole loaded={devices}>
        {(rows) => (
          <Rows
            label={deskWords.phones.title}
            rows={rows}
            none={deskWords.phones.none}
            keyOf={({ device }) => device}
            columns={[
              { head: deskWords.phones.columns.name, cell: ({ name }) => name },
              { head: deskWords.phones.columns.code, cell: (row) => <span class="code">{row.device_code}</span> },
              { head: deskWords.phones.columns.site, cell: ({ site }) => nameOf(known, site) },
              {
                head: deskWords.phones.columns.seen,
                cell: ({ last_seen }) => (last_seen === null ? deskWords.phones.never : when(last_seen, Date.now())),
              },
              { head: deskWords.phones.columns.state, cell: (row) => <StandingOf device={row} /> },
              {
                head: deskWords.phones.columns.act,
                cell: (row) =>
                  row.standing !== "active" || row.device === device?.enrolled.value?.device ? null : (
                    <button
                      type="button"
                      class="button small"
                      aria-label={deskWords.phones.offTitle(row.name)}
                      onClick={() => (chosen.value = row)}
                    >
                      {deskWords.phones.off}
                    </button>
                  ),
              },
            ]}
          />
        )}
      </Whole>
    </Page>
  );
}

const LOOK_EVERY_MS = 3_000;

interface CardProps {
  code: EnrolmentCode;
  devices: OfficeDevice[] | null;
  /** Ask the server whether the phone has joined. */
  onLook: () => void;
  onJoined?: () => void;
}

/** The code to photograph; it says by itself when a phone has joined. */
export function EnrolmentCard({ code, devices, onLook, onJoined }: CardProps): JSX.Element {
  const before = useSignal<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (before.value === null && devices !== null) before.value = new Set(devices.map(({ device }) => device));
  }, [devices, before]);
  const known = before.value;
  const joined = known === null ? undefined : devices?.find(({ device }) => !known.has(device));
  useEffect(() => {
    if (joined !== undefined) {
      onJoined?.();
      return undefined;
    }
    const timer = setInterval(onLook, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [joined === undefined]);
  return (
    <div class="enrolment" aria-live="polite">
      {joined === undefined ? (
        <Invitation code={code} />
      ) : (
        <p class="notice good">
          <Icon name="tick" />
          <strong>{deskWords.phones.joined(joined.name)}</strong>
        </p>
      )}
    </div>
  );
}

function Invitation({ code }: { code: EnrolmentCode }): JSX.Element {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code.link);
    isCopied.value = true;
  };
  return (
    <>
      <p>{deskWords.phones.line}</p>
      <img
        class="qr"
        src={`data:image/svg+xml,${encodeURIComponent(code.qr_svg)}`}
        alt={deskWords.phones.qrAlt}
        width="260"
        height="260"
      />
      <p>
        {deskWords.phones.code} <strong class="code">{code.code}</strong>
      </p>
      <p class="small">{deskWords.phones.expires(when(code.expires_at, Date.now()))}</p>
      <Button icon={isCopied.value ? "tick" : "label"} onPress={() => void copy()}>
        {isCopied.value ? deskWords.phones.copied : deskWords.phones.copy}
      </Button>
    </>
  );
}
