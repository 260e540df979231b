/**
 * Pages in every condition that decides whether an access faults, for the tests of `faults.ts`.
 *
 * Run as a program (`fault_scenarios.ts <scenario> load|store`) it really touches the page, so that a parent
 * process can see by which signal the access ends it.
 *
 * @module
 */
import { mapFlags, mmapAt, mprotectAt, protection, reservedBase, reserveRange } from "./address_space.ts";
import { closeCall, memfdCall, truncateCall } from "./file_calls.ts";
import { storeByte } from "./faults.ts";
import { pageBytes } from "./memory.ts";

const { none, read, write } = protection;

/** Maps the first pages of a file of `fileBytes` bytes at the reserved base, and closes the file. */
function mapMemfd(fileBytes: number, pages: number, protectionBits: number, sharing: number): number {
  const fd = memfdCall(false);
  truncateCall(fd, fileBytes);
  mmapAt(reservedBase, pages * pageBytes(), protectionBits, sharing | mapFlags.fixed, fd, 0);
  return fd;
}

function mapAnonymous(protectionBits: number): void {
  const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixed;
  mmapAt(reservedBase, pageBytes(), protectionBits, flags, -1, 0);
}

/** By name: makes the condition true at the reserved base and answers the address to access. */
export const faultScenarios: Readonly<Record<string, () => number>> = {
  "hole": () => reservedBase,
  "anonymous": () => (mapAnonymous(read | write), reservedBase),
  "anonymous, read only": () => (mapAnonymous(read), reservedBase),
  "anonymous, no access": () => (mapAnonymous(none), reservedBase),
  "anonymous, made read only after a store": () => {
    mapAnonymous(read | write);
    storeByte(reservedBase, 1);
    mprotectAt(reservedBase, pageBytes(), read);
    return reservedBase;
  },
  "shared file": () => (closeCall(mapMemfd(pageBytes(), 1, read | write, mapFlags.shared)), reservedBase),
  "shared file, read only": () => (closeCall(mapMemfd(pageBytes(), 1, read, mapFlags.shared)), reservedBase),
  "private file, read only":
    () => (closeCall(mapMemfd(pageBytes(), 1, read, mapFlags.private)), reservedBase),
  "end of file within the page": () => {
    closeCall(mapMemfd(1, 1, read | write, mapFlags.shared));
    return reservedBase + pageBytes() - 1;
  },
  "shared file, page past its end": () => {
    closeCall(mapMemfd(1, 2, read | write, mapFlags.shared));
    return reservedBase + pageBytes();
  },
  "read-only shared file, page past its end": () => {
    closeCall(mapMemfd(1, 2, read, mapFlags.shared));
    return reservedBase + pageBytes();
  },
  "private file, page past its end": () => {
    closeCall(mapMemfd(1, 2, read | write, mapFlags.private));
    return reservedBase + pageBytes();
  },
  "private copy, file truncated afterwards": () => {
    const fd = mapMemfd(pageBytes(), 1, read | write, mapFlags.private);
    storeByte(reservedBase, 1);
    truncateCall(fd, 0);
    closeCall(fd);
    return reservedBase;
  },
};

if (import.meta.main) {
  const [scenario, access] = Deno.args;
  reserveRange(reservedBase, 2 * pageBytes());
  const address = faultScenarios[scenario!]!();
  const pointer = Deno.UnsafePointer.create(BigInt(address))!;
  const bytes = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, 1));
  if (access === "store") bytes[0] = 1;
  else if (bytes[0]! > 255) throw new RangeError("A byte above 255");
}
