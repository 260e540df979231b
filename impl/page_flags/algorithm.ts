/**
 * How an allocator's page is written down so that one text can be explored under a memory model, stepped on real
 * memory and run by real threads: named phases, each of them one access to shared memory, that tail-call each other
 * and keep nothing but their arguments.
 *
 * @module
 */
import type { Access, Order } from "../../model/memory/memory_model.ts";

/** What a caller can ask of a page. */
export type PageOperation = "malloc" | "mallocAligned" | "free" | "usableSize";

/** The thread that runs: its number from 0, and what it remembers between operations (1 = the page is in its heap). */
export interface Self {
  readonly thread: number;
  readonly local: number;
}

/** What follows a phase: another phase with its arguments, or the answer of the operation. */
export type Next =
  | { readonly kind: "go"; readonly phase: string; readonly args: readonly number[]; readonly local?: number }
  | { readonly kind: "answer"; readonly value: number; readonly local?: number };

/** One access to shared memory, and what to do with what it read. */
export interface PhaseStep {
  readonly access: Access;
  then(read: number): Next;
}

/** A phase: at most four arguments, which are small non-negative integers. */
export type Phase = (self: Self, a: number, b: number, c: number, d: number) => PhaseStep;

/** An algorithm for one page of `blocks` blocks. */
export interface PageAlgorithm {
  readonly name: string;
  readonly blocks: number;
  /** Names of the words of the page, in order. */
  readonly words: readonly string[];
  /** Words whose accesses are all plain; those of all others are all atomic. */
  readonly plain: readonly number[];
  /** Atomic words that are also written without release. */
  readonly continued: readonly number[];
  /** What the words hold when a page is fresh and belongs to thread 0. */
  readonly initial: readonly number[];
  /** What each thread remembers at the start. */
  initialLocal(thread: number): number;
  readonly phases: Readonly<Record<string, Phase>>;
  /** What an operation does first; may be an answer at once when no shared memory is needed. */
  start(operation: PageOperation, self: Self, argument: number): Next;
  /** What the words should always look like: the causes and the broken structures of mistakes. */
  readonly health: PageHealth;
}

/** A page at rest or in motion, as far as words tell. */
export interface PageWords {
  /** Reads a word as its owner would: own buffered stores before memory. */
  read(word: number): number;
  /** Pointers that callers hold now: at most one for each block. */
  readonly held: readonly number[];
  /** No operation is under way and no store is buffered. */
  readonly quiet: boolean;
}

/** Named conditions, each under the level on which it reports a mistake. */
export interface PageHealth {
  readonly cause: Readonly<Record<string, (page: PageWords) => boolean>>;
  readonly structure: Readonly<Record<string, (page: PageWords) => boolean>>;
}

/** The pointer to the start of block `block`; 0 is null. One more is the interior pointer. */
export function startPointer(block: number): number {
  return 2 * block + 2;
}

/** The block that a pointer points into. */
export function blockOf(pointer: number): number {
  return (pointer >> 1) - 1;
}

/** Whether a pointer points into the middle of its block, as aligned allocations do. */
export function isInterior(pointer: number): boolean {
  return (pointer & 1) === 1;
}

/** The start of the block that `pointer` points into: computed from constants of the page. */
export function unaligned(pointer: number): number {
  return pointer & ~1;
}

/** What is left of a block behind `pointer`: 2 units for a start, 1 for an interior pointer. */
export function usableUnits(pointer: number): number {
  return isInterior(pointer) ? 1 : 2;
}

/** Continues with a phase. */
export function go(phase: string, ...args: readonly number[]): Next {
  return { kind: "go", phase, args };
}

/** Ends the operation. */
export function answer(value: number): Next {
  return { kind: "answer", value };
}

/** The same, and the thread remembers `local` from now on. */
export function remembering(local: number, next: Next): Next {
  return { ...next, local };
}

/** A load. */
export function load(location: number, order: Order, then: (read: number) => Next): PhaseStep {
  return { access: { kind: "load", location, order }, then };
}

/** A store. */
export function store(location: number, value: number, order: Order, then: () => Next): PhaseStep {
  return { access: { kind: "store", location, value, order }, then };
}

/** A compare-and-exchange: `won` after success, `lost` with what was found instead. */
export function compareExchange(
  location: number,
  expected: number,
  desired: number,
  order: Order,
  won: () => Next,
  lost: (found: number) => Next,
): PhaseStep {
  const access = {
    kind: "compareExchange",
    location,
    expected,
    desired,
    order,
    failureOrder: "relaxed",
  } as const;
  return { access, then: (found) => found === expected ? won() : lost(found) };
}

/** The pointers on a linked list, up to the first that repeats. `link` answers the pointer after one. */
export function listed(head: number, link: (pointer: number) => number): readonly number[] {
  const found: number[] = [];
  for (let pointer = head; pointer !== 0 && !found.includes(pointer); pointer = link(pointer)) {
    found.push(pointer);
  }
  return found;
}
