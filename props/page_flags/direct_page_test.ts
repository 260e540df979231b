/**
 * The page by hand makes the very accesses of the page by phases: in every state that one operation after another leads
 * to, with every operation, while the other thread does a whole operation of its own before any one of the accesses.
 *
 * @module
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { halfRepair } from "../../impl/historic/page_flags_half_repair.ts";
import { lostFlag } from "../../impl/historic/page_flags_lost_flag.ts";
import { unownRace } from "../../impl/historic/page_flags_unown_race.ts";
import type { PageAlgorithm, PageOperation } from "../../impl/page_flags/algorithm.ts";
import { DirectPage, type DirectVersion } from "../../impl/page_flags/direct_page.ts";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import { wordStride } from "../../impl/page_flags/real_page.ts";
import { runOperation } from "../../impl/page_flags/run_operation.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import { performOnCells } from "../../model/memory/sc.ts";

const blocks = 2;
const threads = [0, 1];

/** More is recorded only of an operation that never ends. */
const mostRecorded = 1_000;

interface Call {
  readonly thread: number;
  readonly operation: Exclude<PageOperation, "usableSize">;
  readonly argument: number;
}

/** What can be told from outside: every atomic access with all words as they were before it, every answer, the end. */
type Record = readonly unknown[];

/** A call, and what the other thread does before the call's access number `before`. */
interface Moment {
  readonly call: Call;
  readonly before?: number;
  readonly other?: Call;
}

const isAtomic = (access: Access) => "order" in access && access.order !== "plain";

/** The moments by phases, one access after another. */
function byPhases(algorithm: PageAlgorithm, moments: readonly Moment[]): Record {
  const cells = [...algorithm.initial];
  const memories = threads.map((thread) => ({ thread, local: algorithm.initialLocal(thread) }));
  const record: unknown[] = [];
  const perform = (call: Call, before?: number, other?: Call): void => {
    const running = runOperation(algorithm, call.operation, memories[call.thread]!, call.argument);
    let made = 0;
    let next = running.next(0);
    while (next.done !== true) {
      const access = next.value;
      if (isAtomic(access)) {
        if (made++ === before) perform(other!);
        record.push(seenFrom(access), cells.join());
      }
      next = running.next(performOnCells(cells, access));
    }
    record.push(next.value);
  };
  for (const { call, before, other } of moments) perform(call, before, other);
  return [...record, cells.join(), ...memories.map(({ local }) => local === 1)];
}

/** An access without its order, which Atomics do not have. */
function seenFrom(access: Access): string {
  switch (access.kind) {
    case "load":
      return `load ${access.location}`;
    case "store":
      return `store ${access.location} ${access.value}`;
    case "update":
      return `${access.operation} ${access.location} ${access.operand}`;
    case "compareExchange":
      return `compareExchange ${access.location} ${access.expected} ${access.desired}`;
    case "fence":
      return "fence";
  }
}

const watched = ["load", "store", "or", "and", "compareExchange"] as const;

/** Calls `before` ahead of every function of Atomics while `body` runs. */
function watchAtomics(before: (access: string) => void, body: () => void): void {
  const originals = watched.map((name) => Atomics[name]);
  try {
    for (const name of watched) {
      const original = Atomics[name] as (...values: unknown[]) => unknown;
      const watching = (words: Int32Array, at: number, ...values: number[]): unknown => {
        before([name, at / wordStride, ...values].join(" "));
        return original(words, at, ...values);
      };
      Object.assign(Atomics, { [name]: watching });
    }
    body();
  } finally {
    for (const [index, name] of watched.entries()) Object.assign(Atomics, { [name]: originals[index] });
  }
}

/** The same moments by hand. */
function byHand(
  version: DirectVersion,
  { initial }: PageAlgorithm,
  moments: readonly Moment[],
): Record {
  const words = new Int32Array(initial.length * wordStride);
  for (const [word, value] of initial.entries()) words[word * wordStride] = value;
  const cells = () => initial.map((_, word) => words[word * wordStride]!).join();
  const pages = threads.map((thread) => new DirectPage(words, 0, thread, version));
  const record: unknown[] = [];
  let interrupt: (() => void) | undefined;
  let left = 0;
  const perform = ({ thread, operation, argument }: Call): void => {
    const page = pages[thread]!;
    if (operation === "free") page.free(argument);
    record.push(operation === "free" ? 0 : page[operation]());
  };
  watchAtomics((access) => {
    if (record.length > mostRecorded) throw new Error(`an operation does not end: ${record.slice(-4)}`);
    if (interrupt !== undefined && left-- === 0) {
      const now = interrupt;
      interrupt = undefined;
      now();
    }
    record.push(access, cells());
  }, () => {
    for (const { call, before, other } of moments) {
      left = before ?? 0;
      interrupt = other === undefined ? undefined : () => perform(other);
      perform(call);
    }
  });
  return [...record, cells(), ...pages.map(({ owns }) => owns)];
}

/** What a thread may ask for while these pointers are held. */
function callsOf(held: readonly number[]): Call[] {
  return threads.flatMap((thread): Call[] => [
    { thread, operation: "malloc", argument: 0 },
    { thread, operation: "mallocAligned", argument: 0 },
    ...held.map((pointer): Call => ({ thread, operation: "free", argument: pointer })),
  ]);
}

interface Situation {
  readonly moments: readonly Moment[];
  readonly held: readonly number[];
}

/** One way to every state of the correct page between operations. */
function situations(algorithm: PageAlgorithm): Situation[] {
  const seen = new Set<string>();
  const found: Situation[] = [{ moments: [], held: [] }];
  for (const { moments, held } of found) {
    for (const call of callsOf(held)) {
      const longer = [...moments, { call }];
      const record = byPhases(algorithm, longer);
      const answer = record.at(-4) as number;
      const next = call.operation === "free"
        ? held.filter((pointer) => pointer !== call.argument)
        : answer === 0
        ? held
        : [...held, answer].sort();
      const state = JSON.stringify([record.slice(-3), next]);
      if (seen.has(state)) continue;
      seen.add(state);
      found.push({ moments: longer, held: next });
    }
  }
  return found;
}

/** Every situation with every call, alone and with every call of the other thread before each of its accesses. */
function* allMoments(algorithm: PageAlgorithm): Generator<readonly Moment[]> {
  for (const { moments, held } of situations(algorithm)) {
    for (const call of callsOf(held)) {
      yield [...moments, { call }];
      const free = call.operation === "free" ? held.filter((one) => one !== call.argument) : held;
      const others = callsOf(free).filter(({ thread }) => thread !== call.thread);
      for (const other of others) {
        for (let before = 0; before < 8; before++) yield [...moments, { call, before, other }];
      }
    }
  }
}

const versions: readonly (readonly [DirectVersion, (blocks: number) => PageAlgorithm])[] = [
  ["repaired", ownedBit],
  ["lost flag", lostFlag],
  ["half repair", halfRepair],
  ["unown race", unownRace],
];

/** The first moments in which the page by hand does something else than the phases. */
function firstDifference(version: DirectVersion, algorithm: PageAlgorithm): readonly Moment[] | undefined {
  for (const moments of allMoments(algorithm)) {
    const [hand, phases] = [byHand(version, algorithm, moments), byPhases(algorithm, moments)];
    if (JSON.stringify(hand) !== JSON.stringify(phases)) return moments;
  }
  return undefined;
}

Deno.test("DirectPage makes the accesses of the phases in every state, interrupted anywhere by the other thread", () => {
  assertEquals(situations(ownedBit(blocks)).length, 56);
  for (const [version, make] of versions) {
    assertEquals([version, firstDifference(version, make(blocks))], [version, undefined]);
  }
});

Deno.test("DirectPage of another version is told apart from the phases of the repaired one", () => {
  for (const [version] of versions.slice(1)) {
    assertNotEquals([version, firstDifference(version, ownedBit(blocks))], [version, undefined]);
  }
});
