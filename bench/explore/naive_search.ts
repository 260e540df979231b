/**
 * The search that one writes in an afternoon: JSON text as the key, a Map as the set, states as objects.
 *
 * @module
 */
import type { AnyMachine, World } from "../../lockstep/machine.ts";

/** What the naive search counts. */
export interface NaiveCounts {
  readonly states: number;
  readonly transitions: number;
}

class Cut extends Error {}

function copy<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as Value;
  const fields: Record<string, unknown> = {};
  for (const name in value) fields[name] = copy(value[name]);
  return fields as Value;
}

/** Explores a machine without invariants, breadth-first. */
export function naiveSearch(machine: AnyMachine): NaiveCounts {
  let transitions = 0;
  const digits: number[] = [];
  const counts: number[] = [];
  let at = 0;
  const world: World<never> = {
    choose(count) {
      if (at === digits.length) {
        digits.push(0);
        counts.push(count);
      }
      return digits[at++]!;
    },
    tick() {},
    cut(reason) {
      throw new Cut(reason);
    },
    refuse: () => undefined,
  };
  const advance = (): boolean => {
    while (digits.length > 0) {
      digits[digits.length - 1]!++;
      if (digits.at(-1)! < counts.at(-1)!) return true;
      digits.pop();
      counts.pop();
    }
    return false;
  };
  const moves = [
    ...machine.commands.map((command) => (state: unknown) => machine.step(state, command, world)),
    ...Object.values(machine.internal ?? {}).map(({ move }) => (state: unknown) => move(state, world)),
  ];
  const seen = new Map<string, { readonly parent: string | undefined }>();
  let wave: unknown[] = [];
  const add = (state: unknown, parent: string | undefined, into: unknown[]): void => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.set(key, { parent });
    into.push(state);
  };
  for (const start of machine.starts) {
    do {
      at = 0;
      const state = machine.initial(start, world);
      machine.canonical?.(state);
      add(state, undefined, wave);
    } while (advance());
  }
  while (wave.length > 0) {
    const next: unknown[] = [];
    for (const state of wave) {
      const parent = JSON.stringify(state);
      for (const move of moves) {
        do {
          at = 0;
          const after = copy(state);
          try {
            if (move(after) === undefined) continue;
          } catch (error) {
            if (error instanceof Cut) continue;
            throw error;
          }
          transitions++;
          machine.canonical?.(after);
          add(after, parent, next);
        } while (advance());
      }
    }
    wave = next;
  }
  return { states: seen.size, transitions };
}
