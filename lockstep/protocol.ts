/**
 * A protocol as the command line and the reports know it: its machines, its real implementation, its scopes and
 * its known mistakes. Protocols are defined in `props/`; the engine only knows this shape.
 *
 * @module
 */
import type { AnyMachine, AnyTarget, Probe } from "./machine.ts";
import type { Drawings } from "./picture.ts";
import type { AnyWalk } from "./walk.ts";

/** The engines that can find a mistake. */
export type Engine = "explore" | "refines" | "lockstep" | "tour" | "race";

/** One size of a protocol, with the drawings of its walked machine: `how`, or `what` where there is no mechanism. */
export interface Scope extends Drawings {
  /** What this scope is for, in a few words. */
  readonly description: string;
  /** The specification. */
  readonly what: AnyMachine;
  /** The mechanism, where there is one: it is walked and toured instead of the specification. */
  readonly how?: AnyMachine;
  /** For the walked machine: `how`, or `what` where there is no mechanism. */
  readonly walk: AnyWalk;
  /** The correct implementation, in this size. */
  readonly target: AnyTarget;
  /** How many times as dear as usual a command is: `check` drives so many times fewer cases. 1 when absent. */
  readonly costs?: number;
  /** What `check` does in this scope. */
  readonly use: readonly ("explore" | "refines" | "lockstep" | "tour")[];
}

/** A bug that shipped, or one that was planted to show that the engines are awake. */
export interface Mistake {
  /** In kebab-case, unique within the protocol. */
  readonly name: string;
  /** One line: what the mistake is. */
  readonly title: string;
  /** Where it is known from (project, issue or commit), or `planted`. */
  readonly upstream: string;
  /** When it was in released versions, for example `2013 to 2024`. */
  readonly lived?: string;
  /** The name of the scope in which it shows. */
  readonly scope: string;
  /** The name of the scope in which `how` is explored and refined, where it is another one than `scope`. */
  readonly howScope?: string;
  /** The mechanism with this one rule changed; explored, and refined against the specification. */
  how?(): AnyMachine;
  /** Of walks with this mistake, in the model and beside the real side, where the scope's drawings do not fit. */
  readonly drawings?: Drawings;
  /** The implementation with the smallest change that has the mistake; driven in lockstep. */
  target?(): AnyTarget;
  /** The engines that must find it; a mistake that one of them misses fails `check`. */
  readonly foundBy: readonly Engine[];
}

/** What threads did that ran against each other. */
export interface RaceOutcome {
  /** How often they have run. */
  readonly runs: number;
  /** Different outcomes that were seen. */
  readonly outcomes: number;
  /** What was seen and is not allowed, one sentence each. */
  readonly problems: readonly string[];
  /** Why little follows from it, in one sentence: threads that do not meet show nothing. */
  readonly inconclusive?: string;
}

/** Real threads at full speed, without an order given from outside; what comes out is judged afterwards. */
export interface Race {
  /** In kebab-case, unique within the protocol. */
  readonly name: string;
  /** What runs, and on what, in a few words. */
  readonly description: string;
  /** The known mistake that runs here: its problems are what is looked for. Absent: the correct implementation. */
  readonly mistake?: string;
  /** Says what is missing on this machine. */
  probe(): Probe;
  /** Ends by itself, after some seconds at most. */
  run(): Promise<RaceOutcome>;
}

/** A protocol with everything the engines need. */
export interface Protocol {
  /** In kebab-case; the word on the command line. */
  readonly name: string;
  /** One line for a person who has not heard of it. */
  readonly title: string;
  /** By name; built on demand, because a scope may hold long command lists. The first one is the default. */
  readonly scopes: Readonly<Record<string, () => Scope>>;
  /** Looked for by `check`, in this order; may be empty. */
  readonly mistakes: readonly Mistake[];
  /** Run by `check`, in this order. */
  readonly races?: readonly Race[];
}
