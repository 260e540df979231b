import { assertEquals } from "@std/assert";
import type { World } from "../../lockstep/machine.ts";
import { zerocopySizes } from "../../props/zerocopy_index.ts";
import { completeForReader, completeOne } from "./error_queue.ts";
import type { SendInFlight } from "./mechanism_state.ts";
import type { PinnedRun } from "./pinned_wire.ts";
import type { NotificationRecord, ZerocopyReply, ZerocopyScope } from "./scope.ts";

const scope: ZerocopyScope = { ...zerocopySizes.width2, coalescing: true };

/** A world that takes these alternatives in order; every one of them must be asked for. */
class Script implements World<ZerocopyReply> {
  readonly #picks: number[];
  constructor(...picks: readonly number[]) {
    this.#picks = [...picks];
  }
  choose(count: number): number {
    const pick = this.#picks.shift();
    if (pick === undefined || pick >= count) throw new Error(`no alternative ${pick} of ${count}`);
    return pick;
  }
  tick(): void {}
  cut(reason: string): never {
    throw new Error(reason);
  }
  refuse(reason: string): never {
    throw new Error(reason);
  }
}

function send(id: number, joined = false, due = false): SendInFlight {
  return { id, joined, due, reads: [{ buffer: 0, parity: 1 }] };
}

function run(id: number): PinnedRun {
  return { buffer: 0, parity: 1, units: 1, pinned: true, id, damaged: false };
}

Deno.test("completeOne merges across the wrap, and the merged record keeps the code of the one that was there", () => {
  const state = { sends: [send(3), send(0), send(1)], queue: [] as NotificationRecord[], wire: [] };
  completeOne(scope, state, new Script(0, 1));
  assertEquals(state.queue, [{ low: 3, high: 3, copied: true }]);
  completeOne(scope, state, new Script(0));
  assertEquals(state.queue, [{ low: 3, high: 0, copied: true }]);
  assertEquals(state.sends, [send(1)]);
});

Deno.test("completeOne appends what does not follow, also when it belongs before", () => {
  const state = { sends: [send(0), send(1)], queue: [] as NotificationRecord[], wire: [] };
  completeOne(scope, state, new Script(1, 0));
  completeOne(scope, state, new Script(0, 0));
  assertEquals(state.queue, [{ low: 1, high: 1, copied: false }, { low: 0, high: 0, copied: false }]);
  assertEquals(completeOne(scope, state, new Script()), undefined);
});

Deno.test("completeOne completes sends that share a notification together, and unpins their bytes", () => {
  const state = {
    sends: [send(1), send(2, true), send(3)],
    queue: [] as NotificationRecord[],
    wire: [run(1), run(2), run(3)],
  };
  completeOne(scope, state, new Script(0, 0));
  assertEquals(state.queue, [{ low: 1, high: 2, copied: false }]);
  assertEquals(state.wire, [{ ...run(0), units: 2, pinned: false }, run(3)]);
});

Deno.test("completeForReader gives one record for what was due in order, whatever the reader would like", () => {
  const state = { sends: [send(3, false, true), send(0, false, true), send(1)], wire: [] };
  // Copied or not; then the last one, which is not due, stays in flight.
  const records = completeForReader({ ...scope, order: "in order" }, state, Infinity, new Script(0, 0, 0, 1));
  assertEquals(records, [{ low: 3, high: 0, copied: false }]);
  assertEquals(state.sends, [send(1)]);
});
