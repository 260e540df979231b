/**
 * What a REPL walks: from names to a machine and a target.
 *
 * @module
 */
import type { CaseFile } from "../drive/case_file.ts";
import type { AnyMachine, AnyTarget } from "../machine.ts";
import type { Mistake, Protocol, Scope } from "../protocol.ts";
import { oneLine } from "../report/phrase.ts";
import type { ProgramOptions } from "../report/program.ts";
import { nearest } from "./match.ts";

/** What is walked. */
export interface ReplSubject {
  /** Whose machine it is. */
  readonly protocol: Protocol;
  /** Name of the scope; by default that of the mistake, or the first one. */
  readonly scope?: string;
  /** A known mistake: its implementation with `real`, its mechanism without. */
  readonly mistake?: string;
  /** Perform every step on the real implementation too. */
  readonly real?: boolean;
  /** Perform this case at the beginning. */
  readonly case?: CaseFile;
  /** Where a stored test imports from; as if it were stored beside `lockstep/` otherwise. */
  readonly imports?: ProgramOptions;
}

/** The same, opened. */
export interface OpenedSubject {
  readonly scopeName: string;
  readonly scope: Scope;
  /** The machine that is walked. */
  readonly machine: AnyMachine;
  /** The implementation beside it; absent without `real`. */
  readonly target?: AnyTarget;
}

/** The scope in which a known mistake is walked: its implementation's with `real`, its mechanism's without. */
export function scopeOfMistake({ scope, howScope }: Mistake, real: boolean | undefined): string {
  return real ? scope : howScope ?? scope;
}

/** The scope that is walked when none is named: the first one; with `real` the first one that is driven, if there is one. */
export function usualScope({ scopes }: Protocol, real: boolean | undefined): string {
  const names = Object.keys(scopes);
  const driven = real ? names.find((name) => scopes[name]!().use.includes("lockstep")) : undefined;
  return driven ?? names[0]!;
}

/** Finds what the names mean. @throws {RangeError} for names that are not known, or have nothing to walk. */
export function openSubject({ protocol, scope: wanted, mistake, real }: ReplSubject): OpenedSubject {
  const scopes = Object.keys(protocol.scopes);
  const known = protocol.mistakes.find(({ name }) => name === mistake);
  const put = known === undefined ? undefined : scopeOfMistake(known, real);
  const scopeName = wanted ?? put ?? usualScope(protocol, real);
  if (!Object.hasOwn(protocol.scopes, scopeName)) {
    throw new RangeError(`Cannot open scope ${oneLine(scopeName, 60)}: ${nearest(scopeName, scopes)}`);
  }
  const scope = protocol.scopes[scopeName]!();
  const correct = scope.how ?? scope.what;
  if (mistake === undefined) {
    return { scopeName, scope, machine: correct, ...(real ? { target: scope.target } : {}) };
  }
  if (known === undefined) {
    const names = protocol.mistakes.map(({ name }) => name);
    throw new RangeError(`Cannot open mistake ${oneLine(mistake, 60)}: ${nearest(mistake, names)}`);
  }
  if (scopeName !== put) {
    throw new RangeError(
      `Cannot walk ${mistake} ${real ? "beside its implementation" : "alone"} in scope ${
        oneLine(scopeName, 60)
      }: must be in scope ${put}`,
    );
  }
  if (real) {
    const target = known.target?.();
    if (target !== undefined) return { scopeName, scope, machine: correct, target };
    throw new RangeError(`Cannot walk beside ${mistake}: it has no implementation`);
  }
  const machine = known.how?.();
  if (machine !== undefined) return { scopeName, scope, machine };
  throw new RangeError(
    `Cannot walk ${mistake} alone: it has no mechanism, only an implementation to walk beside`,
  );
}
