/** The two ways the phone says no: a request the server could not grant, and a scan that could not be kept. */

/** A request that was not granted: a stable `code`, which the words say in every language. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    /** The server's own sentence, in English, for a code that this app has no words for. */
    readonly detail = "",
    /** The field of a form the answer is about. */
    readonly field: string | null = null,
  ) {
    super(detail === "" ? code : detail);
    this.name = "Problem";
  }
}

/** A scan that is *not* on this phone: nothing of it was kept, and the operator must scan again. */
export class NotSaved extends Error {
  constructor(
    readonly reason: "storage_full" | "storage_failed" | "not_enrolled" | "not_signed_in" | "not_an_event",
    cause?: unknown,
  ) {
    super(reason, { cause });
    this.name = "NotSaved";
  }
}
