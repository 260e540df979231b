/**
 * How many commands a second are compared with the kernel, answer by answer.
 *
 * Per scope: the models judged together (mechanism and specification) with and without their promises, the mechanism
 * alone, and the bare kernel: the same commands performed without any judge.
 *
 *     deno run -A bench/shared_buffer_lockstep.ts [cases] [rounds]
 *
 * @module
 */
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { type Sides } from "../lockstep/drive/run_case.ts";
import type { AnyCommand, AnyTarget } from "../lockstep/machine.ts";
import type { Scope } from "../lockstep/protocol.ts";
import { sharedBufferProtocol } from "../props/shared_buffer.ts";

const commandsPerCase = 60;
const seed = 20_261;

function sides(scope: Scope, both: boolean, invariants: boolean): Sides {
  return {
    walked: scope.how ?? scope.what,
    also: both && scope.how !== undefined ? [scope.what] : [],
    target: scope.target,
    walk: { ...scope.walk, labels: {} },
    limits: { maximumStates: 256, maximumTicks: 1_000 },
    invariants,
  };
}

/** Every case's commands, in the order in which they were performed. */
async function recorded(scope: Scope, cases: number): Promise<AnyCommand[][]> {
  const heard: AnyCommand[][] = [];
  const target: AnyTarget = {
    ...scope.target,
    open: (start: null) => {
      const subject = scope.target.open(start);
      const commands: AnyCommand[] = [];
      heard.push(commands);
      return {
        perform: (command: AnyCommand, budget) => {
          commands.push(command);
          return subject.perform(command, budget);
        },
        [Symbol.dispose]: () => subject[Symbol.dispose](),
      };
    },
  };
  await lockstep({ ...sides(scope, false, false), target }, { cases, commandsPerCase, seed });
  return heard;
}

/** Commands a second of the kernel alone. */
function bare(scope: Scope, journeys: readonly (readonly AnyCommand[])[]): number {
  const budget = { tick: () => {} };
  const began = performance.now();
  let performed = 0;
  for (const commands of journeys) {
    using subject = scope.target.open(null);
    for (const command of commands) {
      subject.perform(command, budget);
      performed++;
    }
  }
  return performed * 1000 / (performance.now() - began);
}

async function judged(judges: Sides, cases: number): Promise<number> {
  const began = performance.now();
  const { commands, finding } = await lockstep(judges, { cases, commandsPerCase, seed });
  if (finding !== undefined) {
    throw new TypeError(`Cannot measure: the sides disagree after ${finding.foundAfter}`);
  }
  return commands * 1000 / (performance.now() - began);
}

function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)]!;
}

if (import.meta.main) {
  const [cases, rounds] = [Number(Deno.args[0] ?? 3_000), Number(Deno.args[1] ?? 5)];
  const columns = ["bare kernel", "one judge", "two judges", "two judges, promises"];
  const lines = [["scope", ...columns].map((text) => text.padStart(22)).join("")];
  for (const [name, build] of Object.entries(sharedBufferProtocol.scopes)) {
    const scope = build();
    const journeys = await recorded(scope, cases);
    const found: number[][] = columns.map(() => []);
    for (let round = 0; round < rounds; round++) {
      found[0]!.push(bare(scope, journeys));
      found[1]!.push(await judged(sides(scope, false, false), cases));
      found[2]!.push(await judged(sides(scope, true, false), cases));
      found[3]!.push(await judged(sides(scope, true, true), cases));
    }
    const cells = found.map((values) => `${Math.round(median(values) / 1000)} k/s`);
    lines.push([name, ...cells].map((text) => text.padStart(22)).join(""));
  }
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}
