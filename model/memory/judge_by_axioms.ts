/**
 * The axioms of SC, x86-TSO and RC11 read literally, over all candidate executions of small programs: slow, and
 * written without any of the machines' code, so that both can be wrong only in different ways.
 *
 * A candidate is a way through every thread, a source for every read, and an order of the writes of every location.
 * A read-modify-write is two events, a read and a write, as in the cat files.
 *
 * @module
 */
import type { AxiomEvent, Candidate } from "./axioms.ts";
import { rc11Allows, scAllows, tsoAllows } from "./axioms.ts";
import type { Program } from "./program.ts";
import { inverse, make, minus, seq } from "./relation.ts";
import type { ThreadPath } from "./thread_path.ts";
import { pathsOf, runPath } from "./thread_path.ts";

/** All ways to pick one element of every list. */
function* product<T>(lists: readonly (readonly T[])[]): Generator<T[]> {
  if (lists.length === 0) return yield [];
  for (const rest of product(lists.slice(1))) for (const first of lists[0]!) yield [first, ...rest];
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) return yield [];
  for (const [index, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(index, 1))) yield [first, ...rest];
  }
}

/** What every event reads or writes, and the registers at the end. */
interface Run {
  readonly values: readonly number[];
  readonly registers: readonly (readonly number[])[];
}

/**
 * Runs all paths with these sources of their reads. Undefined when the values lead another way, or when a read waits
 * for its own future: no model here allows a cycle of program order and reads-from.
 */
function runAll(
  initial: readonly number[],
  paths: readonly ThreadPath[],
  sources: ReadonlyMap<number, number>,
): Run | undefined {
  const values: (number | undefined)[] = [...initial];
  const registers: (readonly number[] | undefined)[] = paths.map(() => undefined);
  for (let round = 0; round <= sources.size; round++) {
    for (const [read, source] of sources) values[read] = values[source];
    let offset = initial.length;
    for (const [thread, path] of paths.entries()) {
      const end = runPath(path, offset, values);
      if (end === false) return undefined;
      registers[thread] = end;
      offset += path.events.length;
    }
    if (registers.every((own) => own !== undefined)) {
      return { values: values.map((value) => value ?? 0), registers };
    }
  }
  return undefined;
}

/** A candidate execution and how it ends. */
interface Judged {
  readonly candidate: Candidate;
  readonly registers: readonly (readonly number[])[];
  readonly memory: readonly number[];
}

/** All candidates along one path per thread. */
function* candidatesAlong({ initial }: Program, paths: readonly ThreadPath[]): Generator<Judged> {
  const events: AxiomEvent[] = [
    ...initial.map((_, location): AxiomEvent => (
      { thread: -1, kind: "W", location, order: "plain", locked: false, updates: false }
    )),
    ...paths.flatMap((path, thread) => path.events.map((event) => ({ ...event, thread }))),
  ];
  const n = events.length;
  const ids = [...events.keys()];
  const loc = make(n, (i, j) => events[i]!.location >= 0 && events[i]!.location === events[j]!.location);
  const sb = make(n, (i, j) => events[i]!.thread >= 0 && events[i]!.thread === events[j]!.thread && i < j);
  const rmw = make(n, (i, j) => events[j]!.updates && i === j - 1);
  const reads = ids.filter((id) => events[id]!.kind === "R");
  const writes = (location: number) =>
    ids.filter((id) => events[id]!.kind === "W" && events[id]!.location === location);
  const orders = initial.map((_, location) =>
    [...permutations(writes(location).slice(1))].map((rest) => [location, ...rest])
  );
  for (const chosen of product(reads.map((id) => writes(events[id]!.location)))) {
    const sources = new Map(reads.map((read, index) => [read, chosen[index]!]));
    const run = runAll(initial, paths, sources);
    if (run === undefined) continue;
    const rf = make(n, (i, j) => sources.get(j) === i);
    for (const order of product(orders)) {
      const place = (id: number) => order[events[id]!.location]!.indexOf(id);
      const bothWrite = (i: number, j: number) =>
        events[i]!.kind === "W" && events[j]!.kind === "W" && loc[i]![j]!;
      const mo = make(n, (i, j) => bothWrite(i, j) && place(i) < place(j));
      const rb = minus(seq(inverse(rf), mo), make(n, (i, j) => i === j));
      const memory = order.map((own) => run.values[own.at(-1)!]!);
      yield { candidate: { events, sb, rf, mo, rb, rmw, loc }, registers: run.registers, memory };
    }
  }
}

/** Final states and race of `program` under one of the axiomatic models. Its jumps must go forward. */
export function judgeByAxioms(
  program: Program,
  model: "sc" | "tso" | "c11" | "c++20",
): { readonly finals: ReadonlySet<string>; readonly race: boolean } {
  const finals = new Set<string>();
  let race = false;
  for (const paths of product(program.threads.map(pathsOf))) {
    for (const { candidate, registers, memory } of candidatesAlong(program, paths)) {
      if (model === "sc") {
        if (!scAllows(candidate)) continue;
      } else if (model === "tso") {
        if (!tsoAllows(candidate)) continue;
      } else {
        const judged = rc11Allows(candidate, model === "c++20");
        if (!judged.allowed) continue;
        race ||= judged.race;
      }
      finals.add(JSON.stringify([registers, memory]));
    }
  }
  return { finals, race };
}
