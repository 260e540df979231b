import { assert, assertEquals } from "@std/assert";
import { checkLitmus } from "../../model/memory/check_litmus.ts";
import { judgeByAxioms } from "../../model/memory/judge_by_axioms.ts";
import { parseLitmus } from "../../model/memory/litmus.ts";
import type { MemoryModel } from "../../model/memory/memory_model.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { searchProgram } from "../../model/memory/search.ts";
import { tso } from "../../model/memory/tso.ts";
import type { Cycle, Link } from "./critical_cycle.ts";
import { criticalCycles, relaxedAllows, releaseAcquireAllows, testOf, tsoAllows } from "./critical_cycle.ts";
import { cText, cycleOrders, x86_64Text, x86Text } from "./cycle_text.ts";

const links: readonly Link[] = ["po", "fence", "locked", "forwarded", "pos", "posFence"];
const small = new Map([...criticalCycles(2, links), ...criticalCycles(3, links)]);
/** 5936 are too many for every run. */
const four = new Map([...criticalCycles(4, links)].filter((_, index) => index % 37 === 0));
const known = new Map([...small, ...four]);

/** Cycles whose model gives another verdict than the theorem. */
function wrongVerdicts<Memory>(
  cycles: ReadonlyMap<string, Cycle>,
  text: (name: string, cycle: Cycle) => string,
  model: MemoryModel<Memory>,
  allows: (cycle: Cycle) => boolean,
): string[] {
  return [...cycles].filter(([name, cycle]) =>
    checkLitmus(parseLitmus(`${name}.litmus`, text(name, cycle)), model).holds !== allows(cycle)
  ).map(([name]) => name);
}

const inAtt = (name: string, cycle: Cycle) => x86_64Text(testOf(name, cycle));
const inIntel = (name: string, cycle: Cycle) => x86Text(testOf(name, cycle));
const never = () => false;

Deno.test("criticalCycles finds each classical family once", () => {
  // As many as diy7 makes of the same edges for litmus-tests-x86, in its basic folders and in these with the extra ones.
  const counts = (own: readonly Link[]) => [2, 3, 4].map((threads) => criticalCycles(threads, own).size);
  assertEquals(counts(["po", "fence"]), [21, 100, 490]);
  assertEquals(counts(["po", "fence", "pos", "posFence"]), [21, 100 + 96, 490 + 872]);
  // Load buffering, message passing, S, store buffering, R, 2+2W.
  assertEquals([...criticalCycles(2, ["po"]).keys()].sort(), [
    "RR-po+WW-po",
    "RW-po+RW-po",
    "RW-po+WW-po",
    "WR-po+WR-po",
    "WR-po+WW-po",
    "WW-po+WW-po",
  ]);
});

Deno.test("testOf writes store buffering, with a fence in one thread, as a file", () => {
  const cycle: Cycle = [{ directions: "WR", link: "fence" }, { directions: "WR", link: "forwarded" }];
  assertEquals(
    inAtt("SB+mfence+rfi-po", cycle),
    `X86_64 SB+mfence+rfi-po
{ uint64_t x; uint64_t y; }
 P0            | P1            ;
 movq $1,(x)   | movq $1,(y)   ;
 movq (x),%rax | mfence        ;
 movq (y),%rbx | movq (x),%rax ;
exists (0:rax=1 /\\ 0:rbx=0 /\\ 1:rax=0)
`,
  );
});

Deno.test("sc forbids every critical cycle", () => {
  assertEquals(wrongVerdicts(known, inAtt, sc, never), []);
});

Deno.test("tso allows a critical cycle where a store is followed by an unfenced load, and no other", () => {
  assertEquals(wrongVerdicts(known, inAtt, tso, tsoAllows), []);
  assertEquals(wrongVerdicts(small, inIntel, tso, tsoAllows), []);
  const allowed = [...known.values()].filter(tsoAllows).length;
  assert(allowed > 100 && known.size - allowed > 100, `${allowed} of ${known.size} are allowed`);
});

Deno.test("sc and tso have the final states of their axioms for all critical cycles of two threads", () => {
  for (const [name, cycle] of criticalCycles(2, links)) {
    const { program } = parseLitmus(name, inAtt(name, cycle));
    for (const model of [sc, tso] as const) {
      const { finals } = searchProgram<never>(program, model as MemoryModel<never>);
      const found = new Set(finals.map(({ registers, memory }) => JSON.stringify([registers, memory])));
      assertEquals([name, found], [name, judgeByAxioms(program, model.name as "sc" | "tso").finals]);
    }
  }
});

const unfenced = new Map(
  [...known].filter(([, cycle]) =>
    cycle.every(({ link }) => link === "po" || link === "pos" || link === "forwarded")
  ),
);

Deno.test("rc11 allows relaxed critical cycles unless they go along reads-from only", () => {
  const text = (name: string, cycle: Cycle) => cText(testOf(name, cycle), cycleOrders.relaxed);
  assertEquals(wrongVerdicts(unfenced, text, rc11, relaxedAllows), []);
});

Deno.test("rc11 forbids critical cycles of release and acquire that go against reads-from at one location at most", () => {
  const text = (name: string, cycle: Cycle) => cText(testOf(name, cycle), cycleOrders.releaseAcquire);
  assertEquals(wrongVerdicts(unfenced, text, rc11, releaseAcquireAllows), []);
  const allowed = [...unfenced.values()].filter(releaseAcquireAllows).length;
  assert(allowed > 20 && unfenced.size - allowed > 20, `${allowed} of ${unfenced.size} are allowed`);
});

Deno.test("rc11 forbids every critical cycle whose accesses, or the fences between them, are seq_cst", () => {
  const accesses = (name: string, cycle: Cycle) => cText(testOf(name, cycle), cycleOrders.seqCst);
  const fences = (name: string, cycle: Cycle) => cText(testOf(name, cycle), cycleOrders.relaxed);
  assertEquals(wrongVerdicts(unfenced, accesses, rc11, never), []);
  const fenced = new Map([...criticalCycles(2, ["fence", "pos"]), ...criticalCycles(3, ["fence", "pos"])]);
  assert(fenced.size > 30, `${fenced.size} cycles are fenced`);
  assertEquals(wrongVerdicts(fenced, fences, rc11, never), []);
});
