/** The desk: pages for the office, online, with a password. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Masthead } from "../ui/masthead";
import { SettingsButton } from "../ui/settings-screen";
import { Spine } from "../ui/spine";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Batch } from "./batch";
import { useDesk } from "./desk-gate";
import { OneException } from "./exception";
import { Exceptions } from "./exceptions";
import { FirstSteps } from "./first-steps";
import { Form } from "./form";
import { Items } from "./items";
import { People } from "./people";
import { Phones } from "./phones";
import { Places } from "./places";
import { Printing } from "./printing";
import { Runs } from "./runs";
import { Stock } from "./stock";
import { SupplierCodes } from "./supplier-codes";
import { ThisDesk } from "./this-desk";
import { Tolerances } from "./tolerances";
import { Transfers } from "./transfers";
import { useLoaded } from "./use-list";

const PAGES = {
  start: { path: "/desk", page: FirstSteps },
  exceptions: { path: "/desk/exceptions", page: Exceptions },
  stock: { path: "/desk/stock", page: Stock },
  printing: { path: "/desk/printing", page: Printing },
  phones: { path: "/desk/phones", page: Phones },
  people: { path: "/desk/people", page: People },
  items: { path: "/desk/items", page: Items },
  supplierCodes: { path: "/desk/supplier-codes", page: SupplierCodes },
  places: { path: "/desk/places", page: Places },
  transfers: { path: "/desk/transfers", page: Transfers },
  runs: { path: "/desk/runs", page: Runs },
  tolerances: { path: "/desk/tolerances", page: Tolerances },
  outbox: { path: "/desk/outbox", page: ThisDesk },
} as const;

type PageName = keyof typeof PAGES;
const NAMES = Object.keys(PAGES) as PageName[];

/** The whole desk. */
export function Desk(): JSX.Element {
  const { office } = useApp();
  // Reading the session here redraws the desk when it ends.
  void office.changes.value;
  return office.isSignedIn ? <SignedIn /> : <SignIn />;
}

function SignedIn(): JSX.Element {
  const { router } = useApp();
  const { path } = router.route.value;
  const batch = /^\/desk\/batch\/([^/]+)$/.exec(path)?.[1];
  const exception = /^\/desk\/exceptions\/([0-9a-f]{32})$/.exec(path)?.[1];
  const above = exception !== undefined ? "exceptions" : batch !== undefined ? "stock" : "start";
  const name = NAMES.find((page) => PAGES[page].path === path) ?? above;
  const main = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    main.current?.querySelector("h1")?.focus();
    document.title = `${deskWords.pages[name]} · ${words.product}`;
  }, [path, name]);
  const Page = PAGES[name].page;
  return (
    <div class="desk">
      <a class="skip" href="#page">
        {deskWords.skip}
      </a>
      <DeskHead name={name} />
      <main ref={main} id="page" class="desk-page">
        {batch !== undefined && <Batch batch={decodeURIComponent(batch)} />}
        {exception !== undefined && <OneException key={exception} id={exception} />}
        {batch === undefined && exception === undefined && <Page />}
      </main>
    </div>
  );
}

function DeskHead({ name }: { name: PageName }): JSX.Element {
  const { office, desk, router } = useApp();
  const isOpen = useSignal(false);
  const count = useOpenCount();
  const leave = async (): Promise<void> => {
    await desk.open(null);
    office.signOut();
  };
  return (
    <header class="desk-head">
      <p class="desk-brand">
        <Spine />
        {words.product}
        {office.person !== null && <small>{office.person.name}</small>}
      </p>
      <DeskStrip />
      <SettingsButton />
      <button
        type="button"
        class="desk-menu"
        aria-expanded={isOpen.value}
        aria-controls="pages"
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon name={isOpen.value ? "cross" : "scans"} />
        {deskWords.menu}
        <OpenCount count={count} />
      </button>
      <nav id="pages" class={isOpen.value ? "desk-nav open" : "desk-nav"} aria-label={deskWords.menu}>
        {NAMES.map((page) => (
          <Link
            key={page}
            address={PAGES[page].path}
            isHere={page === name}
            onGo={() => {
              isOpen.value = false;
            }}
          >
            {deskWords.pages[page]}
            {page === "exceptions" && <OpenCount count={count} testId="open-count" />}
          </Link>
        ))}
        <Link address="/" isHere={false}>
          {deskWords.floor}
        </Link>
        <button type="button" class="desk-link" onClick={() => void leave()}>
          {words.action.signOut}
        </button>
      </nav>
      <p class="visually-hidden" aria-live="polite">
        {router.route.value.path.startsWith("/desk/batch/") ? "" : deskWords.pages[name]}
      </p>
    </header>
  );
}

function OpenCount({ count, testId }: { count: number | null; testId?: string }): JSX.Element | null {
  if (count === null) return null;
  return (
    <strong class={count === 0 ? "badge" : "badge open"} data-testid={testId} data-count={count}>
      <span aria-hidden="true">{count}</span>
      <span class="visually-hidden">{deskWords.exceptions.count(count)}</span>
    </strong>
  );
}

const COUNT_EVERY_MS = 15_000;

/** How many exceptions wait for a decision; null until that is known. */
function useOpenCount(): number | null {
  const { office, desk } = useApp();
  useDesk();
  const turn = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => (turn.value += 1), COUNT_EVERY_MS);
    return () => clearInterval(timer);
  }, [turn]);
  const device = desk.device.value;
  const key = `${turn.value} ${device?.unsent.value ?? 0} ${device?.dataAt.value ?? 0}`;
  return useLoaded(() => office.exceptionCounts(), key).value?.open ?? null;
}

/** What of this desk is not sent yet: always in sight, once it is one. */
function DeskStrip(): JSX.Element | null {
  const { desk, router } = useApp();
  const device = desk.device.value;
  if (device === null || device.enrolled.value === null) return null;
  const unsent = device.unsent.value;
  return (
    <a
      class="desk-strip"
      href="/desk/outbox"
      onClick={(event) => {
        event.preventDefault();
        router.go("/desk/outbox");
      }}
    >
      <Icon name={unsent === 0 ? "tick" : "up"} />
      <span data-testid="unsent" data-count={unsent}>
        {device.enrolled.value.name}: {words.status.unsent(unsent)}
      </span>
    </a>
  );
}

interface LinkProps {
  address: string;
  isHere: boolean;
  onGo?: () => void;
  children: ComponentChildren;
}

function Link({ address, isHere, onGo, children }: LinkProps): JSX.Element {
  const { router } = useApp();
  return (
    <a
      class="desk-link"
      href={address}
      aria-current={isHere ? "page" : undefined}
      onClick={(event) => {
        event.preventDefault();
        onGo?.();
        router.go(address);
      }}
    >
      {children}
    </a>
  );
}

function SignIn(): JSX.Element {
  const { office } = useApp();
  return (
    <>
      <Masthead />
      <main class="page narrow">
        <h1>{deskWords.signIn.title}</h1>
        <Form
          button={deskWords.signIn.button}
          fields={[
            { name: "login", label: deskWords.signIn.login, autoComplete: "username" },
            {
              name: "password",
              label: deskWords.signIn.password,
              kind: "password",
              autoComplete: "current-password",
            },
          ]}
          onSend={async ({ login = "", password = "" }) => {
            await office.signIn(login, password);
            return null;
          }}
        />
      </main>
    </>
  );
}
