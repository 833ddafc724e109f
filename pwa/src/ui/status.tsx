/** The head of every floor screen: where we are, who we are, and whether scans are leaving the phone. */
import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { words } from "../words/words";
import { useApp } from "./context";
import { age } from "./format";
import { Icon } from "./icons";
import { SettingsButton } from "./settings-screen";
import { goBack } from "./keys";
import { Spine } from "./spine";

/** The wall clock for ages on screens, ticking every few seconds. */
export const now = signal(Date.now());

const TICK_MS = 5_000;

/** Let ages on screens grow. */
export function startTicking(): void {
  setInterval(() => {
    now.value = Date.now();
  }, TICK_MS);
}

interface HeadProps {
  title: string;
  /** Shows Back, which does what Esc does. */
  hasBack?: boolean;
}

/** Title, company and site, person; beneath it the state of the phone. */
export function Head({ title, hasBack }: HeadProps): JSX.Element {
  const { phone, router } = useApp();
  const identity = phone.enrolled.value;
  const person = phone.person.value;
  const siteName = useSiteName();
  return (
    <header class="head">
      <div class="head-line">
        {hasBack !== true ? (
          <Spine />
        ) : (
          <button type="button" class="head-button" aria-label={words.action.back} onClick={goBack}>
            <Icon name="back" />
          </button>
        )}
        <div class="head-text">
          <div class="head-title">
            <h1>{title}</h1>
            {identity?.isDemo === true && <strong class="demo">{words.demo}</strong>}
          </div>
          {identity !== null && (
            <p>
              {identity.company} · {siteName}
            </p>
          )}
        </div>
        {hasBack !== true && <SettingsButton />}
        {person !== null && (
          <button
            type="button"
            class="head-person"
            onClick={() => {
              phone.signOut();
              router.replace("/");
            }}
          >
            <Icon name="person" />
            <span>{initials(person.name)}</span>
            <span class="visually-hidden">{`${person.name}, ${words.signIn.switchTo}`}</span>
          </button>
        )}
      </div>
      <StatusStrip />
    </header>
  );
}

/** The site by its name, once the phone has heard it. */
function useSiteName(): string {
  const { phone } = useApp();
  const code = phone.enrolled.value?.site ?? "";
  const name = useSignal(code);
  useEffect(() => {
    void phone.places().then((places) => {
      name.value = places.find(({ place }) => place === code)?.name ?? code;
    });
  }, [phone, code, name, phone.dataAt.value === null]);
  return name.value;
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return parts
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join("");
}

/** Connection, unsent scans and age of the data: always there, opens My scans. */
export function StatusStrip(): JSX.Element | null {
  const { phone, router } = useApp();
  useEffect(() => {
    now.value = Date.now();
  }, [phone.dataAt.value]);
  if (phone.enrolled.value === null) return null;
  const { state } = phone.connection.value;
  const unsent = phone.unsent.value;
  const dataAt = phone.dataAt.value;
  return (
    <a
      class={`strip ${state}`}
      href="/#scans"
      onClick={(event) => {
        event.preventDefault();
        if (phone.person.value !== null) router.go("/#scans");
      }}
    >
      <span class="strip-part">
        <Icon name={state} />
        {words.status[state]}
      </span>
      <span class={unsent === 0 ? "strip-part" : "strip-part strong"} data-testid="unsent" data-count={unsent}>
        <Icon name={unsent === 0 ? "tick" : "up"} />
        {words.status.unsent(unsent)}
      </span>
      <span class="strip-part">
        <Icon name="clock" />
        {dataAt === null ? words.status.noData : words.status.data(age(dataAt, now.value))}
      </span>
    </a>
  );
}
