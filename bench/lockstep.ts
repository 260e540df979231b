// deno-lint-ignore-file no-console
/**
 * Commands per second on the lease ring: the driver against the same commands on the implementation alone, and
 * against fast-check's own `fc.commands` with `fc.modelRun` over the same subject and the same model.
 *
 * Ratios within one run, medians of interleaved rounds. `deno task bench:lockstep`.
 *
 * @module
 */
import fc from "fast-check";
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { listed, runCase, type Sides } from "../lockstep/drive/run_case.ts";
import { copy, equal } from "../lockstep/drive/plain.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import type { AnyCommand, Subject, World } from "../lockstep/machine.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";

const scope = leaseRingProtocol.scopes["small"]!();
const both = sidesOf(scope);
const mechanism: Sides = { ...both, also: [], invariants: false };
const machine = scope.how!;
const world: World<unknown> = {
  choose: () => 0,
  tick() {},
  cut(reason) {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

const cases = 400;
const commandsPerCase = 60;

interface Rate {
  readonly commands: number;
  readonly skipped: number;
  readonly milliseconds: number;
}

async function ours(sides: Sides, seed: number): Promise<Rate> {
  const started = performance.now();
  const result = await lockstep(sides, { cases, commandsPerCase, seed });
  if (result.finding !== undefined) throw new Error("the ring diverges");
  return { commands: result.commands, skipped: 0, milliseconds: performance.now() - started };
}

/** The commands of walks, recorded once, so that the implementation alone does the same work. */
function recorded(seed: number): { start: unknown; commands: readonly AnyCommand[] }[] {
  const random = fc.sample(
    fc.array(fc.nat({ max: machine.commands.length - 1 }), { minLength: 600, maxLength: 600 }),
    {
      numRuns: cases,
      seed,
    },
  );
  return random.map((draws) => {
    const start: unknown = machine.starts[draws[0]! % machine.starts.length];
    const state: unknown = machine.initial(start, world);
    const commands: AnyCommand[] = [];
    for (const draw of draws) {
      const command = machine.commands[draw]!;
      if (commands.length < commandsPerCase && machine.step(state, command, world) !== undefined) {
        commands.push(command);
      }
    }
    return { start, commands };
  });
}

function alone(walks: ReturnType<typeof recorded>): Rate {
  const started = performance.now();
  let commands = 0;
  const budget = { tick() {} };
  for (const walk of walks) {
    using subject = scope.target.open(walk.start) as Subject<AnyCommand, unknown, unknown>;
    for (const command of walk.commands) {
      subject.perform(command, budget);
      subject.view!();
      commands++;
    }
  }
  return { commands, skipped: 0, milliseconds: performance.now() - started };
}

function replayed(walks: ReturnType<typeof recorded>): Rate {
  const started = performance.now();
  let commands = 0;
  for (const walk of walks) {
    const run = runCase(mechanism, walk.start, () => listed(walk.commands));
    if (run instanceof Promise || run.verdict.kind !== "agreed") throw new Error("the ring diverges");
    commands += run.performed;
  }
  return { commands, skipped: 0, milliseconds: performance.now() - started };
}

interface Model {
  state: unknown;
}

let executed = 0;
let skipped = 0;

class RingCommand implements fc.Command<Model, Subject<AnyCommand, unknown, unknown>> {
  readonly command: AnyCommand;

  constructor(command: AnyCommand) {
    this.command = command;
  }

  check(model: Readonly<Model>): boolean {
    // The question is whether the step is possible: it has to be asked of a copy.
    const possible = machine.step(copy(model.state), this.command, world) !== undefined;
    if (!possible) skipped++;
    return possible;
  }

  run(model: Model, real: Subject<AnyCommand, unknown, unknown>): void {
    executed++;
    const reply = machine.step(model.state, this.command, world);
    if (!equal(reply, real.perform(this.command, { tick() {} }))) throw new Error("diverged");
    if (!equal(machine.view!(model.state as never), real.view!())) throw new Error("diverged view");
  }

  toString(): string {
    return JSON.stringify(this.command);
  }
}

function plainFastCheck(seed: number): Rate {
  const arbitraries = machine.commands.map((command) => fc.constant(new RingCommand(command as AnyCommand)));
  executed = 0;
  skipped = 0;
  const started = performance.now();
  fc.assert(
    fc.property(
      fc.constantFrom(...machine.starts),
      fc.commands(arbitraries, { maxCommands: 100, size: "max" }),
      (start, commands) => {
        using real = scope.target.open(start) as Subject<AnyCommand, unknown, unknown>;
        fc.modelRun(() => ({ model: { state: machine.initial(start, world) }, real }), commands);
      },
    ),
    { numRuns: cases, seed },
  );
  return { commands: executed, skipped, milliseconds: performance.now() - started };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

const rows = [
  "implementation alone",
  "replayed cases",
  "lockstep, mechanism",
  "lockstep, both judges, promises",
  "fc.commands",
];
const rates: number[][] = rows.map(() => []);
let skippedShare = 0;
for (let round = 0; round < 9; round++) {
  const walks = recorded(round + 1);
  const measured: Rate[] = [
    alone(walks),
    replayed(walks),
    await ours(mechanism, round + 1),
    await ours(both, round + 1),
    plainFastCheck(round + 1),
  ];
  if (round === 0) continue; // warm-up
  measured.forEach(({ commands, milliseconds }, row) => rates[row]!.push(commands / milliseconds));
  skippedShare = measured[4]!.skipped / (measured[4]!.skipped + measured[4]!.commands);
}
const base = median(rates[4]!);
console.log("thousand commands per second, and as a ratio to fc.commands (medians of 8 interleaved rounds)");
rows.forEach((row, index) => {
  const rate = median(rates[index]!);
  const note = index === 4 ? `  (${(100 * skippedShare).toFixed(0)} % of its commands were skipped)` : "";
  console.log(
    `${row.padEnd(34)} ${rate.toFixed(0).padStart(6)}  ${(rate / base).toFixed(2).padStart(6)}${note}`,
  );
});
