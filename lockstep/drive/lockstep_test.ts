import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { AnyMachine, AnyTarget, Budget, Subject } from "../machine.ts";
import { asTarget } from "./as_target.ts";
import { formatCaseFile, parseCaseFile } from "./case_file.ts";
import { desk, type DeskCommand, type DeskReply, type DeskState } from "./example_machines.ts";
import { lockstep, type LockstepOptions } from "./lockstep.ts";
import { listed, runCase, type Sides } from "./run_case.ts";

const options: LockstepOptions = { cases: 300, commandsPerCase: 30, seed: 1 };

function sides(
  target: AnyTarget,
  walked: AnyMachine = desk("ordinary"),
  walk: Sides["walk"] = { labels: {} },
): Sides {
  return {
    walked,
    also: [],
    target,
    walk,
    limits: { maximumStates: 8, maximumTicks: 1000 },
    invariants: false,
  };
}

/** The ordinary desk with one rule changed. */
function mistaken(
  change: (
    state: DeskState,
    command: DeskCommand,
    honest: () => DeskReply | undefined,
  ) => DeskReply | undefined,
): AnyTarget {
  const machine = desk("ordinary");
  return asTarget({
    ...machine,
    step: (state, command, world) => change(state, command, () => machine.step(state, command, world)),
  });
}

/** The third ticket that is opened while two are open makes the total forget what it was. */
const forgetful = mistaken((state, command, honest) => {
  if (command.kind === "open" && command.as === 2) state.total = 0;
  return honest();
});

Deno.test("lockstep agrees with a machine driven against itself, also when it answers freely", async () => {
  let pick = 0;
  for (const machine of [desk("ordinary"), desk("free")]) {
    const result = await lockstep(sides(asTarget(machine, (count) => pick++ % count), machine), options);
    assertEquals(result.finding, undefined);
    assertEquals([result.cases, result.commands], [300, 9000]);
  }
});

Deno.test("lockstep finds a deep mistake and shrinks it to the shortest case there is", async () => {
  const lengths = [];
  for (let seed = 1; seed <= 10; seed++) {
    const { finding } = await lockstep(sides(forgetful), { ...options, seed });
    assert(finding !== undefined);
    assertEquals(finding.verdict.kind, "diverged");
    assertEquals(finding.confirmed, { failed: 2, runs: 2 });
    lengths.push(finding.commands.length);
  }
  // open, open, use, open, total: nothing shorter shows it.
  assertEquals(lengths, Array(10).fill(5));
});

Deno.test("lockstep renames handles while it shrinks", async () => {
  const sticky = mistaken((state, command, honest) => {
    const reply = honest();
    if (command.kind === "close" && command.ticket === 0 && state.total >= 9) state.open[0] = true;
    return reply;
  });
  const { finding } = await lockstep(sides(sticky), options);
  const expected: DeskCommand[] = [
    { kind: "open", as: 0 },
    { kind: "use", ticket: 0, amount: 9 },
    { kind: "close", ticket: 0 },
  ];
  assertEquals(finding?.commands, expected);
});

Deno.test("lockstep repeats itself for the same seed", async () => {
  const [first, second] = [
    await lockstep(sides(forgetful), options),
    await lockstep(sides(forgetful), options),
  ];
  assertEquals(first, second);
});

Deno.test("lockstep's finding replays from its case file with the same verdict", async () => {
  const { finding } = await lockstep(sides(forgetful), options);
  assert(finding !== undefined);
  const { start, commands } = finding;
  const file = parseCaseFile(
    formatCaseFile({ lockstep: 1, protocol: "desk", scope: "small", start, commands }),
  );
  const { verdict } = await runCase(sides(forgetful), file.start, () => listed(file.commands));
  assertEquals(verdict, finding.verdict);
});

Deno.test("lockstep says how often a flaky failure fails again", async () => {
  let opened = 0;
  const honest = asTarget(desk("ordinary"));
  const flaky: AnyTarget = {
    ...honest,
    open: (start: null): Subject<DeskCommand, DeskReply, number> => {
      const subject = honest.open(start);
      // Wrong only in the first case that totals: no later one fails again.
      const wrong = opened++ === 0;
      return {
        perform: (command: DeskCommand, budget: Budget) => {
          const reply = subject.perform(command, budget) as DeskReply;
          return wrong && command.kind === "total" ? { kind: "total", total: 77 } : reply;
        },
        view: () => subject.view!(),
        [Symbol.dispose]() {},
      };
    },
  };
  const { finding } = await lockstep(sides(flaky), { ...options, confirmations: 3 });
  assertEquals(finding?.confirmed.failed, 0);
  assert(finding !== undefined && finding.confirmed.runs >= 3);
});

Deno.test("lockstep finds with a waiting subject what it finds with one that answers at once", async () => {
  const waiting: AnyTarget = {
    ...forgetful,
    open: (start: null) => {
      const subject = forgetful.open(start);
      return {
        perform: (command: DeskCommand, budget: Budget) => Promise.resolve(subject.perform(command, budget)),
        view: () => subject.view!(),
        [Symbol.dispose]() {},
      };
    },
  };
  const [direct, waited] = [
    await lockstep(sides(forgetful), options),
    await lockstep(sides(waiting), options),
  ];
  assertEquals(waited.finding?.commands, direct.finding?.commands);
});

/** `target`, where commands of one kind are answered with promises. */
function waitingFor(kind: string, target: AnyTarget): AnyTarget {
  return {
    ...target,
    open: (start: null) => {
      const subject = target.open(start);
      return {
        perform: (command: DeskCommand, budget: Budget) => {
          const reply = subject.perform(command, budget);
          return command.kind === kind ? Promise.resolve(reply) : reply;
        },
        view: () => subject.view!(),
        [Symbol.dispose]: () => subject[Symbol.dispose](),
      };
    },
  };
}

Deno.test("lockstep counts each case once where only some answers are promises", async () => {
  const few = { ...options, cases: 20, commandsPerCase: 2 };
  const honest = asTarget(desk("ordinary"));
  const atOnce = await lockstep(sides(honest), few);
  assert(atOnce.performed["use"]! > 0);
  assertEquals(await lockstep(sides(waitingFor("use", honest)), few), atOnce);
});

Deno.test("lockstep shrinks as far where shrinking meets the first promise", async () => {
  const walk = { labels: {}, weights: { close: 0 } };
  const both = (target: AnyTarget): Sides => sides(target, desk("ordinary"), walk);
  const atOnce = await lockstep(both(forgetful), options);
  const waiting = await lockstep(both(waitingFor("close", forgetful)), options);
  assert(atOnce.finding !== undefined);
  assertEquals(waiting.finding?.commands, atOnce.finding.commands);
  assertEquals([waiting.cases, waiting.finding?.foundAfter], [atOnce.cases, atOnce.finding.foundAfter]);
});

Deno.test("lockstep counts labels by case and commands by kind", async () => {
  const walk = {
    labels: { used: ({ command }: { command: DeskCommand }) => command.kind === "use", never: () => false },
  };
  const result = await lockstep(sides(asTarget(desk("ordinary")), desk("ordinary"), walk), options);
  assertEquals(result.labels["never"], 0);
  assert(result.labels["used"]! > 250 && result.labels["used"]! <= 300);
  assertEquals(Object.values(result.performed).reduce((sum, count) => sum + count), result.commands);
});

Deno.test("lockstep keeps the commands that were proposed, also by a walk that uses its object again", async () => {
  const proposal = { kind: "open", as: 0 };
  const walk: Sides["walk"] = {
    labels: {},
    weights: { open: 0 },
    propose: ({ open }: DeskState) => {
      const as = open.indexOf(false);
      return as < 0 ? undefined : Object.assign(proposal, { as });
    },
  };
  const { finding } = await lockstep(sides(forgetful, desk("ordinary"), walk), options);
  assertEquals([finding?.commands.length, finding?.confirmed], [5, { failed: 2, runs: 2 }]);
  assertEquals(finding?.repetitions, 1);
});

Deno.test("lockstep obeys weights, and refuses one for a command that does not exist", async () => {
  const walk = { labels: {}, weights: { use: 0, close: 0 } };
  const result = await lockstep(sides(asTarget(desk("ordinary")), desk("ordinary"), walk), options);
  assertEquals([result.performed["use"], result.performed["close"]], [0, 0]);
  const typo = { labels: {}, weights: { usee: 2 } };
  await assertRejects(
    () => lockstep(sides(forgetful, desk("ordinary"), typo), options),
    RangeError,
    "usee has a weight",
  );
});

Deno.test("lockstep walks and shrinks in the same way whatever a suite has told fast-check for all properties", async () => {
  const expected = await lockstep(sides(forgetful), options);
  assertEquals(expected.finding?.commands.length, 5);
  const defaults: readonly fc.GlobalParameters[] = [
    { endOnFailure: true },
    { interruptAfterTimeLimit: 0 },
    { skipAllAfterTimeLimit: 0 },
    { skipEqualValues: true },
    { ignoreEqualValues: true },
    { randomType: "mersenne", unbiased: true },
  ];
  for (const asynchronous of [false, true]) {
    for (const each of defaults) {
      fc.configureGlobal(each);
      try {
        const result = await lockstep(sides({ ...forgetful, asynchronous }), options);
        assertEquals(result, expected, JSON.stringify(each));
      } finally {
        fc.resetConfigureGlobal();
      }
    }
  }
});

Deno.test("lockstep stops on request and says so", async () => {
  const result = await lockstep(sides(forgetful), { ...options, signal: { aborted: true } });
  assertEquals([result.cases, result.stoppedBy], [0, "stopped on request after 0 of 300 cases"]);
});

Deno.test("lockstep refuses a number of cases that is none", async () => {
  await assertRejects(
    () => lockstep(sides(forgetful), { ...options, cases: 0 }),
    RangeError,
    "cases is 0, must be",
  );
});

Deno.test("lockstep lets others have their turn between cases, so that they can end it", async () => {
  const signal = { aborted: false };
  setTimeout(() => signal.aborted = true, 0);
  const { cases, stoppedBy } = await lockstep(
    sides(asTarget(desk("ordinary"))),
    { ...options, cases: 2_000_000, signal },
  );
  assert(cases > 0 && cases < 2_000_000, `${cases} cases were run`);
  assertEquals(stoppedBy, `stopped on request after ${cases} of 2,000,000 cases`);
});

Deno.test("lockstep shrinks to where the machine itself throws, and loses nothing by it", async () => {
  const machine = desk("ordinary");
  const broken: typeof machine = {
    ...machine,
    step(state, command, world) {
      if (command.kind === "use" && state.open[1]) throw new RangeError("no second ticket");
      return machine.step(state, command, world);
    },
  };
  const { finding, cases } = await lockstep(sides(asTarget(machine), broken), options);
  assertEquals(finding?.verdict, {
    kind: "broken machine",
    at: 2,
    machine: broken.name,
    reason: "use: RangeError: no second ticket",
  });
  assertEquals(finding?.commands.map(({ kind }) => kind), ["open", "open", "use"]);
  assert(cases >= 1);
});

/** `forgetful` on a machine where only the first `out` - 1 subjects can be opened. */
function running(out: number, asynchronous: boolean): AnyTarget {
  let opened = 0;
  return {
    ...forgetful,
    asynchronous,
    open(start) {
      if (++opened >= out) throw new Error("no descriptor is left");
      return forgetful.open(start);
    },
  };
}

for (const [how, asynchronous] of [["at once", false], ["with promises", true]] as const) {
  Deno.test(`lockstep says that a target could not be opened, and calls nothing agreed (${how})`, async () => {
    const { cases, finding, problems } = await lockstep(sides(running(1, asynchronous)), options);
    assertEquals([cases, finding], [0, undefined]);
    assertEquals(problems, [
      "Cannot run a case of desk (ordinary) on desk (ordinary) as a target: no descriptor is left",
    ]);
  });

  Deno.test(`lockstep keeps a failure whose target could not be opened again (${how})`, async () => {
    const { foundAfter } = (await lockstep(sides(forgetful), options)).finding!;
    const casesBefore = (await lockstep(sides(forgetful), options)).cases;
    const { finding, problems } = await lockstep(sides(running(casesBefore + 1, asynchronous)), options);
    assertEquals([finding?.commands.length, finding?.foundAfter], [foundAfter, foundAfter]);
    assertEquals(finding?.confirmed, { failed: 0, runs: 0 });
    assertEquals(problems.length, 1);
  });
}

Deno.test("lockstep says of each option that it is out of range", async () => {
  const wrong: readonly [LockstepOptions, string][] = [
    [{ cases: 0 }, "cases is 0, must be an integer of at least 1"],
    [{ shrinkRuns: -1 }, "shrinkRuns is -1, must be at least 0"],
    [{ confirmations: NaN }, "confirmations is NaN, must be at least 0"],
    [{ seed: NaN }, "seed is NaN, must be a number"],
  ];
  for (const [option, message] of wrong) {
    await assertRejects(() => lockstep(sides(forgetful), option), RangeError, `Cannot drive: ${message}`);
  }
});

Deno.test("lockstep says which part of a walk can not be used", async () => {
  const broken = (): never => {
    throw new RangeError("no idea");
  };
  const wrong: readonly [Sides["walk"], string][] = [
    [{ labels: { "rich": broken } }, 'the label "rich" throws RangeError: no idea'],
    [{ labels: {}, epilogue: broken }, "the epilogue throws RangeError: no idea"],
    [
      { labels: {}, epilogue: () => [{ kind: "totl" }] },
      'the epilogue has {"kind":"totl"}, which is no command of this scope',
    ],
  ];
  for (const [walk, problem] of wrong) {
    const target = asTarget(desk("ordinary"));
    for (const asynchronous of [false, true]) {
      const { problems } = await lockstep(
        sides({ ...target, asynchronous }, desk("ordinary"), walk),
        options,
      );
      assertEquals(problems, [`Cannot run a case of desk (ordinary) on ${target.name}: ${problem}`]);
    }
  }
});

Deno.test("lockstep shrinks to no command at all where the epilogue alone shows the failure", async () => {
  const lying = mistaken((_, command, honest) =>
    command.kind === "total" ? { kind: "total", total: -1 } : honest()
  );
  const walk = { labels: {}, weights: { total: 0 }, epilogue: () => [{ kind: "total" }] };
  const { finding } = await lockstep(sides(lying, desk("ordinary"), walk), options);
  assertEquals([finding?.commands, finding?.verdict.kind], [[], "diverged"]);
  assertEquals(finding?.confirmed, { failed: 2, runs: 2 });
});
