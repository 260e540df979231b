/**
 * Commands and internal moves of a machine under one numbering: what a search can do in a state.
 *
 * @module
 */
import type { AnyCommand, Machine, World } from "../machine.ts";

/** What running a move gives: a refusal, or a reply or a note. */
export type Answer<Reply> = { readonly reply: Reply } | { readonly note: string };

/** All moves of a machine, commands first, in the machine's order. */
export class Moves<State, Command extends AnyCommand, Reply> {
  readonly #machine: Machine<State, Command, Reply, never, never>;
  /** Names of the internal moves. */
  readonly internal: readonly string[];
  /** Number of moves. */
  readonly count: number;

  constructor(
    machine: Pick<Machine<State, Command, Reply, never, never>, "commands" | "internal" | "step" | "actor">,
  ) {
    this.#machine = machine as Machine<State, Command, Reply, never, never>;
    this.internal = Object.keys(machine.internal ?? {});
    this.count = machine.commands.length + this.internal.length;
    if (this.count > 65_535) {
      throw new RangeError(
        `Cannot explore: the scope has ${this.count} commands and moves, must be at most 65535`,
      );
    }
  }

  /** The command of a move, or `undefined` for an internal one. */
  command(move: number): Command | undefined {
    return this.#machine.commands[move];
  }

  /** The name of an internal move, or `undefined` for a command. */
  internalName(move: number): string | undefined {
    return this.internal[move - this.#machine.commands.length];
  }

  /** The word that fairness and reports use: a command's kind, or an internal move's name. */
  kind(move: number): string {
    return this.command(move)?.kind ?? this.internalName(move)!;
  }

  /** A command as JSON, or an internal move's name. */
  label(move: number): string {
    const command = this.command(move);
    return command === undefined ? this.internalName(move)! : JSON.stringify(command);
  }

  actor(move: number): string {
    const command = this.command(move);
    return command === undefined
      ? this.#machine.internal![this.internalName(move)!]!.actor
      : this.#machine.actor(command);
  }

  /** Runs a move on `state`, which it edits; `undefined` = not possible. */
  run(move: number, state: State, world: World<never>): Answer<Reply> | undefined {
    const command = this.command(move);
    if (command !== undefined) {
      const reply = this.#machine.step(state, command, world as World<Reply>);
      return reply === undefined ? undefined : { reply };
    }
    const note = this.#machine.internal![this.internalName(move)!]!.move(state, world);
    return note === undefined ? undefined : { note };
  }
}
