import { assertEquals } from "@std/assert";
import { z } from "zod";
import { asTarget } from "../drive/as_target.ts";
import { examplePool, type PoolRules, poolWalk } from "../drive/example_pool.ts";
import type { AnyMachine, AnyTarget, Machine } from "../machine.ts";
import type { Protocol } from "../protocol.ts";
import { type BugSummary, findMistakes } from "./find_mistakes.ts";

/** A pool that follows `rules`, and a mistake of it: it never counts more than one. */
function pool(rules: PoolRules): Protocol {
  const mistaken = examplePool(3, { count: ({ out }) => Math.min(1, out.filter(Boolean).length) });
  return {
    name: "pool",
    title: "A pool",
    scopes: {
      small: () => ({
        description: "3 tokens",
        what: examplePool(3),
        walk: poolWalk,
        target: asTarget(examplePool(3, rules)),
        use: ["lockstep"],
      }),
    },
    mistakes: [{
      name: "counts-to-one",
      title: "Counts to one",
      upstream: "seed",
      scope: "small",
      foundBy: ["lockstep"],
      target: () => asTarget(mistaken),
    }],
  };
}

async function found(rules: PoolRules): Promise<BugSummary | undefined> {
  const [bug] = await findMistakes(pool(rules), {
    cases: 50,
    commandsPerCase: 20,
    maximumMs: 1_000,
    seed: 1,
  });
  return bug;
}

Deno.test("findMistakes finds a mistake that the correct implementation does not make", async () => {
  const bug = await found({});
  assertEquals([bug?.foundBy, bug?.missedBy, bug?.baseDiverges], [["lockstep"], [], false]);
  assertEquals(bug?.commands, 3);
});

Deno.test("findMistakes credits nobody with what the correct implementation fails in as well", async () => {
  const bug = await found({ count: () => 0 });
  assertEquals([bug?.foundBy, bug?.missedBy, bug?.baseDiverges], [[], ["lockstep"], true]);
  assertEquals([bug?.commands, bug?.case], [0, undefined]);
});

Deno.test("findMistakes tours where a tour must find a mistake, and holds nothing against a race", async () => {
  const protocol = pool({});
  const [mistake] = protocol.mistakes;
  const bugs = await findMistakes({
    ...protocol,
    mistakes: [
      { ...mistake!, foundBy: ["tour"] },
      { ...mistake!, foundBy: ["tour"], target: () => asTarget(examplePool(3)) },
      { ...mistake!, foundBy: ["race"] },
    ],
  }, { cases: 50, commandsPerCase: 20, maximumMs: 10_000, seed: 1 });
  assertEquals(bugs.map(({ foundBy, missedBy, unfinished }) => [foundBy, missedBy, unfinished]), [
    [["tour"], [], []],
    [[], ["tour"], []],
    [[], [], ["race"]],
  ]);
  const [found] = bugs;
  assertEquals([found?.lengths, found?.commands, found?.minimality], [{ tour: 3 }, 3, "certified"]);
  assertEquals(found?.case?.commands.length, 3);
});

Deno.test("findMistakes gives back what its targets share, the correct one's and the mistake's", async () => {
  const protocol = pool({});
  let held = 0;
  const holding = (target: AnyTarget): AnyTarget => {
    let isHeld = false;
    const hold = (now: boolean): void => {
      if (isHeld !== now) held += now ? 1 : -1;
      isHeld = now;
    };
    return {
      ...target,
      open: (start: null) => {
        hold(true);
        return target.open(start);
      },
      [Symbol.dispose]: () => hold(false),
    };
  };
  const small = protocol.scopes["small"]!;
  const [mistake] = protocol.mistakes;
  const [bug] = await findMistakes({
    ...protocol,
    scopes: { small: () => ({ ...small(), target: holding(small().target) }) },
    mistakes: [{ ...mistake!, target: () => holding(mistake!.target!()) }],
  }, { cases: 50, commandsPerCase: 20, maximumMs: 1_000, seed: 1 });
  assertEquals([bug?.foundBy, held], [["lockstep"], 0]);
});

type Digit = { readonly kind: "digit"; readonly value: number };
const digits: readonly Digit[] = Array.from({ length: 8 }, (_, value) => ({ kind: "digit", value }));

/** A lock that never opens; the mistaken one does after a code, of which walks seldom hit a digit more. */
function lock(code: readonly number[], extra: Partial<AnyMachine> = {}): AnyMachine {
  const machine: Machine<{ at: number }, Digit, string> = {
    name: "lock",
    schema: {
      state: z.strictObject({ at: z.int().min(0).max(9) }),
      command: z.strictObject({ kind: z.literal("digit"), value: z.int().min(0).max(7) }),
      reply: z.enum(["shut", "open"]),
      start: z.null(),
    },
    starts: [null],
    commands: digits,
    initial: () => ({ at: 0 }),
    step(state, { value }) {
      state.at = code[state.at] === value ? state.at + 1 : 0;
      if (code.length === 0 || state.at < code.length) return "shut";
      state.at = 0;
      return "open";
    },
    always: {},
    sometimes: {},
    actor: () => "hand",
  };
  return { ...machine, ...extra };
}

async function opened(how: AnyMachine, target: AnyMachine): Promise<BugSummary> {
  const protocol: Protocol = {
    name: "lock",
    title: "A lock",
    scopes: {
      small: () => ({
        description: "8 digits",
        what: lock([]),
        walk: { labels: {} },
        target: asTarget(lock([])),
        use: ["lockstep"],
      }),
    },
    mistakes: [{
      name: "opens",
      title: "Opens",
      upstream: "planted",
      scope: "small",
      foundBy: ["lockstep"],
      how: () => how,
      target: () => asTarget(target),
    }],
  };
  const [bug] = await findMistakes(protocol, {
    cases: 3,
    commandsPerCase: 10,
    maximumMs: 1_000,
    seed: 1,
    // Too few to certify anything by running all that is shorter.
    certifyRuns: 20,
  });
  return bug!;
}

const code = [3, 1, 4, 1, 5, 2];

Deno.test("findMistakes tries the shortest case of the twin where walks find nothing, and certifies by it", async () => {
  const { foundBy, commands, minimality, case: file } = await opened(lock(code), lock(code));
  assertEquals([foundBy, commands, minimality], [["lockstep"], 6, "certified"]);
  assertEquals(file?.commands, code.map((value) => ({ kind: "digit", value })));
});

Deno.test("findMistakes certifies nothing by a twin that has moves of its own", async () => {
  const twin = lock(code, { internal: { rust: { actor: "air", move: () => undefined } } });
  const { foundBy, commands, minimality } = await opened(twin, lock(code));
  assertEquals([foundBy, commands, minimality], [["lockstep"], 6, "1-minimal"]);
});

Deno.test("findMistakes does not take the twin's word for the real side", async () => {
  const { foundBy, missedBy } = await opened(lock(code), lock([]));
  assertEquals([foundBy, missedBy], [[], ["lockstep"]]);
});
