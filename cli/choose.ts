/**
 * From words on the command line to protocols, scopes and numbers; a wrong word names the nearest right one.
 *
 * @module
 */
import { closestString, levenshteinDistance } from "@std/text";
import type { Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import { visible } from "../lockstep/report/phrase.ts";
import { UsageError } from "./exit_code.ts";

function refuse(what: string, word: string, known: readonly string[]): never {
  const nearest = known.length > 0 ? closestString(word.slice(0, 100), known) : undefined;
  const hint = nearest !== undefined && levenshteinDistance(word.slice(0, 100), nearest) <= 3
    ? `did you mean ${nearest}?`
    : `known are ${known.join(", ")}`;
  throw new UsageError(`Cannot find ${what} ${visible(JSON.stringify(word.slice(0, 100)))}: ${hint}`);
}

/** The protocol of that name. @throws {UsageError} */
export function chooseProtocol(protocols: readonly Protocol[], name: string): Protocol {
  const found = protocols.find((protocol) => protocol.name === name);
  return found ?? refuse("protocol", name, protocols.map((protocol) => protocol.name));
}

/** The scope of that name, the protocol's first one without a name. @throws {UsageError} */
export function chooseScope(protocol: Protocol, name: string | undefined): { name: string; scope: Scope } {
  const names = Object.keys(protocol.scopes);
  const chosen = name ?? names[0]!;
  const build = Object.hasOwn(protocol.scopes, chosen) ? protocol.scopes[chosen] : undefined;
  if (build === undefined) refuse(`scope of ${protocol.name}`, chosen, names);
  return { name: chosen, scope: build() };
}

/** The known mistake of that name. @throws {UsageError} */
export function chooseMistake(protocol: Protocol, name: string): Mistake {
  const found = protocol.mistakes.find((mistake) => mistake.name === name);
  return found ??
    refuse(`mistake of ${protocol.name}`, name, protocol.mistakes.map((mistake) => mistake.name));
}

/** The known mistake of that name, in the one size in which it is put. @throws {UsageError} */
export function chooseMistakeIn(protocol: Protocol, name: string, scope: string): Mistake {
  const mistake = chooseMistake(protocol, name);
  if (mistake.scope === scope) return mistake;
  throw new UsageError(`Cannot use mistake ${name} in scope ${scope}: must be in scope ${mistake.scope}`);
}

/** A whole number from `min` to `max`. @throws {UsageError} */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(
      `Cannot use ${option} ${
        visible(JSON.stringify(text.slice(0, 100)))
      }: must be an integer from ${min} to ${max}`,
    );
  }
  return value;
}
