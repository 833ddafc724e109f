/** Times and ages as people say them; figures use Latin digits everywhere. */
import { words } from "../words/words";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** Say when something was: the time today, with the date otherwise. */
export function when(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock.format(at) : day.format(at);
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
