import { assert, assertEquals } from "@std/assert";
import { explain, sidesOf } from "../../lockstep/check/sides.ts";
import { listed, runCase } from "../../lockstep/drive/run_case.ts";
import type { AnyCommand } from "../../lockstep/machine.ts";
import type { Mark } from "../../lockstep/picture.ts";
import { htmlReport } from "../../lockstep/report/html.tsx";
import { markdownReport } from "../../lockstep/report/markdown.ts";
import { asTarget } from "../../lockstep/drive/as_target.ts";
import type { LeaseRingCommand } from "../../model/lease_ring/vocabulary.ts";
import { type RingMistake } from "../../model/lease_ring/ring_rules.ts";
import { ringOffsets } from "../../model/lease_ring/ring_offsets.ts";
import { leaseRingProtocol, leaseRingSizes } from "../lease_ring.ts";
import { leaseRingPicture } from "./picture.ts";

const world = {
  choose: () => 0,
  tick() {},
  cut: (reason: string): never => {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

function boxes(commands: readonly LeaseRingCommand[], mistake?: RingMistake): string[] {
  const machine = ringOffsets(leaseRingSizes.small, mistake);
  const state = machine.initial({ offset: 0, sequence: 0 }, world);
  for (const command of commands) assert(machine.step(state, command, world) !== undefined, command.kind);
  return leaseRingPicture(state).marks
    .filter((mark): mark is Extract<Mark, { kind: "box" }> => mark.kind === "box" && mark.width !== 12)
    .map(({ tone, label }) => label === undefined ? tone : `${tone} ${label}`);
}

Deno.test("leaseRingPicture draws who holds which bytes, and what a lease looks at", () => {
  assertEquals(boxes([{ kind: "write", length: 5, as: 0 }]), ["busy A", "free"]);
  assertEquals(
    boxes([{ kind: "write", length: 5, as: 0 }, { kind: "receive", as: 0 }]),
    ["lent A", "free", "lent view of A"],
  );
});

Deno.test("leaseRingPicture draws the hole that a restart leaves", () => {
  assertEquals(
    boxes([
      { kind: "write", length: 5, as: 0 },
      { kind: "receive", as: 0 },
      { kind: "write", length: 6, as: 1 },
      { kind: "release", lease: 0 },
      { kind: "write", length: 2, as: 0 },
    ]),
    ["busy A", "free", "busy B", "muted hole"],
  );
});

Deno.test("leaseRingPicture marks a lease whose bytes were overwritten", () => {
  const drawn = boxes([
    { kind: "write", length: 6, as: 0 },
    { kind: "receive", as: 0 },
    { kind: "write", length: 7, as: 1 },
  ], "eager-start");
  assertEquals(drawn.at(-1), "wrong A overwritten");
});

Deno.test("htmlReport of 50 steps of the medium ring, with a picture for each, is below 300 kB", async () => {
  const scope = leaseRingProtocol.scopes["medium"]!();
  const machine = ringOffsets(leaseRingSizes.medium);
  const sides = sidesOf(scope, asTarget(machine) as typeof scope.target);
  let seed = 1;
  const pick = (state: unknown): AnyCommand | undefined => {
    const possible = machine.commands.filter((command) =>
      machine.step(structuredClone(state) as never, command, world)
    );
    seed = Math.imul(seed, 1_103_515_245) + 12_345 >>> 0;
    return possible[(seed >>> 8) % possible.length];
  };
  const { executed } = await runCase(sides, machine.starts[0], () => ({
    next: (state, count) => count < 50 ? pick(state) : undefined,
  }));
  assertEquals(executed.length, 50);
  const file = {
    lockstep: 1,
    protocol: "lease-ring",
    scope: "medium",
    start: machine.starts[0],
    commands: executed,
  } as const;
  const report = await explain(sides, file, { drawings: { picture: leaseRingPicture } });
  assertEquals(report.steps.filter(({ picture }) => picture !== undefined).length, report.steps.length);
  const html = htmlReport(report);
  assert(html.length < 300_000, `${html.length} characters`);
  assert(markdownReport(report).length < 64_000);
  assertEquals((await runCase(sides, file.start, () => listed(executed))).verdict.kind, "agreed");
});
