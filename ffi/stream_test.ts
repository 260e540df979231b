import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "./errno.ts";
import { closeFd } from "./memory.ts";
import { openFdCount } from "./process_resources.ts";
import { acceptUnix, connectUnix, listenUnix, openPipe, openPipeOf, readFull, writeAll } from "./stream.ts";

const sent = Uint8Array.from({ length: 5_000 }, (_, index) => index * 3);

Deno.test("openPipe carries bytes to whoever opens its reading end, and ends with its writing end", () => {
  const fds = openFdCount();
  const { readFd, writeFd } = openPipe(65_536);
  const otherFd = openPipeOf(Deno.pid, readFd);
  writeAll(writeFd, sent);
  const received = new Uint8Array(4_000);
  assert(readFull(otherFd, received));
  assertEquals(received, sent.slice(0, 4_000));
  closeFd(writeFd);
  assertEquals(readFull(otherFd, received), false, "1,000 bytes are left, then the stream ends");
  assertEquals(received.subarray(0, 1_000), sent.slice(4_000));
  closeFd(readFd);
  closeFd(otherFd);
  assertEquals(openFdCount(), fds);
});

Deno.test("listenUnix and connectUnix meet under a name that leaves no file", () => {
  const fds = openFdCount();
  const name = `lockstep-stream-test-${Deno.pid}`;
  assertThrows(() => connectUnix(name, 65_536), ErrnoError, `Cannot connect to "${name}": ECONNREFUSED`);
  assertEquals(openFdCount(), fds);
  const listener = listenUnix(name, 65_536);
  assertThrows(() => listenUnix(name, 65_536), ErrnoError, `Cannot listen as "${name}": EADDRINUSE`);
  const client = connectUnix(name, 65_536);
  const server = acceptUnix(listener);
  writeAll(client, sent);
  const received = new Uint8Array(sent.length);
  assert(readFull(server, received));
  assertEquals(received, sent);
  [listener, client, server].forEach(closeFd);
  assertEquals(openFdCount(), fds);
});
