/**
 * `fc.commands` as a careful user would set it up for the same model: at its best setting, with names resolved when
 * a command is checked, ranges as `fc.integer` so that they shrink well, and weights by repetition.
 *
 * @module
 */
import fc from "fast-check";
import { copy, equal } from "../../lockstep/drive/plain.ts";
import { type HandleField, type HandleFields, handleFields } from "../../lockstep/drive/handles.ts";
import type { AnyCommand, AnyMachine, World } from "../../lockstep/machine.ts";
import type { Symptom } from "./true_minimum.ts";
import type { ZooHouse } from "./zoo.ts";

/** What one search for one bug took. */
export interface Attempt {
  readonly found: boolean;
  /** Cases until the first failure, that one included. */
  readonly cases: number;
  /** Commands executed until the first failure. */
  readonly commands: number;
  /** Generated commands that were not possible, as a share of all. */
  readonly skippedShare: number;
  /** How the shrunk case shows the bug. */
  readonly symptom: Symptom;
  /** Commands of the shrunk case. */
  readonly length: number;
  /** Cases run to shrink it. */
  readonly executions: number;
  readonly milliseconds: number;
}

const world: World<unknown> = {
  choose: () => 0,
  tick() {},
  cut: (reason) => {
    throw new TypeError(reason);
  },
  refuse: () => undefined,
};

interface Sides {
  state: unknown;
}

interface Tally {
  executed: AnyCommand[];
  checked: number;
  ran: number;
}

class Difference extends Error {}

class ZooCommand implements fc.Command<Sides, Sides> {
  readonly #house: { readonly model: AnyMachine; readonly implementation: AnyMachine };
  readonly #command: AnyCommand;
  readonly #creates: HandleField | undefined;
  readonly #tally: Tally;
  #named: AnyCommand | undefined;
  #after: unknown;
  #reply: unknown;

  constructor(house: ZooCommand["house"], command: AnyCommand, fields: HandleFields, tally: Tally) {
    this.#house = house;
    this.#command = command;
    this.#creates = fields.get(command.kind)?.find(({ creates }) => creates);
    this.#tally = tally;
  }

  get house(): { readonly model: AnyMachine; readonly implementation: AnyMachine } {
    return this.#house;
  }

  check(model: Readonly<Sides>): boolean {
    this.#tally.checked++;
    if (this.#creates === undefined) return this.#possible(model, this.#command);
    for (let name = this.#creates.min; name <= this.#creates.max; name++) {
      if (this.#possible(model, { ...this.#command, [this.#creates.field]: name } as AnyCommand)) return true;
    }
    return false;
  }

  #possible(model: Readonly<Sides>, command: AnyCommand): boolean {
    this.#named = command;
    this.#after = copy(model.state);
    this.#reply = this.#house.model.step(this.#after, command, world);
    return this.#reply !== undefined;
  }

  run(model: Sides, real: Sides): void {
    const { model: machine, implementation } = this.#house;
    const command = this.#named!;
    this.#tally.ran++;
    this.#tally.executed.push(command);
    model.state = this.#after;
    const heard: unknown = implementation.step(real.state, command, world);
    if (heard === undefined) throw new Error("not possible");
    if (!equal(heard, this.#reply)) throw new Difference("another answer");
    if (machine.view !== undefined && !equal(machine.view(model.state), implementation.view!(real.state))) {
      throw new Difference("another view");
    }
  }

  toString(): string {
    return JSON.stringify(this.#command);
  }
}

/** The commands of one kind: integers where the list holds a range, one of the listed values otherwise. */
function argumentsOf(commands: readonly AnyCommand[], creates: string | undefined): fc.Arbitrary<AnyCommand> {
  const first = commands[0] as unknown as Readonly<Record<string, unknown>>;
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of Object.keys(first)) {
    if (field === creates) continue;
    const values = [...new Set(commands.map((each) => (each as unknown as Record<string, unknown>)[field]))];
    const numbers = values.filter((value) => typeof value === "number");
    const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
    const isRange = numbers.length === values.length && max - min === values.length - 1;
    fields[field] = isRange && values.length > 1 ? fc.integer({ min, max }) : fc.constantFrom(...values);
  }
  return fc.record(fields) as unknown as fc.Arbitrary<AnyCommand>;
}

/** Commands after which a search gives up. */
export const mostCommands = 3_000_000;

/** Searches one bug with `fc.commands`, and lets it shrink; `cases` at most. */
export function attemptPlain(
  house: ZooHouse,
  implementation: AnyMachine,
  seed: number,
  cases: number,
): Attempt {
  const machine = house.model;
  const fields = handleFields(machine.schema.command);
  const tally: Tally = { executed: [], checked: 0, ran: 0 };
  const sides = { model: machine, implementation };
  const weights: Readonly<Record<string, number | undefined>> = house.walk.weights ?? {};
  const arbitraries = [...Map.groupBy(machine.commands as readonly AnyCommand[], ({ kind }) => kind)]
    .flatMap(([kind, commands]) => {
      const creates = fields.get(kind)?.find((field) => field.creates)?.field;
      const arbitrary = argumentsOf(commands, creates)
        .map((command) => new ZooCommand(sides, command, fields, tally));
      return Array.from({ length: weights[kind] ?? 1 }, () => arbitrary);
    });
  const begun = performance.now();
  let executions = 0;
  let first: { cases: number; commands: number; skippedShare: number } | undefined;
  let length = 0;
  let symptom: Symptom = "differs";
  let ranCases = 0;
  fc.check(
    fc.property(
      fc.constantFrom(...machine.starts as readonly unknown[]),
      fc.commands(arbitraries, { size: "max", maxCommands: 100 }),
      (start, commands) => {
        if (first === undefined && tally.ran > mostCommands) return true;
        if (first === undefined) ranCases++;
        else executions++;
        tally.executed = [];
        try {
          fc.modelRun(() => ({
            model: { state: machine.initial(start, world) },
            real: { state: implementation.initial(start, world) },
          }), commands);
          return true;
        } catch (error) {
          symptom = error instanceof Difference ? "differs" : "crashes";
          length = tally.executed.length;
          first ??= {
            cases: ranCases,
            commands: tally.ran,
            skippedShare: 1 - tally.ran / Math.max(1, tally.checked),
          };
          return false;
        }
      },
    ),
    { numRuns: cases, seed },
  );
  const milliseconds = performance.now() - begun;
  if (first !== undefined) return { found: true, ...first, symptom, length, executions, milliseconds };
  const skippedShare = 1 - tally.ran / Math.max(1, tally.checked);
  const { ran } = tally;
  return {
    found: false,
    cases: ranCases,
    commands: ran,
    skippedShare,
    symptom,
    length,
    executions,
    milliseconds,
  };
}
