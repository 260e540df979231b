/**
 * The other side of a shared buffer, as a program for the tests: opens fds of its parent process and says in one line
 * of JSON what it found.
 *
 *     deno run -A impl/shared_buffer_peer.ts <process> <copy fd> <shared fd> <unsealed fd>
 *
 * @module
 */
import { accessMode, reopenCall } from "../ffi/file_calls.ts";
import { Mapping } from "../ffi/memory.ts";
import { openShared } from "./shared_buffer.ts";

/** What the peer found. */
export interface PeerReport {
  readonly copy: { readonly bytes: number; readonly stable: boolean; readonly sum: number };
  readonly shared: { readonly firstByte: number; readonly stable: boolean };
  /** The message of the error that a file without seals was refused with. */
  readonly refusal: string;
}

function refusalOf(fd: number): string {
  try {
    using view = openShared(fd);
    return `opened ${view.bytes.length} bytes`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (import.meta.main) {
  const [process, copyFd, sharedFd, unsealedFd] = Deno.args.map(Number) as [number, number, number, number];
  using copy = openShared(reopenCall(copyFd, accessMode.read, process));
  const shared = reopenCall(sharedFd, accessMode.readWrite, process);
  using view = openShared(shared);
  const firstByte = view.bytes[0]!;
  // Whoever is given an fd that can write may map it shared, and is seen by everybody.
  using writer = new Mapping(shared, view.bytes.length);
  new Uint8Array(writer.buffer)[1] = 99;
  const report: PeerReport = {
    copy: {
      bytes: copy.bytes.length,
      stable: copy.stable,
      sum: copy.bytes.reduce((total, byte) => total + byte, 0),
    },
    shared: { firstByte, stable: view.stable },
    refusal: refusalOf(reopenCall(unsealedFd, accessMode.read, process)),
  };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
}
