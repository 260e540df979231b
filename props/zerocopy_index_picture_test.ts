import { assertEquals } from "@std/assert";
import type { World } from "../lockstep/machine.ts";
import { zerocopyMechanism } from "../model/zerocopy_mechanism.ts";
import type { MechanismState } from "../model/zerocopy_mechanism_state.ts";
import type { SenderMistake } from "../model/zerocopy_sender_rules.ts";
import { zerocopySizes } from "./zerocopy_index.ts";
import { idWords, zerocopyPicture } from "./zerocopy_index_picture.ts";

/** The state after one full send that begins at `firstId`; the kernel takes everything. */
function afterOneSend(firstId: number, mistake?: SenderMistake): MechanismState {
  const machine = zerocopyMechanism(zerocopySizes.kernel, mistake);
  const world: World<never> = {
    choose: () => 0,
    tick() {},
    cut(reason): never {
      throw new Error(reason);
    },
    refuse: () => undefined,
  };
  const state = machine.initial({ firstId }, world);
  machine.step(state, { kind: "submit", units: 2, hold: false }, world);
  return state;
}

Deno.test("zerocopyPicture says in words what it shows", () => {
  assertEquals(
    zerocopyPicture(afterOneSend(2 ** 32 - 1)).description,
    "The kernel has 1 sends in flight and numbers the next 0; the sender expects 0 and has 1 requests pending; " +
      "2 of 3 buffers are free.",
  );
});

Deno.test("zerocopyPicture marks a counter that disagrees, and a free buffer that the kernel reads", () => {
  const wrong = (mistake?: SenderMistake): unknown => {
    const { marks } = zerocopyPicture(afterOneSend(2 ** 32 - 1, mistake));
    return marks.flatMap((mark) =>
      mark.kind === "box" && mark.tone === "wrong"
        ? [mark.label]
        : mark.kind === "text" && mark.text.includes("WRONG")
        ? [mark.text]
        : []
    );
  };
  assertEquals(wrong(), []);
  assertEquals(wrong("wrap-to-one"), ["0", "next 1, WRONG"]);
  assertEquals(wrong("free-on-send"), ["0: free, read"]);
});

Deno.test("idWords counts the last numbers from the wrap", () => {
  assertEquals([idWords(0), idWords(7), idWords(2 ** 32 - 1)], ["0", "7", "2³²−1"]);
});
