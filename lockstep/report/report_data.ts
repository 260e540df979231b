/**
 * A counterexample as data: everything that is needed to explain a failure and to replay it, whichever engine has
 * found it. Every face (terminal, Markdown, JSON, HTML) is a pure function of it.
 *
 * @module
 */
import type { CaseFile } from "../drive/case_file.ts";
import type { Verdict } from "../drive/verdict.ts";
import type { ViolationKind } from "../explore/exploration.ts";
import type { AnyCommand, Plain } from "../machine.ts";
import type { Drawings, Picture } from "../picture.ts";
import type { Engine } from "../protocol.ts";
import type { Change } from "./changes.ts";
import type { History } from "./history.ts";

/** Version of the format; a report of another version is refused. */
export const counterexampleVersion = 1;

/** How the two sides, or the machine and its promises, stand. */
export interface CounterexampleVerdict {
  /** As the driver or the explorer calls it; "agreed" is no failure. */
  readonly kind: Verdict<unknown, unknown>["kind"] | ViolationKind | "not linearizable";
  /** The machine that judged. */
  readonly machine: string;
  /** The promise that is broken, where it has a name. */
  readonly property?: string;
}

/** One row of the table of steps. */
export interface CounterexampleStep {
  /** Who acts: a lane. */
  readonly actor: string;
  /** What was done, as a phrase. */
  readonly action: string;
  /** Absent for moves that nobody commands. */
  readonly command?: AnyCommand;
  /** What was answered, as a phrase. */
  readonly answer: string;
  /** The answer as data, where there was one. */
  readonly reply?: Plain;
  /** What the machine allows, as phrases; only where the two sides part. */
  readonly allowed?: readonly string[];
  /** The machine's state after the step, where the answer was allowed. */
  readonly state?: Plain;
  /** The same in one line. */
  readonly shown?: string;
  /** How it differs from the state before. */
  readonly changes: readonly Change[];
  /** The machine's state after the step, drawn; absent where the scope has no picture or there is no state. */
  readonly picture?: Picture;
  /** Whether the step belongs to the epilogue that makes hidden effects visible. */
  readonly epilogue: boolean;
  /** Whether this is where the two sides part. */
  readonly parted: boolean;
}

/** The machine on which it happened. */
export interface Environment {
  /** Release of the kernel, as `uname -r` says it. */
  readonly kernel: string;
  /** Version of Deno. */
  readonly deno: string;
  /** Model of the processor, or its architecture where that can not be read. */
  readonly cpu: string;
}

/** A failure, explained. */
export interface Counterexample {
  /** {@link counterexampleVersion}. */
  readonly version: typeof counterexampleVersion;
  /** Promise and event in one sentence. */
  readonly headline: string;
  /** What was promised. */
  readonly promised: string;
  /** What happened. */
  readonly happened: string;
  /** The same for programs. */
  readonly verdict: CounterexampleVerdict;
  /** What answered: an implementation, or a machine. */
  readonly target: string;
  /** Absent when it was given, for example by hand. */
  readonly foundBy?: Engine;
  /** What is replayed. Internal moves are not part of it. */
  readonly case: CaseFile;
  /** The actors, in the order of their first step. */
  readonly lanes: readonly string[];
  /** The state before the first step. */
  readonly initial?: Plain;
  /** The same in one line. */
  readonly initialShown?: string;
  /** The same, drawn. */
  readonly initialPicture?: Picture;
  /** The whole walk in one picture, where the protocol has one. */
  readonly timeline?: Picture;
  /** In the order in which they were carried out, the epilogue last. */
  readonly steps: readonly CounterexampleStep[];
  /** A lasso: after the last step, the state is again the one after this many steps. */
  readonly loopsTo?: number;
  /** A recorded history of threads, for races. */
  readonly history?: History;
  /** The command line that replays it, once the case is written to a file. */
  readonly replay?: string;
  /** The command line that opens it in the REPL, beside the real implementation. */
  readonly walk?: string;
  /** What is known about minimality, for example "1-minimal". */
  readonly minimality?: string;
  /** How often it failed again on a fresh subject. */
  readonly confirmed?: { readonly failed: number; readonly runs: number };
  /** Where it happened; absent where that does not matter. */
  readonly environment?: Environment;
}

/** What the builders can not know from the run alone. */
export interface CounterexampleExtra {
  /** {@link Counterexample.replay}. */
  readonly replay?: string;
  /** {@link Counterexample.walk}. */
  readonly walk?: string;
  /** {@link Counterexample.minimality}. */
  readonly minimality?: string;
  /** {@link Counterexample.confirmed}. */
  readonly confirmed?: { readonly failed: number; readonly runs: number };
  /** {@link Counterexample.environment}. */
  readonly environment?: Environment;
  /** {@link Counterexample.foundBy}. */
  readonly foundBy?: Engine;
  /** Draws the states of the machine whose states the steps have; a scope does. */
  readonly drawings?: Drawings;
}

/** Index of the step at which the sides part, or -1. */
export function partedIndex(report: Counterexample): number {
  return report.steps.findIndex((step) => step.parted);
}
