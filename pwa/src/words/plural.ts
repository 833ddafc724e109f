/** Counts as a language says them, by the plural rules of Unicode; figures are 0 to 9 in every language. */

export interface Plurals {
  /** The form that goes with a count. */
  form(count: number, one: string, other: string): string;
  /** The count and the form that goes with it. */
  count(count: number, one: string, other: string): string;
}

/** Give the plurals of a language with at most two forms; one with more needs a form for each of its categories. */
export function pluralsOf(language: string): Plurals {
  const rules = new Intl.PluralRules(language);
  const form = (count: number, one: string, other: string): string => (rules.select(count) === "one" ? one : other);
  return { form, count: (count, one, other) => `${count} ${form(count, one, other)}` };
}
