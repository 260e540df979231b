import { assertEquals, assertRejects } from "@std/assert";
import { sockets } from "../../ffi/socket.ts";
import { whyNoZerocopy } from "../../ffi/zerocopy_socket.ts";
import { windowSends, wrapSoak } from "./wrap_soak.ts";

const missing = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const why = missing === undefined ? "" : ` (skipped: SO_ZEROCOPY answers ${missing})`;

Deno.test({
  name: `wrapSoak loses nothing, and a biased socket gives the same records${why}`,
  ignore: missing !== undefined,
  async fn() {
    const result = await wrapSoak({ sends: 20_000 });
    const { complete, sends, notified, wrapped, biasFaithful, buffersLost, problems, lastRecords } = result;
    assertEquals(
      { complete, sends, notified, wrapped, biasFaithful, buffersLost, problems },
      {
        complete: true,
        sends: 20_000,
        notified: 20_000,
        wrapped: false,
        biasFaithful: true,
        buffersLost: 0,
        problems: [],
      },
    );
    assertEquals(lastRecords.at(-1), "[19995, 19999]");
  },
});

Deno.test({
  name: `wrapSoak stops when it is told to, and says how far it came${why}`,
  ignore: missing !== undefined,
  async fn() {
    const signal = { aborted: false };
    let checkpoints = 0;
    const result = await wrapSoak({
      sends: 2 ** 32,
      signal,
      progressMs: 1,
      onProgress: (progress, soFar) => {
        checkpoints++;
        assertEquals(soFar.problems, []);
        signal.aborted = progress.sends > 5000;
      },
    });
    assertEquals([result.complete, result.problems, result.buffersLost], [false, [], 0]);
    assertEquals(result.sends > 5000 && result.notified === result.sends && checkpoints > 0, true);
  },
});

Deno.test("wrapSoak refuses numbers of sends that it can not do", async () => {
  await assertRejects(() => wrapSoak({ sends: windowSends - 1 }), RangeError, "sends is 1999");
  await assertRejects(() => wrapSoak({ sends: 2.5 }), RangeError, "sends is 2.5");
});
