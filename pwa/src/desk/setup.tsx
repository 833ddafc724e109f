/** First run: company, site, you; then straight on to the first item and the first phone. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { EnrolmentCode } from "../device/office";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Masthead } from "../ui/masthead";
import { Button } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { Form, type FormField, type Values } from "./form";
import { addItem, itemFields } from "./items";
import { wordOptions } from "./lists";
import { EnrolmentCard } from "./phones";
import { sentenceOf, useLoaded } from "./use-list";

const STEPS = ["company", "site", "you", "item", "phone"] as const;
type StepName = (typeof STEPS)[number] | "ready";

const companyFields = (): readonly FormField[] => [
  { name: "name", label: deskWords.setup.companyName },
  { name: "code", label: deskWords.setup.companyCode, kind: "code", codeFrom: "name", hint: deskWords.setup.codeHint },
];
const siteFields = (): readonly FormField[] => [
  { name: "name", label: deskWords.setup.siteName },
  { name: "code", label: deskWords.setup.siteCode, kind: "code", codeFrom: "name", hint: deskWords.setup.codeHint },
  { name: "type", label: deskWords.setup.siteType, initial: "warehouse", options: () => wordOptions(words.placeTypes) },
];
const yourFields = (): readonly FormField[] => [
  { name: "name", label: deskWords.setup.name },
  { name: "login", label: deskWords.setup.login, autoComplete: "username" },
  { name: "password", label: deskWords.setup.password, kind: "password", hint: deskWords.setup.passwordHint },
  { name: "pin", label: deskWords.setup.pin, kind: "pin", hint: deskWords.setup.pinHint },
];

/** The wizard behind `/setup#<token>`. */
export function Setup(): JSX.Element {
  const { router } = useApp();
  const at = useSignal<StepName>("company");
  const token = useRef(router.route.value.hash.join("/"));
  const entered = useSignal<{ company: Values; site: Values }>({ company: {}, site: {} });
  const { office } = useApp();
  const installation = useLoaded(() => office.installation());
  const isUsed = installation.value?.needs_setup === false && at.value === "company";
  return (
    <>
      <Masthead title={deskWords.setup.title} />
      <main class="page narrow">
        {token.current === "" || isUsed ? (
          <NoWay line={isUsed ? deskWords.setup.used : deskWords.setup.noToken} />
        ) : (
          <Due at={at} token={token.current} entered={entered} />
        )}
      </main>
    </>
  );
}

function NoWay({ line }: { line: string }): JSX.Element {
  const { router } = useApp();
  return (
    <>
      <h1>{deskWords.setup.title}</h1>
      <p class="lead">{line}</p>
      <Button onPress={() => router.go("/desk")}>{words.start.office}</Button>
    </>
  );
}

interface DueProps {
  at: Signal<StepName>;
  token: string;
  entered: Signal<{ company: Values; site: Values }>;
}

function Due({ at, token, entered }: DueProps): JSX.Element {
  const { office, router } = useApp();
  const finish = async (you: Values): Promise<null> => {
    const { company, site } = entered.value;
    await office.setup({
      token,
      company: { code: company["code"] ?? "", name: company["name"] ?? "" },
      site: { code: site["code"] ?? "", name: site["name"] ?? "", type: site["type"] ?? "" },
      person: {
        name: you["name"] ?? "",
        login: you["login"] ?? "",
        password: you["password"] ?? "",
        pin: you["pin"] ?? "",
      },
    });
    // The link is dead from now on; it need not stay in the address.
    history.replaceState(null, "", "/setup");
    at.value = "item";
    return null;
  };
  switch (at.value) {
    case "company":
      return (
        <Step key="company" at="company" title={deskWords.setup.company} line={deskWords.setup.companyLine}>
          <Form
            button={words.action.next}
            fields={companyFields()}
            onSend={async (company) => {
              entered.value = { ...entered.value, company };
              at.value = "site";
              return null;
            }}
          />
        </Step>
      );
    case "site":
      return (
        <Step key="site" at="site" title={deskWords.setup.site} line={deskWords.setup.siteLine}>
          <Form
            button={words.action.next}
            fields={siteFields()}
            onSend={async (site) => {
              entered.value = { ...entered.value, site };
              at.value = "you";
              return null;
            }}
          />
        </Step>
      );
    case "you":
      return (
        <Step key="you" at="you" title={deskWords.setup.you} line={deskWords.setup.youLine}>
          <Form button={deskWords.setup.finish} fields={yourFields()} onSend={finish} />
        </Step>
      );
    case "item":
      return (
        <Step key="item" at="item" title={deskWords.setup.item} line={deskWords.setup.itemLine}>
          <Form
            button={words.action.add}
            fields={itemFields()}
            onSend={async (values) => {
              await addItem(office, values);
              at.value = "phone";
              return null;
            }}
          />
          <Button onPress={() => (at.value = "phone")}>{words.action.skip}</Button>
        </Step>
      );
    case "phone":
      return (
        <Step key="phone" at="phone" title={deskWords.setup.phone} line={deskWords.setup.phoneLine}>
          <FirstPhone site={entered.value.site["code"] ?? ""} onDone={() => (at.value = "ready")} />
        </Step>
      );
    case "ready":
      return (
        <section class="setup-step">
          <h1>{deskWords.setup.ready}</h1>
          <p class="notice good">
            <Icon name="tick" />
            <span>{deskWords.setup.readyLine}</span>
          </p>
          <Button look="primary" onPress={() => router.replace("/desk")}>
            {deskWords.setup.toDesk}
          </Button>
        </section>
      );
  }
}

interface StepProps {
  at: (typeof STEPS)[number];
  title: string;
  line: string;
  children: JSX.Element | JSX.Element[];
}

function Step({ at, title, line, children }: StepProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <section class="setup-step">
      <p class="small">{deskWords.setup.step(STEPS.indexOf(at) + 1, STEPS.length)}</p>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      <p class="lead">{line}</p>
      {children}
    </section>
  );
}

function FirstPhone({ site, onDone }: { site: string; onDone: () => void }): JSX.Element {
  const { office } = useApp();
  const code = useSignal<EnrolmentCode | null>(null);
  const problem = useSignal<string | null>(null);
  const devices = useLoaded(() => office.devices());
  useEffect(() => {
    office.beginEnrolment(site).then(
      (made) => (code.value = made),
      (error: unknown) => (problem.value = sentenceOf(error)),
    );
  }, [office, site]);
  return (
    <>
      {problem.value !== null && (
        <p class="notice bad" role="alert">
          {problem.value}
        </p>
      )}
      {code.value !== null && (
        <EnrolmentCard code={code.value} devices={devices.value} onLook={devices.again} onJoined={onDone} />
      )}
      <Button onPress={onDone}>{words.action.skip}</Button>
    </>
  );
}
