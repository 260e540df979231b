import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { World } from "../../machine.ts";
import { Choices } from "../choices.ts";
import { compileCodec } from "../codec/codec.ts";
import { DecisionTree } from "./decision_tree.ts";
import { Recorder, type Recording } from "./recorder.ts";

interface State {
  count: number;
  address: number;
  queue: { id: number; on: boolean }[];
  flags: boolean[];
}

const codec = compileCodec<State>(z.strictObject({
  count: z.int().min(0).max(7),
  address: z.int().min(0).max(2 ** 32 - 1),
  queue: z.array(z.strictObject({ id: z.int().min(0).max(3), on: z.boolean() })).max(3),
  flags: z.array(z.boolean()).length(2),
}));

const state: State = {
  count: 5,
  address: 2 ** 32 - 1,
  queue: [{ id: 1, on: true }, { id: 2, on: false }, { id: 3, on: true }],
  flags: [true, false],
};

function packed(value: State): Int32Array {
  const words = new Int32Array(codec.words);
  codec.pack(value, words, 0);
  return words;
}

type Step = (state: State, world: World<never>) => unknown;

function record(step: Step): Recording {
  return new Recorder(codec, new Choices()).record(packed(state), 0, step);
}

const lookedBits = (step: Step): number =>
  record(step).looks.reduce((bits, { word, width }) => word < 0 ? bits : bits + width, 0);

/** Set bits of all words. */
const writtenBits = (step: Step): number =>
  [...record(step).written].reduce(
    (bits, word) => bits + (word >>> 0).toString(2).replaceAll("0", "").length,
    0,
  );

Deno.test("Recorder.record looks at what a step reads, once, in pieces where it is wide", () => {
  assertEquals(lookedBits((s) => s.count + s.count > 20 ? null : undefined), 3);
  const wide = record((s) => s.address > 0 ? undefined : null).looks.map(({ width }) => width);
  assertEquals([wide.reduce((sum, width) => sum + width), Math.max(...wide)], [32, 8]);
  // The length, then the one field that is asked.
  assertEquals(lookedBits((s) => s.queue[1]!.id === 0 ? null : undefined), 4);
});

Deno.test("Recorder.record leaves containers alone that lie where they lay, also in a list made anew", () => {
  const keep: Step = (s) => (s.queue = s.queue.filter(({ id }) => id < 3), null);
  // The length and three ids, but neither `on` of those that stay.
  assertEquals([lookedBits(keep), writtenBits(keep)], [8, 5]);
  const move: Step = (s) => (s.queue.shift(), null);
  assertEquals(lookedBits(move), 8);
});

Deno.test("Recorder.record sees a moved container change under its old name", () => {
  const { result, after } = record((s) => {
    const first = s.queue[0]!;
    s.queue.push(s.queue.shift()!);
    first.id = 0;
    return s.queue.includes(first) ? null : undefined;
  });
  assertEquals(result, "moved");
  const [first, ...others] = state.queue;
  assertEquals(after, packed({ ...state, queue: [...others, { ...first!, id: 0 }] }));
});

Deno.test("Recorder.record gives up what can not be told from bits, even when the step goes on", () => {
  const beyond: Step = (s) => {
    try {
      (s as unknown as Record<string, number>)["more"] = 1;
    } catch {
      s.count = 0;
    }
    return null;
  };
  assertEquals(record(beyond).result, "plain");
  assertEquals(record((s) => void delete s.queue[0]).result, "refused");
  assertEquals(record((s) => (s.queue.length = 9, null)).result, "plain");
  assertEquals(
    record(() => {
      throw new Error("no");
    }).result,
    "plain",
  );
});

Deno.test("DecisionTree.successors gives every alternative of a choice in the order in which runs take them", () => {
  const step: Step = (s, world) => {
    const at = world.choose(3);
    if (at === 1) return undefined;
    s.queue[at]!.on = world.choose(2) === 1;
    return null;
  };
  const choices = new Choices();
  const recorder = new Recorder(codec, choices);
  const tree = new DecisionTree(codec.words, 1);
  const found = new Int32Array(8 * codec.words);
  const count = (): number => tree.successors(tree.roots[0]!, packed(state), 0, found, 0, 8);
  choices.reset();
  do {
    assertEquals(count(), -1);
    choices.rewind();
    assertEquals(tree.knows(0, packed(state), 0, choices), false);
    tree.learn(0, recorder.record(packed(state), 0, step));
    choices.rewind();
    assertEquals(tree.knows(0, packed(state), 0, choices), true);
  } while (choices.advance());
  assertEquals(count(), 4);
  const on = Array.from(
    { length: 4 },
    (_, nth) => codec.unpack(found, nth * codec.words).queue.map((e) => e.on),
  );
  assertEquals(on, [[false, false, true], [true, false, true], [true, false, false], [true, false, true]]);
  assertEquals(tree.successors(tree.roots[0]!, packed(state), 0, found, 0, 3), -1);
});

Deno.test("DecisionTree.restore knows effects again, so that learning them once more gives the same ones", () => {
  const step: Step = (s, world) => {
    s.queue[0]!.on = world.choose(2) === 1;
    return null;
  };
  const choices = new Choices();
  const recorder = new Recorder(codec, choices);
  const tree = new DecisionTree(codec.words, 1);
  const other = new DecisionTree(codec.words, 1);
  const learnAll = (into: DecisionTree): void => {
    choices.reset();
    do {
      assertEquals(into.learn(0, recorder.record(packed(state), 0, step)), true);
    } while (choices.advance());
  };
  learnAll(tree);
  other.restore(tree.snapshot);
  learnAll(other);
  assertEquals(other.snapshot, tree.snapshot);
});
