/**
 * Making a browser a device: is it fit to hold scans, and does the office want it?
 *
 * A phone that would lose scans must not get as far as the first one, so everything they need is tried out before:
 * a real key is made, kept and used. The one-time code is the credential; the key it vouches for never leaves.
 */
import { CallFailed, callJson } from "./call";
import { makeKeys, publicKeyText, signature } from "./keys";
import type { Enrolled } from "./outbox-store";
import type { Check } from "./phone";
import { Problem } from "./problem";
import type { World } from "./world";

const SPACE_MIN = 50 * 1024 * 1024;
const WORKER_WAIT_MS = 5_000;

/** Try out everything a phone needs to be trusted with scans. */
export async function runChecks(world: World): Promise<Check[]> {
  return [
    { name: "secure_context", ok: globalThis.isSecureContext, blocking: true },
    { name: "service_worker", ok: await hasServiceWorker(), blocking: true },
    { name: "keys", ok: await keepsKeys(world), blocking: true },
    { name: "space", ok: await hasSpace(), blocking: true },
    { name: "persistence", ok: await persists(), blocking: false },
    { name: "camera", ok: await hasCamera(), blocking: false },
  ];
}

/** Hand in the one-time code with this phone's public key; throws Problem. */
export async function askEnrolment(world: World, code: string, name: string, keys: CryptoKeyPair): Promise<Enrolled> {
  const body = { code, name, public_key: await publicKeyText(keys) };
  try {
    const answer = await callJson(world, "/devices", { body });
    if (!isEnrolled(answer)) throw new CallFailed("trouble", "answer_unreadable");
    const { device, device_code, name: given, site, certificate, company, is_demo, is_desk = false } = answer;
    return { device, device_code, name: given, site, certificate, company, is_demo, is_desk };
  } catch (error) {
    throw asProblem(error);
  }
}

/** Turn a failed call into what a screen can show. */
export function asProblem(error: unknown): unknown {
  if (!(error instanceof CallFailed)) return error;
  const { field } = error.members;
  return new Problem(codeOf(error), error.detail ?? "", typeof field === "string" ? field : null);
}

/** The code words are kept for: a status without one comes from something between phone and server. */
function codeOf({ code }: CallFailed): string {
  return code.startsWith("http_") ? "answer_unreadable" : code;
}

/** Ask the browser not to clear this app when the phone is full. */
export async function persists(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}

async function hasServiceWorker(): Promise<boolean> {
  if (!("serviceWorker" in navigator)) return false;
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), WORKER_WAIT_MS));
  return (await Promise.race([navigator.serviceWorker.ready, late])) !== null;
}

/** Make a key, keep it in a database, take it out again and sign with it. */
async function keepsKeys(world: World): Promise<boolean> {
  const name = "batchspine-check";
  try {
    const database = await opened(world.indexedDB.open(name, 1));
    const keys = await makeKeys();
    await requested(database.transaction("keys", "readwrite").objectStore("keys").put(keys, 1));
    const kept = (await requested(database.transaction("keys").objectStore("keys").get(1))) as CryptoKeyPair;
    database.close();
    const zero = "0".repeat(32);
    await signature(kept, "session", "", { device: zero, inc: zero }, { seq: 0, hash: zero + zero });
    return true;
  } catch {
    return false;
  } finally {
    world.indexedDB.deleteDatabase(name);
  }
}

function opened(request: IDBOpenDBRequest): Promise<IDBDatabase> {
  request.onupgradeneeded = () => request.result.createObjectStore("keys");
  return requested(request);
}

function requested<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function hasSpace(): Promise<boolean> {
  try {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    return quota - usage >= SPACE_MIN;
  } catch {
    // A browser that cannot tell will say so when the space runs out.
    return true;
  }
}

async function hasCamera(): Promise<boolean> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.some(({ kind }) => kind === "videoinput");
  } catch {
    return false;
  }
}

function isEnrolled(value: unknown): value is Enrolled {
  if (!(value instanceof Object)) return false;
  const answer = value as Record<string, unknown>;
  const texts = ["device", "device_code", "name", "site", "certificate", "company"];
  return texts.every((name) => typeof answer[name] === "string") && typeof answer["is_demo"] === "boolean";
}
