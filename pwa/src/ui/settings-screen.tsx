/** Language, light and sound: one tap opens it from anywhere, a second one chooses. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { language, LANGUAGES, words, type Language } from "../words/words";
import { useApp } from "./context";
import { useScans } from "./door";
import { Icon, type IconName } from "./icons";
import { useEscape } from "./keys";
import {
  chooseLanguage,
  chooseSound,
  chooseTheme,
  isSettingsOpen,
  LOUDNESSES,
  settings,
  THEMES,
  type Loudness,
  type Theme,
} from "./settings";
import { signalClass } from "./sound";

const THEME_ICONS: Record<Theme, IconName> = { system: "phone", light: "light", dark: "moon", sunlight: "sun" };
const SOUND_ICONS: Record<Loudness, IconName> = { loud: "loud", soft: "soft", off: "silent" };

/** Opens the screen; stands in every head. */
export function SettingsButton(): JSX.Element {
  return (
    <button
      type="button"
      class="head-button settings-button"
      data-testid="settings"
      aria-label={words.settings.open}
      onClick={() => (isSettingsOpen.value = true)}
    >
      <Icon name="languages" />
    </button>
  );
}

/** The screen, in front of whatever was there. */
export function SettingsScreen({ person }: { person: string | null }): JSX.Element | null {
  return isSettingsOpen.value ? <Settings person={person} /> : null;
}

function Settings({ person }: { person: string | null }): JSX.Element {
  const { feedback } = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  const isMissing = useSignal(false);
  const close = (): void => {
    isSettingsOpen.value = false;
  };
  useEscape(close);
  useScans(() => feedback.say({ kind: "refused", line: words.scan.notHere }), { isRaw: true });
  useLayoutEffect(() => heading.current?.focus(), []);
  const choose = async (chosen: Language): Promise<void> => {
    isMissing.value = !(await chooseLanguage(chosen, person));
    if (!isMissing.value) close();
  };
  return (
    <section class="settings" role="dialog" aria-modal="true" aria-labelledby="settings-title">
      <header class="head-line">
        <button type="button" class="head-button" aria-label={words.action.back} onClick={close}>
          <Icon name="back" />
        </button>
        <h2 ref={heading} id="settings-title" tabIndex={-1}>
          {words.settings.title}
        </h2>
      </header>
      <main class="settings-body">
        {isMissing.value && (
          <p class="notice bad" role="alert">
            <Icon name="offline" />
            <span>{words.settings.notHere}</span>
          </p>
        )}
        <Group title={words.settings.language}>
          {(Object.keys(LANGUAGES) as Language[]).map((code) => (
            <Option key={code} isChosen={code === language()} onPress={() => void choose(code)} testId={`language-${code}`}>
              <strong lang={code}>{LANGUAGES[code]}</strong>
            </Option>
          ))}
        </Group>
        <Group title={words.settings.light}>
          {THEMES.map((theme) => (
            <Option
              key={theme}
              icon={THEME_ICONS[theme]}
              isChosen={theme === settings.value.theme}
              onPress={() => chooseTheme(theme)}
              testId={`theme-${theme}`}
            >
              {words.settings.themes[theme]}
            </Option>
          ))}
        </Group>
        <Group title={words.settings.sound} line={words.settings.soundLine}>
          {LOUDNESSES.map((loudness) => (
            <Option
              key={loudness}
              icon={SOUND_ICONS[loudness]}
              isChosen={loudness === settings.value.sound}
              onPress={() => {
                chooseSound(loudness);
                signalClass("saved");
              }}
              testId={`sound-${loudness}`}
            >
              {words.settings.sounds[loudness]}
            </Option>
          ))}
        </Group>
      </main>
    </section>
  );
}

interface GroupProps {
  title: string;
  line?: string;
  children: JSX.Element[];
}

function Group({ title, line, children }: GroupProps): JSX.Element {
  return (
    <fieldset class="settings-group">
      <legend>{title}</legend>
      <div class="settings-options">{children}</div>
      {line !== undefined && <p class="small">{line}</p>}
    </fieldset>
  );
}

interface OptionProps {
  icon?: IconName;
  isChosen: boolean;
  onPress: () => void;
  testId: string;
  children: JSX.Element | string;
}

function Option({ icon, isChosen, onPress, testId, children }: OptionProps): JSX.Element {
  return (
    <button type="button" class="settings-option" aria-pressed={isChosen} data-testid={testId} onClick={onPress}>
      <Icon name={isChosen ? "tick" : (icon ?? "blank")} />
      <span>{children}</span>
    </button>
  );
}
