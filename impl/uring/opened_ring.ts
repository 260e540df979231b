/**
 * The mapped parts of a ring, however it was set up.
 *
 * @module
 */
import {
  completionBytes,
  entryBytes,
  feature,
  ringOffset,
  type RingParameters,
  type RingRequest,
  ringSetup,
} from "../../ffi/io_uring.ts";
import { EnvironmentError } from "../../ffi/library.ts";
import { closeFd } from "../../ffi/memory.ts";
import { Region } from "../../ffi/region.ts";

/** A ring that was set up, with its two mappings. Disposing closes and unmaps. */
export interface OpenedRing extends Disposable {
  readonly fd: number;
  readonly parameters: RingParameters;
  /** Both queues; not to be touched after disposal. */
  readonly queues: ArrayBuffer;
  /** The submission entries; not to be touched after disposal. */
  readonly entries: ArrayBuffer;
}

/** Sets a ring up in some way. @throws {EnvironmentError} @throws {ErrnoError} */
export type RingOpener = (request: RingRequest) => OpenedRing;

/** Bytes of the mapping that holds both queues. */
export function queueBytes({ sq, cq, sqEntries, cqEntries }: RingParameters): number {
  return Math.max(sq.array + sqEntries * 4, cq.completions + cqEntries * completionBytes);
}

/** Sets a ring up by system calls. @throws {EnvironmentError} before Linux 5.4 too @throws {ErrnoError} */
export function openRing(request: RingRequest): OpenedRing {
  const { fd, parameters } = ringSetup(request);
  using undo = new DisposableStack();
  undo.defer(() => closeFd(fd));
  if ((parameters.features & feature.SINGLE_MMAP) === 0) {
    throw new EnvironmentError(
      "Cannot open ring: this kernel does not map both queues at once (needs Linux 5.4)",
    );
  }
  const queues = undo.use(Region.ofFile(fd, queueBytes(parameters), ringOffset.SQ));
  const entries = undo.use(Region.ofFile(fd, parameters.sqEntries * entryBytes, ringOffset.SQES));
  const stack = undo.move();
  return {
    fd,
    parameters,
    queues: queues.buffer,
    entries: entries.buffer,
    [Symbol.dispose]: () => stack[Symbol.dispose](),
  };
}
