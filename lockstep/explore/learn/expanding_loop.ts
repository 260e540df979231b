/**
 * The inner loop of a search whose steps are looked up: generated for one number of words, so that it has type
 * feedback of its own.
 *
 * @module
 */
import type { Candidates } from "../workers/candidates.ts";
import type { EdgeStore } from "../edge_store.ts";
import { seekingLoop } from "./seeking_loop.ts";
import type { StateStore } from "../state_store.ts";
import { storingLoop } from "./storing_loop.ts";
import type { Generate, TreeShared } from "./tree_code.ts";

/** What the loop and the rest of the search tell each other. */
export interface LoopShared extends TreeShared {
  /** Generated from the trees; at first it leaves all moves to the loop. */
  generate: Generate;
  transitions: number;
}

/** What the loop asks of its search. */
export interface LoopSearch {
  readonly maximumStates: number;
  readonly stoppedBy: string | undefined;
  tooMany(): void;
  discovered(index: number): void;
  found(candidate: number): void;
  room(): boolean;
  ended(index: number): void;
}

/** Everything that the loop reaches. */
export interface LoopEnvironment {
  readonly shared: LoopShared;
  readonly search: LoopSearch;
  readonly store: StateStore;
  readonly taken: Uint32Array;
  readonly edges: EdgeStore | undefined;
  /** Where all successors go instead of the store. */
  readonly candidates: Candidates | undefined;
  /** Deals with a move that the trees do not know in this state; returns whether it was possible. */
  slow(index: number, move: number): boolean;
  /** Compares what the trees say of a state with what its steps do. */
  verify(index: number): void;
}

/** Expands states up to `to`, or fewer; returns the first one that is not expanded. */
export type ExpandingLoop = (from: number, to: number) => number;

/** Loops are kept: the next search of the same shape, such as that of a variant, finds machine code. */
const loops: Map<string, (environment: LoopEnvironment) => ExpandingLoop> = new Map();
const maximumLoops = 64;

/** Makes the loop for a number of words per state and of moves. */
export function compileLoop(words: number, moves: number, environment: LoopEnvironment): ExpandingLoop {
  const source = environment.candidates === undefined ? storingLoop(words, moves) : seekingLoop(words, moves);
  let make = loops.get(source);
  if (make === undefined) {
    make = new Function("E", `"use strict";\n${source}`) as (environment: LoopEnvironment) => ExpandingLoop;
    if (loops.size < maximumLoops) loops.set(source, make);
  }
  return make(environment);
}
