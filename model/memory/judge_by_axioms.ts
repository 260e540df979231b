/**
 * The axioms of SC, x86-TSO and RC11 read literally, over all candidate executions of straight-line programs: slow,
 * and written without any of the machines' code, so that both can be wrong only in different ways.
 *
 * A candidate is a choice of a source for every read and an order of the writes of every location. A read-modify-write
 * is two events, a read and a write, as in the cat files.
 *
 * @module
 */
import type { Order } from "./memory_model.ts";
import { updated } from "./memory_model.ts";
import type { Expression, Instruction, Program, ProgramThread } from "./program.ts";

type Relation = readonly (readonly boolean[])[];

interface AxiomEvent {
  readonly thread: number;
  readonly kind: "R" | "W" | "F";
  readonly location: number;
  readonly order: Order;
  readonly instruction: Instruction | undefined;
  /** What a store writes, or the operand of a read-modify-write. */
  readonly operand: number;
  /** The read half of the read-modify-write that this write belongs to. */
  readonly updates: number | undefined;
  readonly into: number | undefined;
}

const make = (n: number, related: (i: number, j: number) => boolean): Relation =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => related(i, j)));
const union = (...all: readonly Relation[]): Relation =>
  make(all[0]!.length, (i, j) => all.some((r) => r[i]![j]!));
const minus = (a: Relation, b: Relation): Relation => make(a.length, (i, j) => a[i]![j]! && !b[i]![j]!);
const meet = (a: Relation, b: Relation): Relation => make(a.length, (i, j) => a[i]![j]! && b[i]![j]!);
const inverse = (a: Relation): Relation => make(a.length, (i, j) => a[j]![i]!);
const maybe = (a: Relation): Relation => make(a.length, (i, j) => i === j || a[i]![j]!);
const seq = (first: Relation, ...rest: readonly Relation[]): Relation =>
  rest.reduce((a, b) => make(a.length, (i, j) => a.some((_, k) => a[i]![k]! && b[k]![j]!)), first);
function closure(a: Relation): Relation {
  let result = a;
  for (;;) {
    const next = union(result, seq(result, result));
    if (next.every((row, i) => row.every((bit, j) => bit === result[i]![j]))) return result;
    result = next;
  }
}
const irreflexive = (a: Relation): boolean => a.every((row, i) => !row[i]);
const acyclic = (a: Relation): boolean => irreflexive(closure(a));

function constantOf(expression: Expression, constants: ReadonlyMap<number, number>): number {
  const value = expression.kind === "register" ? constants.get(expression.register) : undefined;
  if (expression.kind === "constant") return expression.value;
  if (value === undefined) throw new TypeError("Cannot judge: only constants are written");
  return value;
}

function operandOf(instruction: Instruction, constants: ReadonlyMap<number, number>): number {
  return instruction.kind === "store"
    ? constantOf(instruction.value, constants)
    : instruction.kind === "update"
    ? constantOf(instruction.operand, constants)
    : 0;
}

function eventsOf(program: Program): AxiomEvent[] {
  const events: AxiomEvent[] = program.initial.map((_, location) => ({
    thread: -1,
    kind: "W",
    location,
    order: "plain",
    instruction: undefined,
    operand: 0,
    updates: undefined,
    into: undefined,
  }));
  for (const [thread, own] of program.threads.entries()) {
    const constants = new Map([...own.initial.entries()]);
    for (const instruction of own.instructions) {
      if (instruction.kind === "set") {
        constants.set(instruction.register, constantOf(instruction.value, constants));
      }
      if (/^(jump|jumpUnless|compareExchange)$/.test(instruction.kind)) {
        throw new TypeError(`Cannot judge: a ${instruction.kind} is not straight-line code`);
      }
      const operand = operandOf(instruction, constants);
      if ("into" in instruction) constants.delete(instruction.into);
      const common = { thread, instruction, operand, updates: undefined, into: undefined };
      if (instruction.kind === "fence") {
        events.push({ ...common, kind: "F", location: -1, order: instruction.order });
      }
      if (instruction.kind === "store") {
        events.push({ ...common, kind: "W", location: instruction.location, order: instruction.order });
      }
      if (instruction.kind !== "load" && instruction.kind !== "update") continue;
      const { location, order, into } = instruction;
      events.push({ ...common, kind: "R", location, order, into });
      if (instruction.kind === "update") {
        events.push({ ...common, kind: "W", location, order, updates: events.length - 1 });
      }
    }
  }
  return events;
}

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

/** Values of all events, or undefined when they depend on themselves. */
function valuesOf(
  program: Program,
  events: readonly AxiomEvent[],
  source: readonly number[],
): number[] | undefined {
  const values: (number | undefined)[] = events.map((event, id) =>
    event.thread < 0
      ? program.initial[id]!
      : event.kind === "W" && event.updates === undefined
      ? event.operand
      : event.kind === "F"
      ? 0
      : undefined
  );
  for (let round = 0; round < events.length; round++) {
    for (const [id, event] of events.entries()) {
      if (event.kind === "R") values[id] = values[source[id]!];
      if (event.updates === undefined || values[event.updates] === undefined) continue;
      const { instruction } = event;
      if (instruction?.kind === "update") {
        values[id] = updated(instruction.operation, values[event.updates]!, event.operand);
      }
    }
  }
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** One candidate execution with its base relations. */
interface Candidate {
  readonly events: readonly AxiomEvent[];
  readonly sb: Relation;
  readonly rf: Relation;
  readonly mo: Relation;
  readonly rb: Relation;
  readonly rmw: Relation;
  readonly loc: Relation;
}

const acquireOrders: readonly Order[] = ["acquire", "acq_rel", "seq_cst"];
const releaseOrders: readonly Order[] = ["release", "acq_rel", "seq_cst"];

function rc11Allows(
  { events, sb, rf, mo, rb, rmw, loc }: Candidate,
  cpp20: boolean,
): { allowed: boolean; race: boolean } {
  const n = events.length;
  const only = (test: (event: AxiomEvent) => boolean): Relation =>
    make(n, (i, j) => i === j && test(events[i]!));
  const atomic = (event: AxiomEvent) => event.order !== "plain";
  const W = only(({ kind }) => kind === "W");
  const F = only(({ kind }) => kind === "F");
  const Watomic = only((event) => event.kind === "W" && atomic(event));
  const Ratomic = only((event) => event.kind === "R" && atomic(event));
  const rel = only(({ order, kind }) => kind !== "R" && releaseOrders.includes(order));
  const acq = only(({ order, kind }) => kind !== "W" && acquireOrders.includes(order));
  const sbLoc = meet(sb, loc);
  const rs = seq(
    W,
    cpp20 ? maybe(make(n, () => false)) : maybe(sbLoc),
    Watomic,
    maybe(closure(seq(rf, rmw))),
  );
  const sw = seq(rel, maybe(seq(F, sb)), rs, rf, Ratomic, maybe(seq(sb, F)), acq);
  const hb = closure(union(sb, sw));
  const eco = closure(union(rf, mo, rb));
  const SC = only(({ order }) => order === "seq_cst");
  const Fsc = seq(F, SC);
  const sbOther = minus(sb, loc);
  const scb = union(sb, seq(sbOther, hb, sbOther), meet(hb, loc), mo, rb);
  const pscb = seq(union(SC, seq(Fsc, maybe(hb))), scb, union(SC, seq(maybe(hb), Fsc)));
  const pscf = seq(Fsc, union(hb, seq(hb, eco, hb)), Fsc);
  const allowed = irreflexive(hb) && irreflexive(seq(hb, eco)) && irreflexive(seq(rb, mo, inverse(rmw))) &&
    acyclic(union(pscb, pscf)) && acyclic(union(sb, rf));
  const race = events.some((a, i) =>
    events.some((b, j) =>
      a.thread >= 0 && b.thread >= 0 && a.thread !== b.thread && a.location >= 0 &&
      a.location === b.location &&
      (a.kind === "W" || b.kind === "W") && !(atomic(a) && atomic(b)) && !hb[i]![j] && !hb[j]![i]
    )
  );
  return { allowed, race };
}

/** `x86tso.cat`, with the usual compilation of C11 orders. */
function tsoAllows({ events, sb, rf, mo, rb, rmw, loc }: Candidate): boolean {
  const n = events.length;
  const locked = make(n, (i, j) => {
    const event = events[i]!;
    const inUpdate = rmw[i]!.some(Boolean) || event.updates !== undefined;
    return i === j && (inUpdate || (event.kind !== "R" && event.order === "seq_cst"));
  });
  const internal = make(n, (i, j) => events[i]!.thread === events[j]!.thread);
  const po = make(n, (i, j) => sb[i]![j]! && !(events[i]!.kind === "W" && events[j]!.kind === "R"));
  const ordered = union(po, seq(sb, locked), seq(locked, sb), seq(sb, locked, sb));
  const com = union(rf, mo, rb);
  return acyclic(union(meet(sb, loc), com)) && irreflexive(seq(rb, mo, inverse(rmw))) &&
    acyclic(union(ordered, minus(rf, internal), mo, rb));
}

/** The registers of a thread whose reads answered `answers`, in program order. */
function finalRegisters({ initial, instructions }: ProgramThread, answers: readonly number[]): number[] {
  const registers = new Map([...initial.entries()]);
  let next = 0;
  for (const instruction of instructions) {
    if ("into" in instruction) registers.set(instruction.into, answers[next++]!);
    if (instruction.kind === "set") {
      registers.set(instruction.register, constantOf(instruction.value, registers));
    }
  }
  return initial.map((_, register) => registers.get(register)!);
}

/** Final states and race of `program` under one of the axiomatic models. @throws {TypeError} for jumps and computed values */
export function judgeByAxioms(
  program: Program,
  model: "sc" | "tso" | "c11" | "c++20",
): { readonly finals: ReadonlySet<string>; readonly race: boolean } {
  const events = eventsOf(program);
  const n = events.length;
  const before = (i: number, j: number) =>
    events[i]!.thread >= 0 && events[i]!.thread === events[j]!.thread && i < j;
  const sb = make(n, before);
  const loc = make(n, (i, j) => events[i]!.location >= 0 && events[i]!.location === events[j]!.location);
  const rmw = make(n, (i, j) => events[j]!.updates === i);
  const writes = (location: number) =>
    [...events.keys()].filter((id) => events[id]!.kind === "W" && events[id]!.location === location);
  const reads = [...events.keys()].filter((id) => events[id]!.kind === "R");
  const orders = program.initial.map((_, location) =>
    [...permutations(writes(location).slice(1))].map((rest) => [location, ...rest])
  );
  const finals = new Set<string>();
  let race = false;
  for (const chosen of product(reads.map((id) => writes(events[id]!.location)))) {
    const source = events.map((_, id) => chosen[reads.indexOf(id)] ?? -1);
    const values = valuesOf(program, events, source);
    if (values === undefined) continue;
    const rf = make(n, (i, j) => source[j] === i);
    for (const order of product(orders)) {
      const position = (id: number) => order[events[id]!.location]!.indexOf(id);
      const bothWrite = (i: number, j: number) =>
        events[i]!.kind === "W" && events[j]!.kind === "W" && loc[i]![j]!;
      const mo = make(n, (i, j) => bothWrite(i, j) && position(i) < position(j));
      const rb = minus(seq(inverse(rf), mo), make(n, (i, j) => i === j));
      const candidate = { events, sb, rf, mo, rb, rmw, loc };
      if (model === "sc") {
        if (!acyclic(union(sb, rf, mo, rb)) || !irreflexive(seq(rb, mo, inverse(rmw)))) continue;
      } else if (model === "tso") {
        if (!tsoAllows(candidate)) continue;
      } else {
        const judged = rc11Allows(candidate, model === "c++20");
        if (!judged.allowed) continue;
        race ||= judged.race;
      }
      const registers = program.threads.map((own, thread) =>
        finalRegisters(
          own,
          events.flatMap((event, id) =>
            event.thread === thread && event.into !== undefined ? [values[id]!] : []
          ),
        )
      );
      const memory = order.map((ids) => values[ids.at(-1)!]!);
      finals.add(JSON.stringify([registers, memory]));
    }
  }
  return { finals, race };
}
