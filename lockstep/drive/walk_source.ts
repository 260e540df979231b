/**
 * Walking: commands drawn one after the other in the state that the walked machine is really in, so that an answer
 * of the real side that takes another allowed branch steers what comes next.
 *
 * @module
 */
import type { Arbitrary, Random } from "fast-check";
import type { AnyCommand, AnyMachine, DeepReadonly } from "../machine.ts";
import { checkLists } from "../check_lists.ts";
import type { AnyWalk, Draw } from "../walk.ts";
import { type HandleFields, handleFields } from "./handles.ts";
import { copy, keyOf } from "./plain.ts";
import type { CommandSource } from "./run_case.ts";

/** Different sentences about one walk that are kept. */
const mostProblems = 10;

/** Commands that differ only in the name of what they create. At most one of them is possible. */
type Named = readonly AnyCommand[];

/** The commands of a machine, ready to be drawn by weight. Built once, used by every case. */
export class Drawer {
  /** Per kind: its commands, each with all names that it may give to what it creates, the smallest first. */
  readonly #byKind: readonly (readonly Named[])[];
  /** Running sums of the weights, one per kind. */
  readonly #sums: Uint32Array;
  readonly #all: readonly AnyCommand[];
  /** Per kind: the commands with one field at a named boundary, whether they are in the machine's list or not. */
  readonly #atBoundary: readonly (readonly Named[])[];
  readonly #machine: AnyMachine;
  readonly walk: AnyWalk;
  /** What is wrong with the proposals of the walk: one sentence each, at most {@link mostProblems}. */
  readonly problems: Set<string> = new Set();

  /**
   * @throws {RangeError} when a weight is not an integer from 0 to 1000, or all are 0, for weights and boundaries of
   * what this scope does not have, and as {@link checkLists}.
   */
  constructor(machine: AnyMachine, walk: AnyWalk) {
    checkLists(machine);
    this.#machine = machine;
    this.walk = walk;
    const weights: Readonly<Record<string, number | undefined>> = walk.weights ?? {};
    const kinds = Map.groupBy(machine.commands as readonly AnyCommand[], (command) => command.kind);
    for (const [kind, weight] of Object.entries(weights)) {
      if (weight !== undefined && !(Number.isInteger(weight) && weight >= 0 && weight <= 1000)) {
        throw new RangeError(
          `Cannot walk ${machine.name}: the weight of ${kind} is ${weight}, must be an integer from 0 to 1000`,
        );
      }
      if (!kinds.has(kind)) {
        throw new RangeError(
          `Cannot walk ${machine.name}: ${kind} has a weight, but is no command of this scope`,
        );
      }
    }
    for (const field of Object.keys(walk.boundaries ?? {})) {
      if (machine.commands.some((command: AnyCommand) => Object.hasOwn(command, field))) continue;
      throw new RangeError(
        `Cannot walk ${machine.name}: ${field} has boundaries, but is no field of a command of this scope`,
      );
    }
    const drawn = [...kinds].filter(([kind]) => weights[kind] !== 0);
    if (drawn.length === 0) {
      throw new RangeError(`Cannot walk ${machine.name}: no command has a weight above 0`);
    }
    this.#all = drawn.flatMap(([, commands]) => commands);
    const handles = handleFields(machine.schema.command);
    this.#byKind = drawn.map(([, commands]) => named(commands, handles));
    this.#atBoundary = drawn.map(([, commands]) =>
      named(atBoundaries(machine, commands, walk.boundaries ?? {}), handles)
    );
    let sum = 0;
    this.#sums = Uint32Array.from(drawn, ([kind]) => sum += weights[kind] ?? 1);
  }

  /** One command by weight, possible or not, with all its names. */
  draw(random: Random): Named {
    const sums = this.#sums;
    const point = random.nextInt(0, sums[sums.length - 1]! - 1);
    let kind = 0;
    while (sums[kind]! <= point) kind++;
    const boundary = this.#atBoundary[kind]!;
    const commands = boundary.length > 0 && random.nextInt(0, 3) === 0 ? boundary : this.#byKind[kind]!;
    return commands[random.nextInt(0, commands.length - 1)]!;
  }

  /** What the walk has in mind for this state; a proposal that is no command of the protocol is left out and noted. */
  propose(state: unknown, draw: RandomDraw): AnyCommand | undefined {
    const { walk } = this;
    if (walk.propose === undefined && walk.arbitrary === undefined) return undefined;
    const seen = state as DeepReadonly<unknown>;
    let proposal: AnyCommand | undefined;
    try {
      proposal = walk.propose?.(seen, draw) as AnyCommand | undefined;
      if (proposal === undefined && walk.arbitrary !== undefined && draw.integer(0, 3) === 0) {
        const arbitrary = walk.arbitrary(seen) as Arbitrary<AnyCommand> | undefined;
        if (arbitrary !== undefined) proposal = draw.from(arbitrary);
      }
    } catch (error) {
      this.#problem(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      return undefined;
    }
    if (proposal === undefined) return undefined;
    const checked = this.#machine.schema.command.safeParse(proposal);
    // A walk may propose the same object again and again, changed: what is kept must not change with it.
    if (checked.success) return copy(proposal);
    const issue = checked.error.issues[0]!;
    const where = issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    this.#problem(`${JSON.stringify(proposal)} is no command of this scope${where}, ${issue.message}`);
    return undefined;
  }

  #problem(reason: string): void {
    if (this.problems.size < mostProblems) {
      this.problems.add(`Cannot use a proposal for ${this.#machine.name}: ${reason}`);
    }
  }

  /** All commands with a weight, for a scan when drawing finds nothing possible. */
  get all(): readonly AnyCommand[] {
    return this.#all;
  }
}

/** `commands`, those together that differ only in the name of what they create. */
function named(commands: readonly AnyCommand[], handles: HandleFields): readonly Named[] {
  const nameless = (command: AnyCommand): string => {
    const created = (handles.get(command.kind) ?? []).filter(({ creates }) => creates);
    return keyOf({ ...command, ...Object.fromEntries(created.map(({ field }) => [field, 0])) });
  };
  return [...Map.groupBy(commands, nameless).values()];
}

/** `commands`, each with one of its fields at each boundary that is named for it and that the schema allows. */
function atBoundaries(
  machine: AnyMachine,
  commands: readonly AnyCommand[],
  boundaries: Readonly<Record<string, readonly number[]>>,
): readonly AnyCommand[] {
  const distinct = new Map<string, AnyCommand>();
  for (const command of commands) {
    for (const [field, values] of Object.entries(boundaries)) {
      if (!Object.hasOwn(command, field)) continue;
      for (const value of values) {
        const changed = { ...command, [field]: value };
        const key = keyOf(changed);
        if (!distinct.has(key) && machine.schema.command.safeParse(changed).success) {
          distinct.set(key, changed);
        }
      }
    }
  }
  return [...distinct.values()];
}

class RandomDraw implements Draw {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  integer(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError("Cannot pick: there are no items");
    return items[this.#random.nextInt(0, items.length - 1)]!;
  }

  from<Value>(arbitrary: Arbitrary<Value>): Value {
    return arbitrary.generate(this.#random, 2).value;
  }
}

/** How often a refused draw is repeated before every command is tried in turn. */
const draws = 64;

/** Commands for one case: proposed by the walk or drawn by weight, until `maximumCommands` have been executed. */
export class WalkSource implements CommandSource {
  readonly #drawer: Drawer;
  readonly #random: Random;
  readonly #draw: RandomDraw;
  readonly #maximumCommands: number;
  #executed = 0;
  /** Since the last command that was executed. */
  #refusals = 0;
  #scan = 0;
  /** Proposals of the walk that were not possible. */
  proposalsRefused = 0;
  #proposed = false;
  /** Other names of the command that was drawn last, to be tried when it is not possible. */
  #names: Named = [];
  #name = 0;
  /** Refusals after which another name was tried: not draws that were in vain. */
  renamed = 0;

  constructor(drawer: Drawer, random: Random, maximumCommands: number) {
    this.#drawer = drawer;
    this.#random = random;
    this.#draw = new RandomDraw(random);
    this.#maximumCommands = maximumCommands;
  }

  next(state: unknown, executed: number): AnyCommand | undefined {
    if (executed >= this.#maximumCommands) return undefined;
    if (executed !== this.#executed) {
      this.#executed = executed;
      this.#refusals = 0;
      this.#names = [];
    }
    this.#proposed = false;
    if (this.#name > 0 && this.#name < this.#names.length) return this.#names[this.#name];
    if (this.#refusals >= draws) {
      const all = this.#drawer.all;
      return this.#refusals < draws + all.length ? all[this.#scan++ % all.length] : undefined;
    }
    if (this.#refusals < draws / 4) {
      const proposal = this.#drawer.propose(state, this.#draw);
      if (proposal !== undefined) {
        this.#proposed = true;
        return proposal;
      }
    }
    this.#names = this.#drawer.draw(this.#random);
    this.#name = 0;
    return this.#names[0];
  }

  refused(): void {
    if (++this.#name < this.#names.length) {
      this.renamed++;
      return;
    }
    this.#names = [];
    this.#refusals++;
    if (this.#proposed) this.proposalsRefused++;
    if (this.#refusals === draws) this.#scan = this.#random.nextInt(0, this.#drawer.all.length - 1);
  }
}
