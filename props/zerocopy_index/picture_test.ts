import { assertEquals } from "@std/assert";
import type { World } from "../../lockstep/machine.ts";
import { zerocopyMechanism } from "../../model/zerocopy_index/mechanism.ts";
import type { MechanismState } from "../../model/zerocopy_index/mechanism_state.ts";
import type { SenderMistake } from "../../model/zerocopy_index/sender_rules.ts";
import { zerocopySizes } from "../zerocopy_index.ts";
import { idCircleMarks, idWords } from "./id_circle.ts";
import { zerocopyPicture } from "./picture.ts";

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
    zerocopyPicture(32)(afterOneSend(2 ** 32 - 1)).description,
    "The kernel has 1 send in flight and numbers the next 0; the sender expects 0 and has 1 request pending; " +
      "2 of 3 buffers are free.",
  );
});

Deno.test("zerocopyPicture marks a counter that disagrees, and a free buffer that the kernel reads", () => {
  const wrong = (mistake?: SenderMistake): unknown => {
    const { marks } = zerocopyPicture(32)(afterOneSend(2 ** 32 - 1, mistake));
    return marks.flatMap((mark) =>
      mark.tone !== "wrong"
        ? []
        : mark.kind === "text"
        ? [mark.text]
        : mark.kind !== "box"
        ? [mark.kind]
        : mark.label === undefined
        ? []
        : [mark.label]
    );
  };
  assertEquals(wrong(), []);
  assertEquals(wrong("wrap-to-one"), ["arc", "line", "next 1, WRONG"]);
  assertEquals(wrong("free-on-send"), ["0: free, read"]);
});

Deno.test("idCircleMarks draws the wrap, the range in flight across it, and where the next number stands", () => {
  const arcs = (widthBits: number, firstId: number): string[] =>
    idCircleMarks(afterOneSend(firstId), widthBits).flatMap((mark) =>
      mark.kind === "arc" && mark.tone !== "plain"
        ? [`${mark.tone} ${mark.from.toFixed(2)}-${mark.to.toFixed(2)}`]
        : mark.kind === "text"
        ? [mark.text]
        : []
    );
  // The last number before the wrap ends at the top of the circle.
  assertEquals(arcs(32, 2 ** 32 - 1), [
    "… all others …",
    "wrap",
    "lent -0.06--0.00",
    "busy -0.06--0.00",
    "2³²−1",
    "next 0",
    "next 0",
  ]);
  // Far from the wrap only the numbers themselves are drawn.
  assertEquals(arcs(32, 1_000_000).includes("wrap"), false);
  // A narrow counter is drawn whole: 1 of 8 is the second eighth.
  assertEquals(arcs(3, 1), ["wrap", "lent 0.13-0.25", "busy 0.13-0.25", "1", "next 2", "next 2"]);
});

Deno.test("idWords counts the last numbers from the wrap", () => {
  assertEquals([idWords(0), idWords(7), idWords(2 ** 32 - 1)], ["0", "7", "2³²−1"]);
});
