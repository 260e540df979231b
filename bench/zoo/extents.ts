/**
 * An allocator of runs of units, first fit: the model says who owns each unit, the implementation keeps a list of
 * free extents.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "allocate"; readonly units: number; readonly as: number }
  | { readonly kind: "free"; readonly block: number }
  | { readonly kind: "largest" };

type Reply =
  | { readonly kind: "allocated"; readonly offset: number }
  | { readonly kind: "exhausted" | "freed" }
  | { readonly kind: "largest"; readonly units: number };

interface OwnerState {
  /** Per unit: the block that owns it, -1 = free. */
  owners: number[];
}

interface Extent {
  offset: number;
  units: number;
}

interface ExtentState {
  free: Extent[];
  blocks: (Extent | null)[];
}

interface Rules {
  /** The extent to take from. */
  fit(free: readonly Extent[], units: number): number;
  joinsNext(before: Extent, after: Extent): boolean;
  joinsPrevious(before: Extent, after: Extent): boolean;
  /** What is left of an extent after units were taken off its front. */
  rest(extent: Extent, units: number): number;
  largest(free: readonly Extent[]): number;
}

const area = 8;
const blocks = 4;
const mostUnits = 5;

const touches = (before: Extent, after: Extent): boolean => before.offset + before.units === after.offset;

const correct: Rules = {
  fit: (free, units) => free.findIndex((extent) => extent.units >= units),
  joinsNext: touches,
  joinsPrevious: touches,
  rest: (extent, units) => extent.units - units,
  largest: (free) => Math.max(0, ...free.map(({ units }) => units)),
};

const block = z.int().min(0).max(blocks - 1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("allocate"),
      units: z.int().min(1).max(mostUnits),
      as: block.meta({ creates: "block" }),
    }),
    z.strictObject({ kind: z.literal("free"), block: block.meta({ refersTo: "block" }) }),
    z.strictObject({ kind: z.literal("largest") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(mostUnits).flatMap((less) =>
    below(blocks).map((as) => ({ kind: "allocate", units: less + 1, as }) as const)
  ),
  ...below(blocks).map((block) => ({ kind: "free", block }) as const),
  { kind: "largest" },
];

function runAt(owners: readonly number[], offset: number): number {
  let units = 0;
  while (owners[offset + units] === -1) units++;
  return units;
}

const model: Machine<OwnerState, Command, Reply> = {
  ...plain,
  name: "extents",
  schema: {
    ...schema,
    state: z.strictObject({ owners: z.array(z.int().min(-1).max(blocks - 1)).length(area) }),
  },
  starts: [null],
  commands,
  initial: () => ({ owners: below(area).map(() => -1) }),
  step({ owners }, command) {
    switch (command.kind) {
      case "allocate": {
        if (command.as !== below(blocks).find((name) => !owners.includes(name))) return undefined;
        const offset = below(area).find((at) => runAt(owners, at) >= command.units);
        if (offset === undefined) return { kind: "exhausted" };
        owners.fill(command.as, offset, offset + command.units);
        return { kind: "allocated", offset };
      }
      case "free":
        if (!owners.includes(command.block)) return undefined;
        owners.forEach((owner, unit) => {
          if (owner === command.block) owners[unit] = -1;
        });
        return { kind: "freed" };
      case "largest":
        return { kind: "largest", units: Math.max(...below(area).map((at) => runAt(owners, at))) };
    }
  },
};

function giveBack(free: Extent[], extent: Extent, rules: Rules): void {
  const next = free.findIndex(({ offset }) => offset > extent.offset);
  const at = next < 0 ? free.length : next;
  free.splice(at, 0, extent);
  const after = free[at + 1];
  if (after !== undefined && rules.joinsNext(extent, after)) {
    extent.units += after.units;
    free.splice(at + 1, 1);
  }
  const before = free[at - 1];
  if (before !== undefined && rules.joinsPrevious(before, extent)) {
    before.units += extent.units;
    free.splice(at, 1);
  }
}

function implementation(rules: Rules): Machine<ExtentState, Command, Reply> {
  return {
    ...plain,
    name: "extents in a list",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ free: [{ offset: 0, units: area }], blocks: below(blocks).map(() => null) }),
    step(state, command) {
      switch (command.kind) {
        case "allocate": {
          const at = rules.fit(state.free, command.units);
          const extent = state.free[at];
          if (extent === undefined) return { kind: "exhausted" };
          const { offset } = extent;
          state.blocks[command.as] = { offset, units: command.units };
          extent.units = rules.rest(extent, command.units);
          extent.offset += command.units;
          if (extent.units <= 0) state.free.splice(at, 1);
          return { kind: "allocated", offset };
        }
        case "free": {
          const block = state.blocks[command.block];
          if (block !== null && block !== undefined) giveBack(state.free, block, rules);
          state.blocks[command.block] = null;
          return { kind: "freed" };
        }
        case "largest":
          return { kind: "largest", units: rules.largest(state.free) };
      }
    },
  };
}

/** The allocator's house. */
export function extentsHouse(): ZooHouse {
  return {
    name: "extents",
    model,
    walk: { weights: { allocate: 5, free: 4, largest: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "next-not-joined": {
        title: "a freed block is not joined with the free one behind it, unless that is the last",
        rule: { joinsNext: (before, after) => touches(before, after) && after.offset + after.units === area },
      },
      "previous-not-joined": {
        title: "a freed block is not joined with the free one before it",
        rule: { joinsPrevious: () => false },
      },
      "remainder-lost": {
        title: "a remainder of one unit is lost",
        rule: { rest: (extent, units) => extent.units - units === 1 ? 0 : extent.units - units },
      },
      "best-fit": {
        title: "an exact fit is preferred to the first one",
        rule: {
          fit: (free, units) => {
            const exact = free.findIndex((extent) => extent.units === units);
            return exact >= 0 ? exact : correct.fit(free, units);
          },
        },
      },
      "largest-of-two": {
        title: "the largest free run is looked for among the first two only",
        rule: { largest: (free) => correct.largest(free.slice(0, 2)) },
      },
      "last-fit-for-long": {
        title: "three units or more are taken from the last run that fits",
        rule: {
          fit: (free, units) =>
            units >= 3 ? free.findLastIndex((extent) => extent.units >= units) : correct.fit(free, units),
        },
      },
      "joined-at-front-only": {
        title: "a freed block is joined with the free one before it only at the front of the area",
        rule: { joinsPrevious: (before, after) => touches(before, after) && before.offset === 0 },
      },
      "half-refused": {
        title: "a run of exactly half of the area is not offered",
        rule: {
          fit: (free, units) =>
            free.findIndex((extent) => extent.units >= units && extent.units !== area / 2),
        },
      },
      "first-of-three-skipped": {
        title: "the first of three free runs is never taken from",
        rule: {
          fit: (free, units) =>
            free.findIndex((extent, index) => extent.units >= units && (free.length < 3 || index > 0)),
        },
      },
      "three-behind-not-joined": {
        title: "a freed block is not joined with three free units behind it",
        rule: { joinsNext: (before, after) => touches(before, after) && after.units !== 3 },
      },
      "last-run-not-largest": {
        title: "the last of two free runs is never the largest",
        rule: { largest: (free) => correct.largest(free.length === 2 ? free.slice(0, 1) : free) },
      },
      "four-of-six": {
        title: "four units off a run of six leave one",
        rule: {
          rest: (extent, units) => extent.units - units - (units === 4 && extent.units === 6 ? 1 : 0),
        },
      },
    }),
  };
}
