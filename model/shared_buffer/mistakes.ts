/**
 * The operations with one rule changed each: twins of the mistakes in `impl/historic/`.
 *
 * @module
 */
import { done, fail, refusals } from "./answer.ts";
import { addSeals, ftruncate, write } from "./contents.ts";
import { mmap, trySharedMapping } from "./mapping.ts";
import { close, createObject, shmOpen, shmUnlink } from "./opening.ts";
import {
  bufferAt,
  carriedOut,
  final,
  fixedLength,
  mapOver,
  mapPrivately,
  notWholePages,
  type OperationRules,
  valuesAt,
  writeAll,
} from "./operations.ts";
import { cellsPerPage, descriptionOf, sealBits } from "./state.ts";

/** The names of the mistakes that have a twin here. */
export type SharedBufferMistake =
  | "map-fixed-over-buffer"
  | "neighbours-on-last-page"
  | "failed-map-leaves-hole"
  | "no-exclusive-create"
  | "unlink-foreign-object"
  | "single-write"
  | "offset-left-at-end"
  | "truncation-not-excluded"
  | "future-write-is-not-frozen"
  | "punch-hole-past-length-seals"
  | "empty-buffer"
  | "copy-left-unsealed"
  | "allocation-may-shrink";

/** The changed operation of each mistake. */
export const mistakenRules: Readonly<Record<SharedBufferMistake, Partial<OperationRules>>> = {
  // The file is mapped where the buffer was, and the buffer's bytes are gone.
  "map-fixed-over-buffer": {
    shareInPlace(kernel, fd, at, cells) {
      if (at % cellsPerPage !== 0 || cells % cellsPerPage !== 0) return notWholePages;
      if (valuesAt(kernel.state, at, cells) === undefined) return fail("EFAULT");
      const possible = trySharedMapping(kernel.state, fd, cells);
      return possible.kind === "done" ? mapOver(kernel, fd, at, cells) : possible;
    },
  },
  // The length is rounded up by the kernel, to the end of a page that others use, too.
  "neighbours-on-last-page": {
    shareInPlace(kernel, fd, at, cells) {
      if (at % cellsPerPage !== 0) return notWholePages;
      const values = valuesAt(kernel.state, at, cells);
      if (values === undefined) return fail("EFAULT");
      const possible = trySharedMapping(kernel.state, fd, cells);
      if (possible.kind !== "done") return possible;
      const written = writeAll(kernel, fd, cells, (index) => values[index]);
      return written?.kind === "done" ? mapOver(kernel, fd, at, cells) : written;
    },
  },
  // Mapped first, without a trial elsewhere, and written afterwards: a failure comes too late.
  "failed-map-leaves-hole": {
    shareInPlace(kernel, fd, at, cells) {
      if (at % cellsPerPage !== 0 || cells % cellsPerPage !== 0) return notWholePages;
      const values = valuesAt(kernel.state, at, cells);
      if (values === undefined) return fail("EFAULT");
      if (descriptionOf(kernel.state, fd) === undefined) return fail("EBADF");
      const mapped = mapOver(kernel, fd, at, cells);
      return mapped?.kind === "done" ? writeAll(kernel, fd, cells, (index) => values[index]) : mapped;
    },
  },
  // Whoever comes second empties the first one's object.
  "no-exclusive-create": {
    createNamed(kernel, name, as) {
      return shmOpen(kernel, name, as, {
        create: true,
        exclusive: false,
        truncate: true,
        access: "readWrite",
      });
    },
  },
  "unlink-foreign-object": {
    removeNamed({ state }, fd, name) {
      return descriptionOf(state, fd) === undefined ? fail("EBADF") : shmUnlink(state, name);
    },
  },
  // What the one write left out is missing, and nobody is told.
  "single-write": {
    bufferToFd(kernel, { at, cells, as }) {
      if (createObject(kernel, as, "memory", 0) === undefined) return undefined;
      const written = write(kernel, { fd: as, cells, offset: 0 }, bufferAt(kernel.state, at), true);
      if (written?.kind !== "count") {
        close(kernel.state, as);
        return written;
      }
      return addSeals(kernel.state, as, final);
    },
  },
  // The consumer's first read finds the end of the file.
  "offset-left-at-end": {
    bufferToFd(kernel, request) {
      const answer = carriedOut.bufferToFd(kernel, request);
      if (answer?.kind === "done") descriptionOf(kernel.state, request.as)!.offset = request.cells;
      return answer;
    },
  },
  // The length is believed although the peer can still take it back.
  "truncation-not-excluded": {
    openShared(kernel, fd, at) {
      const answer = carriedOut.openShared(kernel, fd, at);
      if (answer?.kind !== "refused") return answer;
      const { cells, seals } = kernel.state.objects[descriptionOf(kernel.state, fd)!.object]!;
      const stable = (seals & sealBits.write) !== 0;
      if (cells === 0) return { kind: "opened", cells, stable };
      const placed = mapPrivately(kernel, fd, at, cells);
      return placed?.kind === "placed" ? { kind: "opened", cells, stable } : placed;
    },
  },
  // The seal that asks nobody is taken for the one that makes sure.
  "future-write-is-not-frozen": {
    freezeShared({ state }, fd) {
      const answer = addSeals(state, fd, final);
      if (answer.kind !== "error" || answer.errno !== "EBUSY") return answer;
      return addSeals(state, fd, fixedLength | sealBits.futureWrite | sealBits.seal);
    },
  },
  // A final length is taken for final contents.
  "punch-hole-past-length-seals": {
    openShared(kernel, fd, at) {
      const answer = carriedOut.openShared(kernel, fd, at);
      if (answer?.kind !== "opened") return answer;
      const { seals } = kernel.state.objects[descriptionOf(kernel.state, fd)!.object]!;
      return { ...answer, stable: (seals & fixedLength) === fixedLength };
    },
  },
  // Filled through a mapping, which an empty file can not have.
  "empty-buffer": {
    bufferToFd(kernel, request) {
      const answer = carriedOut.bufferToFd(kernel, request);
      if (answer?.kind !== "done" || request.cells > 0) return answer;
      close(kernel.state, request.as);
      return fail("EINVAL");
    },
  },
  "copy-left-unsealed": {
    bufferToFd(kernel, { at, cells, as }) {
      if (createObject(kernel, as, "memory", 0) === undefined) return undefined;
      const written = writeAll(kernel, as, cells, bufferAt(kernel.state, at));
      if (written?.kind !== "done") close(kernel.state, as);
      return written;
    },
  },
  "allocation-may-shrink": {
    allocateShared(kernel, { at, cells, as }) {
      const { state, world } = kernel;
      if (at % cellsPerPage !== 0 || at + cells > state.pages.length * cellsPerPage) {
        return world.refuse(refusals.noPageLeft);
      }
      if (createObject(kernel, as, "memory", 0) === undefined) return undefined;
      ftruncate(state, as, cells);
      if (cells === 0) return done;
      const file = { fd: as, offset: 0, shared: true };
      const placed = mmap(state, world, {
        at,
        cells,
        protection: "write",
        placement: "fixedNoReplace",
        file,
      });
      if (placed?.kind === "placed") return done;
      close(state, as);
      return placed;
    },
  },
};
