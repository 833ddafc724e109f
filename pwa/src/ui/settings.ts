/**
 * How this phone speaks, shines and sounds: chosen once, kept on the phone, in force without a network.
 *
 * A language belongs to a person and comes with the sign-in; with nobody signed in it is the phone's, and at first that
 * of its browser. Light and sound belong to the phone: they depend on where it lies.
 */
import { effect, signal, type Signal } from "@preact/signals";
import { isSpoken, language, LANGUAGES, speak, words, type Language, type Spoken } from "../words/words";
import { setLoudness } from "./sound";

export const THEMES = ["system", "light", "dark", "sunlight"] as const;
export type Theme = (typeof THEMES)[number];
export const LOUDNESSES = ["loud", "soft", "off"] as const;
export type Loudness = (typeof LOUDNESSES)[number];

/** What is kept. */
export interface Kept {
  /** The phone's own language. */
  language?: Spoken;
  /** The languages of people, by id. */
  people: Record<string, Spoken>;
  theme: Theme;
  sound: Loudness;
}

/** Where it is kept. */
export const KEPT_AS = "batchspine-settings";

const FIRST: Kept = { people: {}, theme: "system", sound: "loud" };

/** Read what was kept; anything that cannot be used is as if it had never been chosen. */
export function readKept(text: string | null): Kept {
  let found: Partial<Record<keyof Kept, unknown>>;
  try {
    found = Object(JSON.parse(text ?? "{}")) as typeof found;
  } catch {
    return FIRST;
  }
  return {
    ...(isSpoken(found.language) ? { language: found.language } : {}),
    people: Object.fromEntries(Object.entries(Object(found.people) as object).filter(([, chosen]) => isSpoken(chosen))),
    theme: THEMES.find((theme) => theme === found.theme) ?? FIRST.theme,
    sound: LOUDNESSES.find((loudness) => loudness === found.sound) ?? FIRST.sound,
  };
}

/** The language of a person, else of the phone, else the first of the browser's that we speak. */
export function languageFor(kept: Kept, person: string | null, browser: readonly string[]): Spoken {
  return (person === null ? undefined : kept.people[person]) ?? kept.language ?? firstOf(browser);
}

function firstOf(browser: readonly string[]): Language {
  for (const tag of browser) {
    const { language: base, script } = new Intl.Locale(tag).maximize();
    const found = base === "zh" ? `zh-${script}` : base;
    if (found in LANGUAGES) return found as Language;
  }
  return "en";
}

export const settings = signal<Kept>(FIRST);
/** Whether the screen with the choices stands in front. */
export const isSettingsOpen = signal(false);

const BARS = { light: "#f4f1ea", dark: "#151217", sunlight: "#ffffff" } as const;

function put(changed: Partial<Kept>): void {
  settings.value = { ...settings.value, ...changed };
  localStorage.setItem(KEPT_AS, JSON.stringify(settings.value));
}

/** Choose for who is signed in, or for the phone; gives false where the language is not on this phone. */
export async function chooseLanguage(chosen: Language, person: string | null): Promise<boolean> {
  if (!(await speak(chosen))) return false;
  put(person === null ? { language: chosen } : { people: { ...settings.value.people, [person]: chosen } });
  return true;
}

export const chooseTheme = (theme: Theme): void => put({ theme });
export const chooseSound = (sound: Loudness): void => put({ sound });

/** Bring light and sound into force, and keep them in step with other tabs of this phone. */
export function openSettings(): void {
  settings.value = readKept(localStorage.getItem(KEPT_AS));
  window.addEventListener("storage", ({ key }) => {
    if (key === KEPT_AS) settings.value = readKept(localStorage.getItem(KEPT_AS));
  });
  const isDark = signal(false);
  const night = matchMedia("(prefers-color-scheme: dark)");
  isDark.value = night.matches;
  night.addEventListener("change", () => (isDark.value = night.matches));
  effect(() => shine(settings.value.theme === "system" ? (isDark.value ? "dark" : "light") : settings.value.theme));
  effect(() => {
    document.documentElement.dataset["sound"] = settings.value.sound;
    setLoudness(settings.value.sound);
  });
}

function shine(theme: keyof typeof BARS): void {
  document.documentElement.dataset["theme"] = theme;
  for (const bar of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) bar.content = BARS[theme];
}

/** Speak the language of who is signed in, now and whenever that changes; resolves when the first is spoken. */
export function followPerson(person: Signal<string | null>): Promise<unknown> {
  let first: Promise<unknown> = Promise.resolve();
  effect(() => {
    first = speak(languageFor(settings.value, person.value, navigator.languages));
  });
  effect(() => {
    document.documentElement.lang = language();
    document.title = words.product;
  });
  return first;
}
