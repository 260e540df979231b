import { assert, assertEquals } from "@std/assert";
import { plainFlags } from "../impl/historic/page_flags_plain_flags.ts";
import { explore } from "../lockstep/explore/mod.ts";
import type { Moment } from "../lockstep/picture.ts";
import { handOverScript } from "./page_flags_scripts.ts";
import { scriptMachine, type ScriptState } from "./page_flags_script_machine.ts";
import { pageFlagsTimeline } from "./page_flags_timeline.ts";

Deno.test("pageFlagsTimeline draws happens-before edges, and the race that none of them orders", () => {
  const algorithm = plainFlags(2);
  const { violations } = explore(scriptMachine(algorithm, handOverScript), { stopAtFirst: true });
  const { trace } = violations[0]!;
  const moments: Moment<ScriptState>[] = [
    { state: trace.initial!, parted: false },
    ...trace.steps.map(({ state, command, reply }, index) => ({
      state: state!,
      command: command!,
      reply,
      parted: index === trace.steps.length - 1,
    })),
  ];
  const { description, marks, bands, width, height } = pageFlagsTimeline(algorithm)(moments);
  assert(
    description.includes("store mailbox 0 = 3 synchronizes with thread 1's acquire load mailbox 0 = 3"),
    description,
  );
  assert(
    description.includes(
      "thread 1's plain load flags = 2 races with thread 0's plain store flags = 2: nothing orders them",
    ),
    description,
  );
  assertEquals(bands!.map(({ moment }) => moment), moments.map((_, moment) => moment));
  const boxes = marks.flatMap((mark) => mark.kind === "box" ? [mark] : []);
  assertEquals(boxes.length, trace.steps.length);
  assertEquals(boxes.filter(({ tone }) => tone === "wrong").length, 2);
  const arrows = marks.flatMap((mark) => mark.kind === "line" && mark.arrow ? [mark.dashed === true] : []);
  assertEquals(arrows, [true, false], "one value that is read without order, one edge that orders");
  for (const { x, y, width: across, height: down } of boxes) {
    assert(x >= 0 && x + across <= width && y >= 0 && y + down <= height);
  }
});
