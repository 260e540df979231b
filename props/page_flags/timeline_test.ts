import { assert, assertEquals } from "@std/assert";
import { plainFlags } from "../../impl/historic/page_flags_plain_flags.ts";
import { explore } from "../../lockstep/explore/mod.ts";
import type { Moment } from "../../lockstep/picture.ts";
import { pageFlags } from "../../model/page_flags.ts";
import { pageC11Machine, type PageC11State } from "./c11_machine.ts";
import { pageFlagsTimeline } from "./timeline.ts";

Deno.test("pageFlagsTimeline draws happens-before edges, and the race that none of them orders", () => {
  const algorithm = plainFlags(2);
  const scope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] } as const;
  const { violations } = explore(pageC11Machine(algorithm, scope, 3), { stopAtFirst: true });
  const { trace } = violations[0]!;
  const moments: Moment<PageC11State>[] = [
    { state: trace.initial!, parted: false },
    ...trace.steps.map(({ state, command, reply }, index) => ({
      state: state!,
      command: command!,
      reply,
      parted: index === trace.steps.length - 1,
    })),
  ];
  const { description, marks, bands, width, height } = pageFlagsTimeline(algorithm, scope)(moments);
  assert(
    description.includes(
      "release store hand-over of block 0 = 2 synchronizes with thread 1's acquire load hand-over of block 0 = 2",
    ),
    description,
  );
  assert(
    description.includes(
      "thread 0's plain store flags = 2 races with thread 1's plain load flags = 0: nothing orders them",
    ),
    description,
  );
  assertEquals(bands!.map(({ moment }) => moment), moments.map((_, moment) => moment));
  const boxes = marks.flatMap((mark) => mark.kind === "box" ? [mark] : []);
  assertEquals(boxes.length, trace.steps.length);
  assertEquals(boxes.filter(({ tone }) => tone === "wrong").length, 2);
  const arrows = marks.flatMap((mark) => mark.kind === "line" && mark.arrow ? [mark.dashed === true] : []);
  assertEquals(arrows, [false], "the pointer that is handed over orders what came before");
  for (const { x, y, width: across, height: down } of boxes) {
    assert(x >= 0 && x + across <= width && y >= 0 && y + down <= height);
  }
});

Deno.test("pageFlagsTimeline draws the accesses of a walk of the specification, and the race at its end", () => {
  const algorithm = plainFlags(2);
  const scope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] } as const;
  const { violations } = explore(pageC11Machine(algorithm, scope, 3), { stopAtFirst: true });
  const { steps } = violations[0]!.trace;
  const state = pageFlags(scope).initial(null, {
    choose: () => 0,
    tick() {},
    cut(reason): never {
      throw new Error(reason);
    },
    refuse: () => undefined,
  });
  const moments = [
    { state, parted: false },
    // The last answer was not allowed: there is no state after it.
    ...steps.map(({ command, reply }, index) => (
      {
        ...(index < steps.length - 1 ? { state } : {}),
        command: command!,
        reply,
        parted: index === steps.length - 1,
      }
    )),
  ];
  const { description, marks } = pageFlagsTimeline(algorithm, scope)(moments);
  assert(
    description.includes("races with thread 1's plain load flags = 2: nothing orders them"),
    description,
  );
  assertEquals(marks.filter((mark) => mark.kind === "box").length, steps.length);
});
