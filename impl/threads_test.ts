import { assertEquals, assertRejects } from "@std/assert";
import { allEnded, JobThread } from "./threads.ts";

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

Deno.test("allEnded rejects only when no thread works any more", async () => {
  using good = new JobThread<number | string, number>(script);
  using bad = new JobThread<number | string, number>(script);
  await good.do(0); // it runs
  let ended = false;
  const long = good.do(100_000_000).finally(() => ended = true);
  await assertRejects(() => allEnded([bad.do("not today"), long]), Error, "not today");
  assertEquals(ended, true);
});
