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

/** A program that may have files of `bytes` bytes: beyond, the kernel ends it by SIGXFSZ. */
function limited(bytes: number, body: string): string {
  const file = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { allocateShared, bufferToFd } from ${file("shared_buffer.ts")};
    import { openFdCount } from ${file("../ffi/process_resources.ts")};
    const { symbols } = Deno.dlopen("libc.so.6", {
      setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const before = openFdCount();
    if (symbols.setrlimit(1, BigUint64Array.of(${bytes}n, ${bytes}n)) !== 0) throw new Error("no limit");
    const said = [];
    const attempt = (body) => { try { body(); said.push("done"); } catch (error) { said.push(error.message); } };
    ${body}
    said.push(openFdCount() - before);
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(said)));
  `;
}

Deno.test("bufferToFd and allocateShared answer EFBIG past RLIMIT_FSIZE, and the process lives", async () => {
  const program = limited(
    4096,
    `attempt(() => bufferToFd(new Uint8Array(4097)));
     attempt(() => allocateShared(4097));
     attempt(() => { using memory = allocateShared(4096); memory.bytes[4095] = 1; });`,
  );
  const { code, signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  assertEquals([code, signal], [0, null]);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), [
    "Cannot copy 4097 bytes to an fd: EFBIG",
    "Cannot allocate 4097 bytes of shared memory: EFBIG",
    "done",
    0,
  ]);
});
