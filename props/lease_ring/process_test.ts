/**
 * The ring between two processes: every byte of a long stream arrives, and nobody hangs when the other one dies.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { whyNoSharedMemory } from "../../ffi/memory.ts";
import { mappingsOf, openFdCount, sharedMemoryNames } from "../../ffi/process_resources.ts";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { PeerError } from "../../impl/lease_ring.ts";
import { SharedReader, SharedWriter } from "../../impl/shared_lease_ring.ts";
import { checkMessage, makeMessage, messageBytes, newScratch, patienceMs } from "./peer.ts";

const prefix = `lockstep-stream-${Deno.pid}-`;
/** Odd, so that messages wrap anywhere; some messages wait for room. */
const capacityBytes = 1_000_003;
const shared = skipUnless("rings between processes", whyNoSharedMemory(2 * capacityBytes));

const summarySchema = z.strictObject({
  messages: z.int(),
  bytes: z.int(),
  copied: z.int(),
  releasedOutOfOrder: z.int(),
});

function startPeer(name: string, role: "read" | "write", messages: number): Deno.ChildProcess {
  const program = new URL("./peer.ts", import.meta.url);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", program.href, name, role, `${messages}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** How many messages make a stream of at least `bytes` bytes. */
function messagesFor(bytes: number): number {
  let [messages, sum] = [0, 0];
  for (; sum < bytes; messages += 1) sum += messageBytes(messages);
  return messages;
}

function held(): readonly unknown[] {
  return [mappingsOf(prefix).length, sharedMemoryNames(prefix)];
}

Deno.test("SharedWriter streams 64 MiB to another process, and every byte arrives", shared, async () => {
  const messages = messagesFor(64 * 2 ** 20);
  const name = `${prefix}out`;
  const fds = openFdCount();
  {
    using writer = SharedWriter.create(name, { capacityBytes, slots: 64 });
    const peer = startPeer(name, "read", messages);
    const scratch = newScratch();
    let bytes = 0;
    for (let index = 0; index < messages; index += 1) {
      const message = makeMessage(index, scratch);
      await writer.write(message, patienceMs);
      bytes += message.length;
    }
    writer.close();
    const { code, stdout } = await peer.output();
    assertEquals(code, 0);
    const summary = summarySchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
    assertEquals([summary.messages, summary.bytes], [messages, bytes]);
    assert(bytes >= 64 * 2 ** 20);
    assert(summary.copied > 0, "some messages came in two pieces");
    assert(summary.copied < messages / 2, "most messages were lent where they lay");
    assert(summary.releasedOutOfOrder > 0, "some leases were released out of order");
  }
  assertEquals([openFdCount(), held()], [fds, [0, []]]);
});

Deno.test("SharedReader reads a stream that another process writes, and finds its end", shared, async () => {
  const messages = messagesFor(4 * 2 ** 20);
  const name = `${prefix}in`;
  {
    using reader = SharedReader.create(name, { capacityBytes, revokeViews: true });
    const peer = startPeer(name, "write", messages);
    const scratch = newScratch();
    let index = 0;
    for (; index <= messages; index += 1) {
      using lease = await reader.receive(patienceMs);
      if (lease === undefined) break;
      checkMessage(index, lease.bytes, scratch);
    }
    assertEquals(index, messages);
    assertEquals((await peer.output()).code, 0);
  }
  assertEquals(held(), [0, []]);
});

Deno.test(
  "SharedReader reads what a killed writer has published, then says that it is gone",
  shared,
  async () => {
    const name = `${prefix}killed-writer`;
    {
      using reader = SharedReader.create(name, { capacityBytes });
      const peer = startPeer(name, "write", 0);
      const scratch = newScratch();
      let index = 0;
      const next = async (): Promise<void> => {
        using lease = await reader.receive(patienceMs);
        assert(lease !== undefined, "a killed writer has not closed the stream");
        checkMessage(index, lease.bytes, scratch);
        index += 1;
      };
      while (index < 20) await next();
      peer.kill("SIGKILL");
      assertEquals((await peer.output()).signal, "SIGKILL");
      await assertRejects(
        async () => {
          for (;;) await next();
        },
        PeerError,
        "Cannot read from lease ring: the writer is gone without having closed it",
      );
      assert(index >= 20);
    }
    assertEquals(held(), [0, []]);
  },
);

Deno.test("SharedWriter says that a killed reader is gone", shared, async () => {
  const name = `${prefix}killed-reader`;
  {
    using writer = SharedWriter.create(name, { capacityBytes });
    const peer = startPeer(name, "read", 0);
    const scratch = newScratch();
    let index = 0;
    const next = async (): Promise<void> => {
      await writer.write(makeMessage(index, scratch), patienceMs);
      index += 1;
    };
    // More than the ring holds: the reader is there and reading.
    while (index < 100) await next();
    peer.kill("SIGKILL");
    assertEquals((await peer.output()).signal, "SIGKILL");
    await assertRejects(
      async () => {
        for (;;) await next();
      },
      PeerError,
      "Cannot write to lease ring: the reader is gone",
    );
  }
  assertEquals(held(), [0, []]);
});
