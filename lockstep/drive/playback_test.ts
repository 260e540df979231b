import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { AnyCommand, AnyTarget, Budget } from "../machine.ts";
import { assertLockstep, Disagreement } from "../report/assert_agreed.ts";
import { terminalReport } from "../report/terminal.ts";
import { asTarget } from "./as_target.ts";
import { desk, type DeskCommand } from "./example_machines.ts";
import { examplePool, poolWalk } from "./example_pool.ts";
import { playback } from "./playback.ts";
import { listed, type Run, runCase, type Sides } from "./run_case.ts";

const limits = { maximumStates: 8, maximumTicks: 100 };
const open: DeskCommand = { kind: "open", as: 0 };
const total: DeskCommand = { kind: "total" };

function sides(target: AnyTarget, epilogue: readonly DeskCommand[]): Sides {
  const walk = { labels: {}, epilogue: () => epilogue };
  return { walked: desk("ordinary"), also: [], target, walk, limits, invariants: true };
}

/** The desk, where `total` is answered by `answer` and the view is `shift` too large. */
function mistaken(answer: (honest: () => unknown, budget: Budget) => unknown, shift = 0): AnyTarget {
  const honest = asTarget(desk("ordinary"));
  return {
    ...honest,
    open: (start: null) => {
      const subject = honest.open(start);
      return {
        perform: (command: DeskCommand, budget: Budget) =>
          command.kind === "total"
            ? answer(() => subject.perform(command, budget), budget)
            : subject.perform(command, budget),
        view: () => subject.view!() + shift,
        [Symbol.dispose]: () => subject[Symbol.dispose](),
      };
    },
  };
}

function run(both: Sides, commands: readonly AnyCommand[]): Run {
  const result = runCase(both, null, () => listed(commands), true);
  assert(!(result instanceof Promise));
  return result;
}

/** What a report tells of a run: views are seen only as far as both sides agree. */
function told({ verdict, executed, steps }: Run): unknown {
  return { verdict, executed, steps: steps.map(({ view: _, ...step }) => step) };
}

Deno.test("playback ends in the verdict of the run that it repeats, step by step", () => {
  const mistakes: Record<string, AnyTarget> = {
    "agreed": mistaken((honest) => honest()),
    "diverged": mistaken(() => ({ kind: "total", amount: 77 })),
    "diverged view": mistaken((honest) => honest(), 1),
    "crashed": mistaken(() => {
      throw new RangeError("Cannot count: no fingers");
    }),
    "hung": mistaken((_, budget) => {
      for (;;) budget.tick();
    }),
  };
  for (const [kind, target] of Object.entries(mistakes)) {
    for (const [commands, epilogue] of [[[open, total], []], [[open], [total]]]) {
      const first = run(sides(target, epilogue!), commands!);
      assertEquals(first.verdict.kind, kind);
      const again = run(sides(playback("recorded", first.answers), epilogue!), first.executed);
      assertEquals(told(again), told(first));
    }
  }
});

Deno.test("playback refuses to make up an answer", () => {
  const { verdict } = run(sides(playback("recorded", []), []), [open]);
  assertEquals(verdict, {
    kind: "crashed",
    at: 0,
    error: "RangeError: Cannot answer open: only 0 answers were recorded",
  });
});

Deno.test("assertLockstep shows the run that failed when the failure never comes back", async () => {
  const [wrong, right] = [examplePool(4, { count: () => 3 }), examplePool(4)].map((pool) => asTarget(pool));
  let opened = 0;
  const target: AnyTarget = {
    ...right!,
    open: (start: null) => (opened++ === 7 ? wrong : right)!.open(start),
  };
  const both = { walked: examplePool(4), also: [], target, walk: poolWalk, limits, invariants: true };
  const options = { cases: 50, commandsPerCase: 20, seed: 5, shrinkRuns: 30 };
  const { report } = await assertRejects(() => assertLockstep(both, options), Disagreement);
  const parted = report.steps.find((step) => step.parted);
  assertEquals(parted?.command, { kind: "count" });
  assertEquals([report.verdict.kind, parted?.reply], ["diverged", { kind: "counted", count: 3 }]);
  assertEquals(report.confirmed, { failed: 0, runs: 20 });
  assertStringIncludes(terminalReport(report), "flaky: failed in 1 of 21 runs, shown is the first of them");
});
