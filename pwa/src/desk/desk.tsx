/** The desk: pages for the office, online, with a password. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Masthead } from "../ui/masthead";
import { Spine } from "../ui/spine";
import { words } from "../words/words";
import { Batch } from "./batch";
import { FirstSteps } from "./first-steps";
import { Form } from "./form";
import { Items } from "./items";
import { People } from "./people";
import { Phones } from "./phones";
import { Places } from "./places";
import { Runs } from "./runs";
import { Stock } from "./stock";
import { Transfers } from "./transfers";

const PAGES = {
  start: { path: "/desk", page: FirstSteps },
  stock: { path: "/desk/stock", page: Stock },
  phones: { path: "/desk/phones", page: Phones },
  people: { path: "/desk/people", page: People },
  items: { path: "/desk/items", page: Items },
  places: { path: "/desk/places", page: Places },
  transfers: { path: "/desk/transfers", page: Transfers },
  runs: { path: "/desk/runs", page: Runs },
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
  const name = NAMES.find((page) => PAGES[page].path === path) ?? (batch === undefined ? "start" : "stock");
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    main.current?.querySelector("h1")?.focus();
    document.title = `${words.desk.pages[name]} · ${words.product}`;
  }, [path, name]);
  const Page = PAGES[name].page;
  return (
    <div class="desk">
      <a class="skip" href="#page">
        {words.desk.skip}
      </a>
      <DeskHead name={name} />
      <main ref={main} id="page" class="desk-page">
        {batch === undefined ? <Page /> : <Batch batch={decodeURIComponent(batch)} />}
      </main>
    </div>
  );
}

function DeskHead({ name }: { name: PageName }): JSX.Element {
  const { office, router } = useApp();
  const isOpen = useSignal(false);
  return (
    <header class="desk-head">
      <p class="desk-brand">
        <Spine />
        {words.product}
        {office.person !== null && <small>{office.person.name}</small>}
      </p>
      <button
        type="button"
        class="desk-menu"
        aria-expanded={isOpen.value}
        aria-controls="pages"
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon name={isOpen.value ? "cross" : "scans"} />
        {words.desk.menu}
      </button>
      <nav id="pages" class={isOpen.value ? "desk-nav open" : "desk-nav"} aria-label={words.desk.menu}>
        {NAMES.map((page) => (
          <Link
            key={page}
            address={PAGES[page].path}
            isHere={page === name}
            onGo={() => {
              isOpen.value = false;
            }}
          >
            {words.desk.pages[page]}
          </Link>
        ))}
        <Link address="/" isHere={false}>
          {words.desk.floor}
        </Link>
        <button type="button" class="desk-link" onClick={() => office.signOut()}>
          {words.action.signOut}
        </button>
      </nav>
      <p class="visually-hidden" aria-live="polite">
        {router.route.value.path.startsWith("/desk/batch/") ? "" : words.desk.pages[name]}
      </p>
    </header>
  );
}

interface LinkProps {
  address: string;
  isHere: boolean;
  onGo?: () => void;
  children: string;
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
        <h1>{words.desk.signIn.title}</h1>
        <Form
          button={words.desk.signIn.button}
          fields={[
            { name: "login", label: words.desk.signIn.login, autoComplete: "username" },
            {
              name: "password",
              label: words.desk.signIn.password,
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
