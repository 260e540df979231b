import { assert, assertEquals } from "@std/assert";
import { emptyState } from "../../model/shared_buffer/state.ts";
import { sharedBufferSizes } from "../shared_buffer.ts";
import { sharedBufferPicture } from "./picture.ts";

Deno.test("sharedBufferPicture draws pages, files, arrows and handles inside its frame", () => {
  const state = emptyState(sharedBufferSizes.driven);
  state.objects[0] = { kind: "memory", cells: 1, contents: [3, 2, 0, 0], seals: 6 };
  Object.assign(state.pages[0]!, { holds: 0, protection: "write", shared: true, mayWrite: true });
  Object.assign(state.pages[1]!, { holds: 0, filePage: 1, protection: "read" });
  state.descriptions[0] = { object: 0, offset: 1, access: "readWrite" };
  state.descriptors[0] = 0;
  const { width, height, description, marks } = sharedBufferPicture(state);
  assertEquals(
    description,
    "[32 write A:0] [!! read A:1 private] [--] | A=3200/1 sealed shrink+grow | fd 0->A@1 readWrite",
  );
  const texts = marks.flatMap((mark) => mark.kind === "text" ? [mark.text] : []);
  for (
    const text of [
      "write, shared",
      "read, private",
      "hole",
      "sealed: shrink grow",
      "fd 0 is A at 1, readWrite",
    ]
  ) {
    assert(texts.includes(text), text);
  }
  assertEquals(marks.filter(({ kind }) => kind === "line").length, 2);
  assertEquals(marks.filter((mark) => mark.kind === "box" && mark.label === "BUS").length, 2);
  for (const mark of marks) {
    if (mark.kind !== "box") continue;
    assert(mark.x >= 0 && mark.x + mark.width <= width && mark.y + mark.height <= height);
  }
});
