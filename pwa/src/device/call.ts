/**
 * One call to the server, with a deadline, and the three ways it can go wrong.
 *
 *     offline   nobody answered, or not in time: a dead spot, a stopped server, a cable
 *     trouble   somebody answered, but not as agreed; `code` says how
 *     refused   the server said no to *this* request (a status that is about its content)
 */
import type { World } from "./world";

/** So long may an answer take before the phone goes on without it. */
export const DEADLINE_MS = 20_000;

export class CallFailed extends Error {
  constructor(
    readonly kind: "offline" | "trouble",
    readonly code: string,
    readonly status: number | null = null,
    /** What the server said beside the code. */
    readonly members: Readonly<Record<string, unknown>> = {},
    readonly retryAfterMs = 0,
  ) {
    super(code);
    this.name = "CallFailed";
  }

  /** The server's sentence for people, if it sent one. */
  get detail(): string | null {
    const { detail } = this.members;
    return typeof detail === "string" ? detail : null;
  }
}

export interface Asked {
  method?: "GET" | "POST";
  body?: unknown;
  /** The body as it travels, packed with gzip, in the place of `body`. */
  packed?: Blob;
  token?: string;
  deadlineMs?: number;
  /** Gives the call up before its deadline. */
  signal?: AbortSignal;
}

/** Ask the server and give the JSON of a 2xx answer; throws CallFailed otherwise. */
export async function callJson(world: World, path: string, asked: Asked = {}): Promise<unknown> {
  return withinDeadline(world, path, asked, async (response) => {
    const text = await response.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new CallFailed("trouble", "answer_unreadable", response.status);
    }
  });
}

/** Ask the server for a file. */
export async function callFile(world: World, path: string, asked: Asked = {}): Promise<Blob> {
  return withinDeadline(world, path, asked, (response) => response.blob());
}

async function withinDeadline<T>(
  world: World,
  path: string,
  asked: Asked,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const timer = world.setTimer(() => abort.abort(), asked.deadlineMs ?? DEADLINE_MS);
  const giveUp = () => abort.abort();
  asked.signal?.addEventListener("abort", giveUp);
  try {
    const response = await world.fetch(path, request(asked, abort.signal));
    if (!response.ok) throw await refusal(response);
    return await read(response);
  } catch (error) {
    if (error instanceof CallFailed) throw error;
    throw new CallFailed("offline", abort.signal.aborted ? "timeout" : "offline");
  } finally {
    world.clearTimer(timer);
    asked.signal?.removeEventListener("abort", giveUp);
  }
}

function request({ method, body, packed, token }: Asked, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (packed !== undefined) headers["content-encoding"] = "gzip";
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  return {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers,
    signal,
    cache: "no-store",
    credentials: "omit",
    // A redirect is somebody else's sign-in page.
    redirect: "error",
    ...(body === undefined ? {} : { body: packed ?? JSON.stringify(body) }),
  };
}

async function refusal(response: Response): Promise<CallFailed> {
  const members = await problemOf(response);
  const code = typeof members["code"] === "string" ? members["code"] : `http_${response.status}`;
  const seconds = Number(response.headers.get("retry-after") ?? "0");
  return new CallFailed("trouble", code, response.status, members, Number.isFinite(seconds) ? seconds * 1000 : 0);
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await response.text());
    return value instanceof Object && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
