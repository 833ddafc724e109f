/** A phone that is nobody's yet, and the way it becomes one of ours: checks first, then code and name. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem, type Check } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button, Field } from "../ui/parts";
import { Masthead } from "../ui/masthead";
import { problemSentence } from "../ui/reasons";
import { words } from "../words/words";

/** Nothing here yet: how to begin. */
export function Start(): JSX.Element {
  const { router } = useApp();
  return (
    <>
      <Masthead />
      <main class="page">
        <section class="step">
          <h1 class="instruction">{words.start.title}</h1>
          <p class="lead">{words.start.lead}</p>
          <div class="foot">
            <Button look="primary" icon="phone" onPress={() => router.go("/enrol")}>
              {words.start.enrol}
            </Button>
            <Button icon="person" onPress={() => router.go("/desk")}>
              {words.start.office}
            </Button>
          </div>
        </section>
      </main>
    </>
  );
}

/** The storage of this phone is gone: say so plainly before it is used again. */
export function StorageLost(): JSX.Element {
  const { phone, router } = useApp();
  const rescued = phone.rescued.value;
  const isStillOurs = phone.enrolled.value !== null;
  return (
    <>
      <Masthead />
      <main class="page">
        <section class="step">
          <div class="result refused" role="alert">
            <Icon name="cross" />
            <div>
              <h1>{words.lost.title}</h1>
              <p>{isStillOurs ? words.lost.lineOfSome : words.lost.line}</p>
            </div>
          </div>
          {rescued !== null && (
            <p class="lead" role="status" data-testid="rescued">
              {rescued.sent < rescued.found
                ? words.lost.sending(rescued.found, rescued.sent)
                : words.lost.sent(rescued.found)}
            </p>
          )}
          <p class="lead">{words.lost.cure}</p>
          <div class="foot">
            <Button
              look="primary"
              icon={isStillOurs ? "forward" : "phone"}
              onPress={() => {
                phone.storageLost.value = false;
                if (!isStillOurs) router.go("/enrol");
              }}
            >
              {isStillOurs ? words.start.goOn : words.lost.button}
            </Button>
          </div>
        </section>
      </main>
    </>
  );
}

/** Enrol this phone. */
export function Enrol(): JSX.Element {
  const { phone } = useApp();
  return (
    <>
      <Masthead />
      <main class="page">{phone.enrolled.value === null ? <EnrolForm /> : <Enrolled />}</main>
    </>
  );
}

function Enrolled(): JSX.Element {
  const { phone, router } = useApp();
  const identity = phone.enrolled.value;
  return (
    <section class="step">
      <div class="result saved" role="status">
        <Icon name="tick" />
        <div>
          <h1>{words.enrol.done}</h1>
          <p>{identity !== null && words.enrol.doneLine(identity.name, identity.site)}</p>
        </div>
      </div>
      <p class="lead">{words.enrol.install}</p>
      <div class="foot">
        <Button look="primary" icon="forward" isDefault onPress={() => router.replace("/")}>
          {words.start.goOn}
        </Button>
      </div>
    </section>
  );
}

function EnrolForm(): JSX.Element {
  const { phone, router } = useApp();
  const checks = useSignal<Check[] | null>(null);
  // Who came by the office's link has brought the code and need not see it.
  const invitation = router.route.value.hash[0] ?? "";
  const isInvited = invitation !== "";
  const code = useSignal(invitation);
  const name = useSignal("");
  const problem = useSignal<{ field: string | null; line: string } | null>(null);
  const isWorking = useSignal(false);
  const look = (): void => {
    checks.value = null;
    void phone.checks().then((found) => (checks.value = found));
  };
  useEffect(look, [phone]);
  const isBlocked = checks.value === null || checks.value.some(({ ok, blocking }) => blocking && !ok);
  const enrol = async (): Promise<void> => {
    if (isBlocked || isWorking.value) return;
    if (code.value.trim() === "") return void (problem.value = { field: "code", line: words.enrol.codeMissing });
    if (name.value.trim() === "") return void (problem.value = { field: "name", line: words.enrol.nameMissing });
    isWorking.value = true;
    problem.value = null;
    try {
      await phone.enrol(code.value.trim(), name.value.trim());
    } catch (error) {
      if (!(error instanceof Problem)) reportError(error);
      problem.value = problemOf(error);
    }
    isWorking.value = false;
  };
  const errorOf = (field: string): string | null => (problem.value?.field === field ? problem.value.line : null);
  if (isBlocked) {
    return (
      <section class="step">
        <h1 class="instruction">{words.enrol.title}</h1>
        <Checks checks={checks.value} isBlocked onAgain={look} />
      </section>
    );
  }
  return (
    <form
      class="step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void enrol();
      }}
    >
      <h1 class="instruction">{words.enrol.title}</h1>
      {!isInvited && (
        <Field
          label={words.start.code}
          name="code"
          value={code.value}
          error={errorOf("code")}
          isCode
          maxLength={100}
          onInput={(value) => (code.value = value)}
        />
      )}
      <Field
        label={words.enrol.name}
        name="name"
        value={name.value}
        hint={words.enrol.nameHint}
        error={errorOf("name")}
        maxLength={60}
        autoCapitalize="words"
        onInput={(value) => (name.value = value)}
      />
      {problem.value !== null && (problem.value.field === null || (isInvited && problem.value.field === "code")) && (
        <p class="notice bad" role="alert">
          <Icon name="cross" />
          <span>{problem.value.line}</span>
        </p>
      )}
      <Checks checks={checks.value} isBlocked={false} onAgain={look} />
      <div class="foot">
        <Button look="primary" icon="tick" isSubmit isDisabled={isWorking.value}>
          {isWorking.value ? words.enrol.working : words.enrol.button}
        </Button>
      </div>
    </form>
  );
}

function problemOf(error: unknown): { field: string | null; line: string } {
  if (!(error instanceof Problem)) return { field: null, line: words.enrol.failed };
  return { field: error.field, line: problemSentence(error) };
}

function Checks({
  checks,
  isBlocked,
  onAgain,
}: {
  checks: Check[] | null;
  isBlocked: boolean;
  onAgain: () => void;
}): JSX.Element {
  if (checks === null) {
    return (
      <p class="lead" role="status">
        {words.enrol.checking}
      </p>
    );
  }
  return (
    <section class="checks-part" aria-label={words.enrol.checks}>
      {isBlocked && (
        <p class="notice bad" role="alert">
          <Icon name="cross" />
          <span>{words.enrol.blocked}</span>
        </p>
      )}
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.name} class={check.ok ? "good" : check.blocking ? "bad" : "weak"}>
            <Icon name={check.ok ? "tick" : check.blocking ? "cross" : "bang"} />
            <p>
              <strong>{words.enrol.checkNames[check.name]}</strong>
              <span>{check.ok ? words.enrol.good : check.blocking ? words.enrol.missing : words.enrol.weak}</span>
              {!check.ok && <small>{words.enrol.cures[check.name]}</small>}
            </p>
          </li>
        ))}
      </ul>
      {isBlocked && <Button onPress={onAgain}>{words.enrol.again}</Button>}
    </section>
  );
}
