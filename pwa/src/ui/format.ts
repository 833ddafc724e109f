/** Times and ages as people say them; figures use Latin digits everywhere. */
import { language, words } from "../words/words";

const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

/** How moments are written: in the order of the language, on a clock of 24 hours, in figures from 0 to 9. */
function formatsOf(language: string) {
  const locale = new Intl.Locale(language === "en" ? "en-GB" : language, { numberingSystem: "latn" });
  return {
    clock: new Intl.DateTimeFormat(locale, HOUR),
    day: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...HOUR }),
    date: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" }),
  };
}

const made = new Map<string, ReturnType<typeof formatsOf>>();

function formats(): ReturnType<typeof formatsOf> {
  const at = language();
  const found = made.get(at) ?? formatsOf(at);
  made.set(at, found);
  return found;
}

/** Say a date as people do ("30 Nov 2026"); what is no date is shown as it is. */
export function dayOf(text: string): string {
  const [, year, month, day_] = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) ?? [];
  return year === undefined ? text : formats().date.format(new Date(Number(year), Number(month) - 1, Number(day_)));
}

/** Say when something was: the time today, with the date otherwise. */
export function when(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? formats().clock.format(at) : formats().day.format(at);
}

/** Say how old something is, in one unit. */
export function age(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 20) return words.age.fresh;
  if (seconds < 90) return words.age.seconds(seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return words.age.minutes(minutes);
  const hours = Math.round(minutes / 60);
  return hours < 48 ? words.age.hours(hours) : words.age.days(Math.round(hours / 24));
}
