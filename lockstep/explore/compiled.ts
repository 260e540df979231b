/**
 * Generated functions, kept by their source text.
 *
 * The engine keeps what it has learnt of a function, and the machine code that it made, with the function: a later
 * search of the same shape goes on with both. A test suite, a REPL and a check search the same machines many times.
 *
 * @module
 */

/** Characters of source that are kept; the ones that were not asked for longest are dropped beyond that. */
const maximumKept = 1 << 23;

const made: Map<string, (argument: never) => unknown> = new Map();
let kept = 0;

/** The function of one parameter with this body, which must not keep anything itself: all who ask get the same one. */
export function compiled<Argument, Result>(
  parameter: string,
  body: string,
): (argument: Argument) => Result {
  const key = `${parameter} => ${body}`;
  const make = made.get(key) ?? new Function(parameter, `"use strict";\n${body}`);
  if (made.delete(key)) kept -= key.length;
  // The last one of a map is the one that was set last.
  made.set(key, make as (argument: never) => unknown);
  kept += key.length;
  for (const [oldest] of made) {
    if (kept <= maximumKept || oldest === key) break;
    made.delete(oldest);
    kept -= oldest.length;
  }
  return make as (argument: Argument) => Result;
}
