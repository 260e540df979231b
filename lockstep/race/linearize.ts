/**
 * Linearizability: whether what several threads did at the same time can be put into one order that a sequential
 * machine allows and that respects which operation had ended before which other began.
 *
 * The search is that of Wing and Gong with the memory of Lowe: operations that may come next are tried depth first,
 * and a set of placed operations together with a machine state is entered once.
 *
 * @see {@link https://doi.org/10.1006/jpdc.1993.1015} Wing and Gong, Testing and verifying concurrent objects
 * @see {@link https://doi.org/10.1002/cpe.3928} Lowe, Testing for linearizability
 * @module
 */
import { copy, equal, keyOf } from "../drive/plain.ts";
import { Choices, Cut, Hung } from "../explore/choices.ts";
import type { AnyMachine, CommandLiteral } from "../machine.ts";
import type { History, HistoryOperation } from "../report/history.ts";
import { phrase } from "../report/phrase.ts";

/** One operation of a thread, as it was recorded. Times are positions in one order of all calls and answers. */
export interface RecordedOperation {
  /** Index of the thread. A thread does one thing after the other. */
  readonly thread: number;
  /** The whole operation, as a command of the sequential machine. */
  readonly command: CommandLiteral;
  /** What was answered; absent while pending. */
  readonly reply?: unknown;
  /** Position of the call. */
  readonly invokedAt: number;
  /** Position of the answer, after the call; absent while pending. */
  readonly returnedAt?: number;
}

/** Why an operation can not come next. */
export interface Stuck {
  /** Index into the recorded operations. */
  readonly operation: number;
  /** The end of a sentence that begins with the operation. */
  readonly reason: string;
}

/** What {@link linearize} found. */
export type Linearization =
  | {
    readonly kind: "linearizable";
    /** Indices of the operations in an order that explains all answers; pending ones may be missing. */
    readonly order: readonly number[];
  }
  | {
    readonly kind: "not linearizable";
    /** A longest order that the machine allows. */
    readonly order: readonly number[];
    /** Why each candidate for the next place can not stand there. */
    readonly stuck: readonly Stuck[];
  }
  | { readonly kind: "undecided"; readonly reason: string };

/** Most operations in one history: their set is kept in the bits of a number. */
export const maximumOperations = 31;

class Search {
  readonly #machine: AnyMachine;
  readonly #operations: readonly RecordedOperation[];
  readonly #choices = new Choices();
  readonly #entered = new Set<string>();
  readonly #maximumSteps: number;
  /** The operations that have answered: all of them must be placed. */
  readonly #answered: number;
  #steps = 0;
  longest: { readonly order: readonly number[]; readonly state: unknown; readonly placed: number };

  constructor(machine: AnyMachine, operations: readonly RecordedOperation[], maximumSteps: number) {
    this.#machine = machine;
    this.#operations = operations;
    this.#maximumSteps = maximumSteps;
    this.#answered = operations.reduce(
      (set, { returnedAt }, index) => returnedAt === undefined ? set : set | 1 << index,
      0,
    );
    this.longest = { order: [], state: undefined, placed: 0 };
  }

  /** Every state in which the machine may begin. */
  beginnings(start: unknown): readonly unknown[] {
    const states = this.#alternatives(() => this.#machine.initial(start, this.#choices));
    this.longest = { order: [], state: states[0], placed: 0 };
    return states;
  }

  /** The order that places everything that has answered, or `undefined`. */
  run(state: unknown, placed: number, order: readonly number[]): readonly number[] | undefined {
    if ((placed & this.#answered) === this.#answered) return order;
    if (order.length > this.longest.order.length) this.longest = { order, state, placed };
    const key = `${placed} ${keyOf(state)}`;
    if (this.#entered.has(key)) return undefined;
    this.#entered.add(key);
    for (const index of this.candidates(placed)) {
      for (const next of this.#explained(state, index)) {
        const found = this.run(next, placed | 1 << index, [...order, index]);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** The operations that no other unplaced operation wholly precedes. */
  candidates(placed: number): number[] {
    const operations = this.#operations;
    let earliest = Infinity;
    operations.forEach(({ returnedAt }, index) => {
      if ((placed >> index & 1) === 0) earliest = Math.min(earliest, returnedAt ?? Infinity);
    });
    return operations.flatMap(({ invokedAt }, index) =>
      (placed >> index & 1) === 0 && invokedAt <= earliest ? [index] : []
    );
  }

  /** The states after the operation, where the machine answers as was recorded. */
  #explained(state: unknown, index: number): unknown[] {
    const { reply, returnedAt } = this.#operations[index]!;
    return this.#answers(state, index)
      .filter((answer) => returnedAt === undefined || equal(answer.reply, reply))
      .map((answer) => answer.state);
  }

  /** Why the operation can not come next in `state`; `undefined` = it can. */
  refusal(state: unknown, index: number): string | undefined {
    const { reply } = this.#operations[index]!;
    const answers = this.#answers(state, index);
    if (answers.some((answer) => equal(answer.reply, reply))) return undefined;
    if (answers.length === 0) return "it is not possible there";
    const allowed = [...new Set(answers.map((answer) => phrase(answer.reply)))].join(" or ");
    return `it answered ${phrase(reply)}, and there only ${allowed} is allowed`;
  }

  #answers(state: unknown, index: number): { readonly reply: unknown; readonly state: unknown }[] {
    return this.#meanwhile(state).flatMap((before) =>
      this.#alternatives(() => {
        const own = copy(before);
        const reply: unknown = this.#machine.step(own, this.#operations[index]!.command, this.#choices);
        return reply === undefined ? undefined : { reply: copy(reply), state: own };
      })
    );
  }

  /** The state, and all that moves which nobody commands may have made of it. */
  #meanwhile(state: unknown): readonly unknown[] {
    const moves = Object.values(this.#machine.internal ?? {});
    if (moves.length === 0) return [state];
    const states = new Map([[keyOf(state), state]]);
    // A map goes on to what is added on the way.
    for (const before of states.values()) {
      for (const internal of moves) {
        const after = this.#alternatives(() => {
          const own = copy(before);
          return internal.move(own, this.#choices) === undefined ? undefined : own;
        });
        for (const one of after) states.set(keyOf(one), one);
      }
    }
    return [...states.values()];
  }

  /** What `make` makes with every combination of its choices; `undefined` is left out. */
  #alternatives<Made>(make: () => Made | undefined): Made[] {
    const made: Made[] = [];
    const choices = this.#choices;
    choices.reset();
    do {
      if (++this.#steps > this.#maximumSteps) {
        throw new Hung(`more than ${this.#maximumSteps} steps of the machine`);
      }
      choices.rewind();
      const one = make();
      if (one !== undefined) made.push(one);
    } while (choices.advance());
    return made;
  }
}

function checkOperations(operations: readonly RecordedOperation[]): void {
  if (operations.length > maximumOperations) {
    throw new RangeError(
      `Cannot order history: it has ${operations.length} operations, must be at most ${maximumOperations}`,
    );
  }
  operations.forEach(({ invokedAt, returnedAt }, index) => {
    if (returnedAt !== undefined && !(returnedAt > invokedAt)) {
      throw new RangeError(
        `Cannot order history: operation ${index} answered at ${returnedAt}, must be after its call at ${invokedAt}`,
      );
    }
  });
}

/**
 * Looks for an order of `operations` that `machine`, begun at `start`, allows.
 *
 * The machine's commands are whole operations and take effect at one moment; freedom in its answers is free here too.
 * Its internal moves may have happened in between.
 *
 * @throws {RangeError} for more than 31 operations, or one that answered before it was called.
 *
 * @example Two threads add to a counter
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * import { linearize } from "./linearize.ts";
 *
 * const add = { kind: "add" } as const;
 * const counter = {
 *   name: "counter",
 *   schema: { state: z.any(), command: z.any(), reply: z.any(), start: z.null() },
 *   starts: [null],
 *   commands: [add],
 *   initial: () => ({ count: 0 }),
 *   step: (state: { count: number }) => ++state.count,
 *   always: {},
 *   sometimes: {},
 *   actor: () => "thread",
 * };
 * const both = (second: number) => linearize(counter, null, [
 *   { thread: 0, command: add, reply: 1, invokedAt: 0, returnedAt: 3 },
 *   { thread: 1, command: add, reply: second, invokedAt: 1, returnedAt: 2 },
 * ]);
 * assertEquals(both(2).kind, "linearizable");
 * assertEquals(both(1).kind, "not linearizable"); // a lost update
 * ```
 */
export function linearize(
  machine: AnyMachine,
  start: unknown,
  operations: readonly RecordedOperation[],
  maximumSteps = 1_000_000,
): Linearization {
  checkOperations(operations);
  const search = new Search(machine, operations, maximumSteps);
  try {
    for (const state of search.beginnings(start)) {
      const order = search.run(state, 0, []);
      if (order !== undefined) return { kind: "linearizable", order };
    }
    const { longest } = search;
    const stuck = search.candidates(longest.placed).flatMap((operation): Stuck[] => {
      const reason = search.refusal(longest.state, operation);
      return reason === undefined ? [] : [{ operation, reason }];
    });
    return { kind: "not linearizable", order: longest.order, stuck };
  } catch (error) {
    if (error instanceof Hung || error instanceof Cut) return { kind: "undecided", reason: error.message };
    throw error;
  }
}

/** A recorded history with what was found out about it, as a report shows it. */
export function historyOf(
  threads: readonly string[],
  operations: readonly RecordedOperation[],
  found: Linearization,
): History {
  const places = new Map(
    found.kind === "undecided" ? [] : found.order.map((operation, place) => [operation, place]),
  );
  return {
    threads,
    operations: operations.map(
      ({ thread, command, reply, invokedAt, returnedAt }, index): HistoryOperation => {
        const placed = places.get(index);
        return {
          thread,
          action: phrase(command),
          ...(returnedAt === undefined ? {} : { answer: phrase(reply), returnedAt }),
          invokedAt,
          ...(placed === undefined ? {} : { placed }),
        };
      },
    ),
    stuck: found.kind === "not linearizable" ? found.stuck : [],
  };
}
