import { assertEquals, assertStringIncludes } from "@std/assert";
import { closeCall, memfdCall, truncateCall } from "../ffi/file_calls.ts";
import { allocateShared, bufferToFd } from "./shared_buffer.ts";
import type { PeerReport } from "./shared_buffer_peer.ts";

Deno.test("bufferToFd and allocateShared reach another process, which refuses a file without seals", async () => {
  const buffer = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const copy = bufferToFd(buffer);
  using memory = allocateShared(10);
  memory.bytes[0] = 42;
  const unsealed = memfdCall(true);
  truncateCall(unsealed, 10);
  const program = new URL("shared_buffer_peer.ts", import.meta.url).pathname;
  const peer = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", program, ...[Deno.pid, copy, memory.fd, unsealed].map(String)],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const report = JSON.parse(new TextDecoder().decode(peer.stdout)) as PeerReport;
  assertEquals(report.copy, {
    bytes: buffer.length,
    stable: true,
    sum: buffer.reduce((total, byte) => total + byte, 0),
  });
  assertEquals(report.shared, { firstByte: 42, stable: false });
  assertEquals(memory.bytes[1], 99, "the peer's store is seen here");
  assertStringIncludes(report.refusal, "its length may shrink, must be sealed with F_SEAL_SHRINK");
  closeCall(copy);
  closeCall(unsealed);
});
