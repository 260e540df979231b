/**
 * The failure store: cases that failed, kept as files until they have passed twice.
 *
 * Files are `<folder>/<protocol>/<hash>.json` in the format of case files; the hash is of the case, so that the same
 * case is stored once. Nothing is written elsewhere.
 *
 * @module
 */
import type { AnyMachine } from "../machine.ts";
import { type CaseFile, CaseFileError, checkCase, formatCaseFile, parseCaseFile } from "./case_file.ts";
import { keyOf } from "./plain.ts";

/** Where failures are kept, from the folder in which the program runs. */
export const failureFolder = ".lockstep/failures";

/** Passes in a row after which a stored failure is removed. */
export const passesToRemove = 2;

/** A stored failure, or why it can not be used. */
export type StoredFailure =
  | { readonly kind: "case"; readonly path: string; readonly file: CaseFile }
  | {
    /** The file is damaged, or the protocol has changed since: one sentence. It is left where it is. */
    readonly kind: "unusable";
    readonly path: string;
    readonly reason: string;
  };

/** What became of a stored failure when it was replayed. */
export type Replayed = "still fails" | "passed once" | "removed";

const nameOf = /^[a-z0-9][a-z0-9-]{0,99}$/;

function folderOf(protocol: string, root: string): string {
  if (!nameOf.test(protocol)) {
    throw new RangeError(
      `Cannot store failures: protocol is ${JSON.stringify(protocol)}, must be in kebab-case`,
    );
  }
  return `${root}/${protocol}`;
}

/** Two multiplicative hashes of the text, 64 bits together, as hexadecimal digits. */
function hashOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < text.length; index++) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(index), 0x85ebca6b);
  }
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}

/** The failures of one protocol. */
export class FailureStore {
  readonly #folder: string;

  /**
   * A store that touches nothing until it is used.
   *
   * @param root folder of all failures; {@link failureFolder} unless told otherwise.
   * @throws {RangeError} when the protocol's name is not in kebab-case.
   */
  constructor(protocol: string, root: string = failureFolder) {
    this.#folder = folderOf(protocol, root);
  }

  /** Stores a case that failed, and says where. A case that is stored already starts again with no passes. */
  async keep(file: CaseFile): Promise<string> {
    const { mistake, scope, start, commands } = file;
    const path = `${this.#folder}/${hashOf(keyOf([scope, mistake ?? null, start, commands]))}.json`;
    await Deno.mkdir(this.#folder, { recursive: true });
    await writeWhole(path, formatCaseFile(file));
    await removeIfThere(passesOf(path));
    return path;
  }

  /**
   * The stored failures, in the order of their names; `machine` says which machine a scope is driven with, or
   * `undefined` when the protocol has no such scope any more.
   */
  async load(machine: (file: CaseFile) => AnyMachine | undefined): Promise<readonly StoredFailure[]> {
    const stored: StoredFailure[] = [];
    for (const name of await jsonFiles(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      stored.push(readStored(path, await Deno.readTextFile(path), machine));
    }
    return stored;
  }

  /** Notes how a replay ended: what has passed {@link passesToRemove} times in a row is removed. */
  async replayed(path: string, failed: boolean): Promise<Replayed> {
    const passes = passesOf(path);
    if (failed) {
      await removeIfThere(passes);
      return "still fails";
    }
    const before = Number(await textIfThere(passes) ?? "0");
    if (before + 1 < passesToRemove) {
      await writeWhole(passes, `${before + 1}\n`);
      return "passed once";
    }
    await removeIfThere(path);
    await removeIfThere(passes);
    return "removed";
  }
}

function readStored(
  path: string,
  text: string,
  machine: (file: CaseFile) => AnyMachine | undefined,
): StoredFailure {
  try {
    const file = parseCaseFile(text);
    const walked = machine(file);
    if (walked === undefined) {
      const reason = `Cannot replay ${path}: ${file.protocol} has no scope ${file.scope} any more`;
      return { kind: "unusable", path, reason };
    }
    checkCase(walked, file);
    return { kind: "case", path, file };
  } catch (error) {
    if (!(error instanceof CaseFileError)) throw error;
    const detail = error.message.replace(/^Cannot read case: /, "");
    return { kind: "unusable", path, reason: `Cannot replay ${path}: the protocol has changed, ${detail}` };
  }
}

function passesOf(path: string): string {
  return path.replace(/\.json$/, ".passes");
}

async function jsonFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".json")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes beside the file and renames, so that a reader never sees half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const half = `${path}.${Deno.pid}.half`;
  await Deno.writeTextFile(half, text);
  await Deno.rename(half, path);
}
