import { assert, assertEquals } from "@std/assert";
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { delayedList } from "../../impl/page_flags/delayed_list.ts";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import { separateBytes } from "../../impl/page_flags/separate_bytes.ts";
import { explore } from "../../lockstep/explore/mod.ts";
import type { Machine, World } from "../../lockstep/machine.ts";
import { forEachChoice } from "../../model/memory/search.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { pageC11Machine } from "./c11_machine.ts";
import type { PageClient } from "./client.ts";
import { pageMistakes } from "./known.ts";
import { pageViewsMachine } from "./views_machine.ts";

/** More values of one word than a client of three calls writes. */
const enough = 20;
const scope: PageFlagsScope = {
  threads: 2,
  blocks: 2,
  operations: ["malloc", "mallocAligned", "free", "usableSize"],
};
/** Everything that clients can come to with so many calls, and what they were answered last. */
function reached<State extends PageClient & { raced: boolean }>(
  machine: Machine<State, PageFlagsCommand, PageFlagsReply>,
  calls: number,
): { readonly seen: ReadonlySet<string>; readonly states: number; readonly races: boolean } {
  const seen = new Set<string>();
  const known = new Set<string>();
  const queue: [State, number][] = [];
  let races = false;
  const visit = (state: State, left: number, reply: PageFlagsReply | null) => {
    races ||= state.raced;
    if (state.raced) return;
    seen.add(JSON.stringify([state.threads, state.held, left, reply]));
    const key = JSON.stringify([state, left]);
    if (known.has(key)) return;
    known.add(key);
    queue.push([state, left]);
  };
  const world = (choose: (count: number) => number): World<PageFlagsReply> => ({
    choose,
    tick() {},
    cut(reason): never {
      throw new Error(reason);
    },
    refuse: () => undefined,
  });
  visit(machine.initial(null, world(() => 0)), calls, null);
  for (let at = 0; at < queue.length; at++) {
    const [state, left] = queue[at]!;
    for (const command of machine.commands) {
      if (command.kind === "call" && left === 0) continue;
      forEachChoice((choose) => {
        const copy = structuredClone(state);
        const reply = machine.step(copy, command, world(choose));
        if (reply !== undefined) visit(copy, command.kind === "call" ? left - 1 : left, reply);
      });
    }
  }
  return { seen, states: known.size, races };
}

Deno.test("pageViewsMachine comes to what pageC11Machine comes to, with fewer states, for clients of few calls", () => {
  const algorithms: PageAlgorithm[] = [ownedBit, delayedList, separateBytes].map((make) => make(2));
  for (const algorithm of [...algorithms, ...pageMistakes.map(({ make }) => make(2))]) {
    const graphs = reached(pageC11Machine(algorithm, scope, 100), 3);
    const views = reached(pageViewsMachine(algorithm, scope, enough), 3);
    assertEquals([algorithm.name, views.races], [algorithm.name, graphs.races]);
    if (graphs.races) continue;
    assertEquals([...views.seen.symmetricDifference(graphs.seen)], [], algorithm.name);
    assert(views.states < graphs.states, `${algorithm.name}: ${views.states} and ${graphs.states} states`);
  }
});

Deno.test("pageViewsMachine says bounded when a word has more values than are kept", () => {
  const { exhausted, cuts } = explore(pageViewsMachine(ownedBit(2), scope, 2));
  assertEquals([exhausted, cuts.map(({ reason }) => reason)], [
    false,
    ["more than 2 values of one word may still be read"],
  ]);
});
