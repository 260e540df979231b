import { assertEquals } from "@std/assert";
import { lockstep, type LockstepResult } from "../lockstep/drive/lockstep.ts";
import { assertScopeAgrees } from "../lockstep/report/assert_agreed.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { explore } from "../lockstep/explore/explore.ts";
import { refines } from "../lockstep/explore/refines.ts";
import type { AnyMachine, AnyTarget } from "../lockstep/machine.ts";
import { tour } from "../lockstep/tour/tour.ts";
import { zerocopyIndex } from "../model/zerocopy_index.ts";
import { zerocopyMechanism } from "../model/zerocopy_index/mechanism.ts";
import type { ZerocopyScope } from "../model/zerocopy_index/scope.ts";
import type { SenderMistake } from "../model/zerocopy_index/sender_rules.ts";
import { zerocopyIndexProtocol, zerocopySizes } from "./zerocopy_index.ts";
import { zerocopyMistakes } from "./zerocopy_index/mistakes.ts";

const seed = 20250414;

/** What an exploration that is complete and finds nothing wrong looks like. */
const clean = { exhausted: true, violations: [], vacuous: [], undecided: [] };

function explored(machine: AnyMachine): unknown {
  const { exhausted, violations, vacuous, undecided } = explore(machine);
  return { exhausted, violations: violations.map(({ property }) => property), vacuous, undecided };
}

function scopeOf(name: string): ReturnType<typeof zerocopyIndexProtocol.scopes[string]> {
  return zerocopyIndexProtocol.scopes[name]!();
}

for (const name of ["width2", "batches", "width3", "wrap-udp", "wrap-tcp"] as const) {
  Deno.test(`zerocopyMechanism keeps every promise in scope ${name}, explored completely`, () => {
    assertEquals(explored(zerocopyMechanism(zerocopySizes[name])), clean);
  });
}

Deno.test("zerocopyIndex keeps every promise at a width of 2 bits, explored completely", () => {
  assertEquals(explored(zerocopyIndex(zerocopySizes.width2)), clean);
});

Deno.test("zerocopyMechanism never answers what the specification forbids", () => {
  const scope: ZerocopyScope = { ...zerocopySizes.width2, requestUnits: [2], closing: false };
  const { exhausted, violations, widest } = refines(zerocopyMechanism(scope), zerocopyIndex(scope));
  assertEquals({ exhausted, violations, widest }, { exhausted: true, violations: [], widest: 1 });
});

Deno.test("zerocopyIndex allows nothing that the mechanism never answers, with memory or without", () => {
  // Sends that share a notification add states here, and no answers.
  const scope = { ...zerocopySizes.width2, requestUnits: [0, 1], coalescing: false, firstIds: [3] };
  const starving = { ...zerocopySizes.batches, requestUnits: [0, 2], holding: false, firstIds: [3] };
  for (const sizes of [scope, { ...starving, limitedPolls: false }]) {
    const { exhausted, violations } = refines(zerocopyIndex(sizes), zerocopyMechanism(sizes));
    assertEquals({ exhausted, violations }, { exhausted: true, violations: [] });
  }
});

Deno.test("zerocopyMechanism that completes sends at any time answers nothing else", () => {
  const scope: ZerocopyScope = {
    ...zerocopySizes.width2,
    requestUnits: [2],
    closing: false,
    copied: "always",
    coalescing: false,
    completions: "any time",
  };
  assertEquals(explored(zerocopyMechanism(scope)), clean);
  const { exhausted, violations } = refines(zerocopyMechanism(scope), zerocopyIndex(scope));
  assertEquals({ exhausted, violations }, { exhausted: true, violations: [] });
});

/** The length of the shortest way to a broken promise. */
const twins: Readonly<Record<SenderMistake, number>> = {
  "wrap-to-one": 1,
  "range-loop": 2,
  "last-id-only": 2,
  "copies-end-at-once": 2,
  "forget-queued": 3,
  "count-failed": 1,
  "count-empty": 1,
  "free-on-send": 1,
  "free-on-close": 2,
  "copy-ends-early": 1,
  "count-copies": 1,
  "starved-waits": 3,
};

Deno.test("zerocopyMechanism with each known mistake breaks a promise, in the fewest commands there are", () => {
  for (const { name, howScope } of zerocopyMistakes) {
    const { violations } = explore(zerocopyMechanism(zerocopySizes[howScope], name), {
      stopAtFirst: true,
      liveness: false,
    });
    assertEquals([name, violations[0]?.trace.steps.length], [name, twins[name]]);
  }
});

/** The shortest ways to bytes that nobody submitted, where a buffer comes back too early. */
const damages: Partial<Readonly<Record<SenderMistake, number>>> = {
  "free-on-send": 4,
  "free-on-close": 4,
  "copy-ends-early": 4,
  "wrap-to-one": 6,
  "last-id-only": 6,
};

Deno.test("zerocopyMechanism shows the reader the damage that a buffer freed too early does", () => {
  const scope: ZerocopyScope = {
    ...zerocopySizes.batches,
    requestUnits: [1, 3],
    wireUnits: 3,
    starving: false,
    limitedPolls: false,
    firstIds: [3],
  };
  const property = "the reader finds what was submitted";
  for (const name of Object.keys(damages) as SenderMistake[]) {
    const machine = zerocopyMechanism(scope, name);
    const everyStep = { [property]: machine.everyStep![property]! };
    const { violations } = explore({ ...machine, always: {}, everyStep }, {
      maximumStates: 15_000,
      liveness: false,
    });
    const damage = violations.find((violation) => violation.property === property);
    assertEquals([name, damage?.trace.steps.length], [name, damages[name]]);
  }
});

Deno.test("zerocopyMechanism loses a buffer for good when the counter wraps to one", () => {
  const scope: ZerocopyScope = {
    ...zerocopySizes.width2,
    requestUnits: [1],
    coalescing: false,
    closing: false,
  };
  const { violations } = explore(zerocopyMechanism(scope, "wrap-to-one"));
  const lost = violations.find(({ kind }) => kind === "leadsTo");
  assertEquals(lost?.property, "buffer 0 comes back");
  assertEquals(typeof lost?.trace.loopsTo, "number");
});

Deno.test("zerocopyMechanism never ends a loop that compares the ends of a range", () => {
  const { violations } = explore(zerocopyMechanism(zerocopySizes.width2, "range-loop"), {
    stopAtFirst: true,
    liveness: false,
  });
  assertEquals(violations.map(({ kind }) => kind), ["hung"]);
});

/** Drives a scope, or a mistaken target in it. */
async function driven(scopeName: string, cases: number, target?: AnyTarget): Promise<LockstepResult> {
  return await lockstep(sidesOf(scopeOf(scopeName), target), { cases, commandsPerCase: 30, seed });
}

for (const name of ["kernel", "ipv6", "reordered", "udp"]) {
  const { missing } = scopeOf(name).target.probe();
  Deno.test({
    name: `zerocopySender agrees with the models over scope ${name}${
      missing.map((why) => ` (skipped: ${why})`)
    }`,
    ignore: missing.length > 0,
    async fn() {
      const options = { cases: 400, commandsPerCase: 30, seed };
      await assertScopeAgrees(zerocopyIndexProtocol, name, options);
    },
  });
}

for (const name of ["wrap-udp", "wrap-tcp"]) {
  const { missing } = scopeOf(name).target.probe();
  Deno.test({
    name: `tour does every command in every state of scope ${name} to which the kernel leads${
      missing.map((why) => ` (skipped: ${why})`)
    }`,
    ignore: missing.length > 0,
    async fn() {
      const { finding, stoppedBy, complete, covered, unreached, total } = await tour(sidesOf(scopeOf(name)));
      assertEquals({ finding, stoppedBy, complete }, {
        finding: undefined,
        stoppedBy: undefined,
        complete: true,
      });
      assertEquals(covered + unreached, total);
      // A datagram is notified when its send returns; when a stream is, nobody knows.
      if (name === "wrap-udp") assertEquals(unreached, 0);
    },
  });
}

const { missing } = scopeOf("kernel").target.probe();

/** What must be heard from the real sender with each mistake, and after how many commands. */
const real: Readonly<Record<SenderMistake, readonly [verdict: string, commands: number]>> = {
  "wrap-to-one": ["diverged", 1],
  "range-loop": ["hung", 1],
  "last-id-only": ["diverged", 3],
  "copies-end-at-once": ["diverged", 2],
  "forget-queued": ["diverged", 2],
  "count-failed": ["diverged", 4],
  "count-empty": ["diverged", 1],
  "free-on-send": ["diverged view", 1],
  "free-on-close": ["diverged view", 2],
  "copy-ends-early": ["diverged", 1],
  "count-copies": ["diverged", 1],
  "starved-waits": ["diverged", 2],
};

for (const { name, scope } of zerocopyMistakes) {
  Deno.test({
    name: `lockstep finds ${name} on real sockets${missing.map((why) => ` (skipped: ${why})`)}`,
    ignore: missing.length > 0,
    async fn() {
      const mistake = zerocopyIndexProtocol.mistakes.find((one) => one.name === name)!;
      const { finding } = await driven(scope, 400, mistake.target!());
      assertEquals([finding?.verdict.kind, finding?.commands.length], [...real[name]]);
      assertEquals(finding?.confirmed.failed, finding?.confirmed.runs);
    },
  });
}
