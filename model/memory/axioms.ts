/**
 * The axioms of SC, x86-TSO and RC11, word for word as the cat files have them.
 *
 * @see Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017
 * @see Owens, Sarkar, Sewell, "A better x86 memory model: x86-TSO", TPHOLs 2009
 * @module
 */
import type { Order } from "./memory_model.ts";
import type { Relation } from "./relation.ts";
import { acyclic, closure, inverse, irreflexive, make, maybe, meet, minus, seq, union } from "./relation.ts";
import type { PathEvent } from "./thread_path.ts";

/** An event of a candidate. */
export interface AxiomEvent extends PathEvent {
  /** -1 for initial writes. */
  readonly thread: number;
}

/** One candidate execution with its base relations. */
export interface Candidate {
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

/** The axioms of `rc11.cat`, with the release sequences of C++20 if asked, and whether there is a data race. */
export function rc11Allows(
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
export function tsoAllows({ events, sb, rf, mo, rb, rmw, loc }: Candidate): boolean {
  const n = events.length;
  const locked = make(n, (i, j) => {
    const { kind, order, locked } = events[i]!;
    return i === j && (locked || (kind !== "R" && order === "seq_cst"));
  });
  const internal = make(n, (i, j) => events[i]!.thread === events[j]!.thread);
  // Of accesses only: a fence that is no MFENCE does not stand between a store and a later load.
  const po = make(n, (i, j) => sb[i]![j]! && /WW|RW|RR/.test(events[i]!.kind + events[j]!.kind));
  const ordered = union(po, seq(sb, locked), seq(locked, sb), seq(sb, locked, sb));
  const com = union(rf, mo, rb);
  return acyclic(union(meet(sb, loc), com)) && irreflexive(seq(rb, mo, inverse(rmw))) &&
    acyclic(union(ordered, minus(rf, internal), mo, rb));
}

/** Sequential consistency. */
export function scAllows({ sb, rf, mo, rb, rmw }: Candidate): boolean {
  return acyclic(union(sb, rf, mo, rb)) && irreflexive(seq(rb, mo, inverse(rmw)));
}
