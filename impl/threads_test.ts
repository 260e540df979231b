import { assertEquals, assertRejects } from "@std/assert";
import { JobThread } from "./threads.ts";

/** Answers a number with itself, after it has counted so far; fails at a text. */
const script = new URL(`data:application/javascript,${
  encodeURIComponent(`
    onmessage = ({ data }) => {
      if (typeof data === "string") throw new Error(data);
      for (let count = 0; count < data; count++);
      postMessage(data);
    };
  `)
}`);

Deno.test("JobThread rejects every job once its worker has failed", async () => {
  using thread = new JobThread<number | string, number>(script);
  assertEquals(await thread.do(1), 1);
  await assertRejects(() => thread.do("not today"), Error, "not today");
  await assertRejects(() => thread.do(2), Error, "not today");
});
