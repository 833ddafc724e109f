/** Codes as people type them: batches, items and units share one grammar. */

const CODE = /^[A-Z0-9][A-Z0-9.-]{0,19}$/;

/** Write a code as labels carry it. */
export const asCode = (text: string): string => text.trim().toUpperCase();

/** Whether a text can be a batch, item or unit code. */
export const isCode = (text: string): boolean => CODE.test(text);
