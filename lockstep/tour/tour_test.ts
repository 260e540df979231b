import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { asTarget } from "../drive/as_target.ts";
import {
  examplePool,
  type PoolCommand,
  type PoolMachine,
  type PoolReply,
  poolWalk,
} from "../drive/example_pool.ts";
import type { Sides } from "../drive/run_case.ts";
import type { AnyTarget } from "../machine.ts";
import { TourGraph } from "./graph.ts";
import { tour } from "./tour.ts";

function sides(walked: PoolMachine, target: AnyTarget): Sides {
  const limits = { maximumStates: 64, maximumTicks: 1000 };
  return { walked, also: [], target, walk: poolWalk, limits, invariants: true };
}

const limits = { maximumStates: 1000, maximumTicks: 1000, until: Infinity };

Deno.test("TourGraph numbers states breadth-first and knows where every command leads", () => {
  const graph = new TourGraph(examplePool(3, { loose: true }), limits);
  // 8 subsets of 3 tokens; give: 12 pairs, take: 8 pairs, count: 8 pairs; each of the 3 last tokens may be withheld.
  assertEquals([graph.states, graph.pairs, graph.edges], [8, 28, 31]);
  for (let state = 1; state < graph.states; state++) {
    assert(graph.depth(state) >= graph.depth(state - 1));
    assertEquals(graph.target(graph.arrival(state).edge), state);
  }
});

Deno.test("TourGraph stops at its limit of states and says so", () => {
  const graph = new TourGraph(examplePool(5), { ...limits, maximumStates: 10 });
  assert(graph.expanded < 32);
  assertEquals(graph.stoppedBy, "the scope has more than 10 states");
});

Deno.test("tour covers every command in every state with at most 2.5 commands each", async () => {
  const pool = examplePool(4);
  const result = await tour(sides(pool, asTarget(pool)));
  assertEquals(result.covered, result.total);
  assertEquals(result.total, 16 + 32 + 16);
  assert(result.complete);
  assert(result.commands <= 2.5 * result.total, `${result.commands} commands`);
  assertEquals(result.commands, result.fewestCommands);
  assertEquals(result.stoppedBy, undefined);
});

Deno.test("tour names the allowed answers that were never given", async () => {
  const loose = examplePool(3, { loose: true });
  const result = await tour(sides(loose, asTarget(examplePool(3))));
  assertEquals(result.covered, result.total);
  assertEquals(
    result.unseenAnswers.map((
      { command, answer, allowedIn, unseenIn },
    ) => [command, answer, allowedIn, unseenIn]),
    [["take", "full", 3, 3]],
  );
  const told = await tour(sides(loose, asTarget(examplePool(3))), {
    isNeverGiven: (_command, reply) => (reply as { kind: string }).kind === "full",
  });
  assertEquals(told.unseenAnswers, []);
});

Deno.test("tour goes on where the real side takes another branch, and says what it was never let to reach", async () => {
  const loose = examplePool(3, { loose: true });
  const withholding = asTarget(loose, (count) => count - 1);
  const result = await tour(sides(loose, withholding));
  // Token 2 is only taken as the last one, and so never: states without it have 2, 3, 3 and 4 commands.
  assertEquals([result.covered, result.total, result.unreached], [12, 28, 16]);
  assertEquals(result.stoppedBy, undefined);
  let alternating = 0;
  const fickle = asTarget(loose, (count) => alternating++ % count);
  const other = await tour(sides(loose, fickle));
  assertEquals(other.covered, other.total);
});

Deno.test("tour covers nothing with a command of a subject that it gives up for its first promise", async () => {
  const loose = examplePool(3, { loose: true });
  for (const late of [0, 1, 2]) {
    let alternating = 0;
    const fickle = asTarget(loose, (count) => alternating++ % count);
    const kept: string[] = [];
    let givenUp = 0;
    const promising: AnyTarget = {
      ...fickle,
      open(start) {
        const subject = fickle.open(start as null);
        const out = [false, false, false];
        const performed: string[] = [];
        let promised = 0;
        return {
          ...subject,
          perform(command, budget) {
            const pair = JSON.stringify([out, command]);
            const reply = subject.perform(command as PoolCommand, budget) as PoolReply;
            if (reply.kind === "taken" || reply.kind === "given") {
              out[(command as { as?: number; token?: number }).as ?? (command as { token: number }).token] =
                reply.kind === "taken";
            }
            performed.push(pair);
            if (performed.length <= late) return reply;
            promised++;
            return Promise.resolve(reply);
          },
          [Symbol.dispose]() {
            // Given up for its first promise: what it answered before that was judged.
            if (promised === 1) {
              givenUp++;
              performed.pop();
            }
            kept.push(...performed);
          },
        };
      },
    };
    const result = await tour(sides(loose, promising));
    assert(givenUp > 0);
    assertEquals(result.covered, new Set(kept).size);
    assertEquals([result.covered, result.stoppedBy], [result.total, undefined]);
  }
});

Deno.test("tour shrinks the disagreement that it finds", async () => {
  const wrong = examplePool(4, { count: ({ out }) => out[2] && !out[0] ? 0 : out.filter(Boolean).length });
  const { finding, stoppedBy } = await tour(sides(examplePool(4), asTarget(wrong)));
  assertEquals<unknown>(finding!.commands, [
    { kind: "take", as: 0 },
    { kind: "take", as: 1 },
    { kind: "take", as: 2 },
    { kind: "give", token: 0 },
    { kind: "count" },
  ]);
  assert(stoppedBy!.startsWith("the two sides disagree after"));
});

Deno.test("tour tells a partial result truthfully", async () => {
  const pool = examplePool(6);
  const few = await tour(sides(pool, asTarget(pool)), { maximumStates: 20 });
  assertEquals([few.complete, few.stoppedBy], [false, "the scope has more than 20 states"]);
  assertEquals(few.covered, few.total);
  const stopped = await tour(sides(pool, asTarget(pool)), { signal: { aborted: true } });
  assertEquals([stopped.covered, stopped.stoppedBy], [0, "stopped on request"]);
});

Deno.test("tour refuses options out of range", () => {
  const pool = examplePool(2);
  return assertRejectsRange(() => tour(sides(pool, asTarget(pool)), { commandsPerCase: 0 }));
});

async function assertRejectsRange(run: () => Promise<unknown>): Promise<void> {
  const outcome = await run().then(() => undefined, (error: unknown) => error);
  assertThrows(
    () => {
      if (outcome !== undefined) throw outcome;
    },
    RangeError,
    "Cannot tour: commandsPerCase is 0, must be at least 1",
  );
}

Deno.test("tour says that a target could not be opened, and counts nothing as covered after that", async () => {
  const pool = examplePool(3);
  const target = asTarget(pool);
  const open = (): never => {
    throw new Error("no descriptor is left");
  };
  const { covered, unreached, problems, finding } = await tour(sides(pool, { ...target, open }));
  assertEquals([covered, unreached, finding], [0, 0, undefined]);
  assertEquals(problems, [`Cannot run a case of ${pool.name} on ${target.name}: no descriptor is left`]);
});

Deno.test("tour calls an answer with a number that JSON does not know a divergence like any other", async () => {
  const honest = asTarget(examplePool(3)) as AnyTarget;
  const lying: AnyTarget = {
    ...honest,
    open: (start: null) => {
      const subject = honest.open(start);
      return {
        ...subject,
        perform: (command, budget) => {
          const reply = subject.perform(command, budget);
          // The last token may be withheld: the tour notes which answers were given.
          return command.kind === "take" && command.as === 2 ? { kind: "taken", length: 4n } : reply;
        },
      };
    },
  };
  const { finding } = await tour(sides(examplePool(3, { loose: true }), lying));
  assertEquals(finding?.verdict.kind, "diverged");
});

Deno.test("tour takes no earlier answer for that to a command which led beyond the scope", async () => {
  const loose = examplePool(1);
  const free: PoolMachine = {
    ...loose,
    commands: [{ kind: "take", as: 0 }, { kind: "count" }],
    step(state, command, world) {
      if (command.kind === "take" && state.out[0]) return undefined;
      const way = world.choose(command.kind === "take" ? 2 : 3);
      if (way === 2) return world.cut("too many are counted");
      if (command.kind === "take") state.out[0] = true;
      return { kind: way === 0 ? "taken" : "full" };
    },
  };
  const target: AnyTarget = {
    ...asTarget(loose),
    open: () => ({
      perform: ({ kind }) => ({ kind: kind === "take" ? "taken" : "counted" }),
      [Symbol.dispose]() {},
    }),
  };
  const { unseenAnswers, covered, total } = await tour(sides(free, target));
  assertEquals(covered, total);
  assertEquals(
    unseenAnswers.map(({ command, answer, allowedIn, unseenIn }) => [command, answer, allowedIn, unseenIn]),
    [["count", "taken", 2, 2], ["count", "full", 2, 2], ["take", "full", 1, 1]],
  );
});

Deno.test("tour refuses a machine with moves that nobody commands", async () => {
  const rusting: PoolMachine = {
    ...examplePool(1),
    internal: { rust: { actor: "air", move: () => undefined } },
  };
  await assertRejects(
    () => tour(sides(rusting, asTarget(examplePool(1)))),
    RangeError,
    "Cannot tour pool: nobody commands the move rust",
  );
});
