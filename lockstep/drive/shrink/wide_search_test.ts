import { assertEquals } from "@std/assert";
import type { Candidates, Shrinkable } from "./shrinkable.ts";
import { type Lane, WideSearch } from "./wide_search.ts";

/** A case of `length` commands, told from others by `name`; `expected` as the machine expects. */
function named(name: string, length: number, expected?: string): Shrinkable {
  return {
    start: name,
    commands: Array.from({ length }, () => ({ command: { kind: "look" } })),
    ...(expected === undefined ? {} : { expected }),
  };
}

function* each(...cases: Shrinkable[]): Candidates {
  yield* cases;
}

function lane(candidates: Candidates, turns = 1, name = "lane"): Lane {
  return { name, turns, candidates };
}

/** The names of what is tried; `answer` = `undefined` for what was known. */
function tried(candidates: Candidates, known: readonly string[] = []): unknown[] {
  const names: unknown[] = [];
  let step = candidates.next(undefined);
  while (!step.done) {
    const { start } = step.value;
    names.push(start);
    step = candidates.next(known.includes(start as string) ? undefined : 0);
  }
  return names;
}

Deno.test("WideSearch takes turns, and what is known costs no turn", () => {
  const wide = new WideSearch([{
    wide: () => [
      lane(each(named("a1", 2), named("a2", 2), named("a3", 2))),
      lane(each(named("b1", 2), named("b2", 2))),
    ],
  }]);
  assertEquals(tried(wide.candidates(named("case", 3), 1), ["a1"]), ["a1", "a2", "b1", "a3", "b2"]);
});

Deno.test("WideSearch gives a pass its turns, half of one in every second round", () => {
  const wide = new WideSearch([{
    wide: () => [
      lane(each(named("a1", 2), named("a2", 2), named("a3", 2), named("a4", 2)), 2),
      lane(each(named("b1", 2)), 0.5),
    ],
  }]);
  assertEquals(tried(wide.candidates(named("case", 3), 1)), ["a1", "a2", "a3", "a4", "b1"]);
});

Deno.test("WideSearch begins with the pass that has led to a shorter case", () => {
  const wide = new WideSearch([{
    wide: ({ commands: { length } }) => [
      lane(each(named(`a${length}`, 2), named(`aa${length}`, 2)), 1, "a"),
      lane(each(named(`b${length}`, 2), named(`bb${length}`, 2)), 1, "b"),
    ],
  }]);
  const first = wide.candidates(named("case", 4), 1);
  first.next(undefined);
  // The candidate of "b" takes the place of the case: nobody asks on.
  assertEquals(first.next(0).value?.start, "b4");
  assertEquals(tried(wide.candidates(named("case", 3), 1)), ["b3", "bb3", "a3", "aa3"]);
});

Deno.test("WideSearch puts off what the machine expects to be answered otherwise", () => {
  const wide = new WideSearch([{
    wide: () => [lane(each(named("other", 2, "full"), named("same", 2, "sent"), named("unknown", 2)))],
  }]);
  assertEquals(tried(wide.candidates(named("case", 3, "sent"), 1)), ["same", "unknown", "other"]);
  const any = new WideSearch([{
    wide: () => [{ ...lane(each(named("other", 2, "full"), named("same", 2, "sent"))), anyAnswer: true }],
  }]);
  assertEquals(tried(any.candidates(named("case", 3, "sent"), 1)), ["other", "same"]);
});

Deno.test("WideSearch never puts off more than it can remember", () => {
  let asked = 0;
  const endless = function* (): Candidates {
    for (;;) {
      asked++;
      yield named(`number ${asked}`, 2, "full");
    }
  };
  const wide = new WideSearch([{ wide: () => [lane(endless())] }]);
  assertEquals(tried(wide.candidates(named("case", 3, "sent"), 1)).length, 7);
  assertEquals(asked < 100, true);
});

Deno.test("WideSearch spends one allowance on each length, however often it is asked", () => {
  const many = (name: string): Candidates =>
    each(...Array.from({ length: 99 }, (_, at) => named(name + at, 2)));
  const wide = new WideSearch([{ wide: () => [lane(many("x"))] }]);
  assertEquals(tried(wide.candidates(named("case", 3), 4 / 7)).length, 4);
  assertEquals(tried(wide.candidates(named("case", 3), 1)).length, 3);
  assertEquals(tried(wide.candidates(named("case", 3), 1)).length, 0);
  assertEquals(tried(wide.candidates(named("case", 2), 1)).length, 2);
});
