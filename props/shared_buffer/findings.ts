/**
 * Where this kernel and the manual differ, or where the manual is silent and the answer surprises: one minimal case
 * each, in the driven scope. `docs/findings/` has a page for each of them.
 *
 * @module
 */
import type { SharedBufferCommand, SharedBufferReply } from "../../model/shared_buffer.ts";

/** A command and what Linux 6.18 answers. */
export type Observation = readonly [SharedBufferCommand, SharedBufferReply];

/** One difference. */
export interface KernelFinding {
  /** In kebab-case; the name of its page. */
  readonly name: string;
  readonly title: string;
  readonly observed: readonly Observation[];
}

const done: SharedBufferReply = { kind: "done" };
const here: SharedBufferReply = { kind: "placed", where: "here" };
const memfd: SharedBufferCommand = { kind: "memfd", as: 0, sealable: true };

function fails(errno: Extract<SharedBufferReply, { kind: "error" }>["errno"]): SharedBufferReply {
  return { kind: "error", errno };
}

function map(protection: "read" | "write"): SharedBufferCommand {
  return { kind: "mmap", fd: 0, at: 0, cells: 2, offset: 0, protection, shared: true, placement: "fixed" };
}

function anonymousPage(at: number): SharedBufferCommand {
  return { kind: "mmapAnonymous", at, cells: 2, protection: "write", placement: "fixed" };
}

/** All of them. */
export const kernelFindings: readonly KernelFinding[] = [
  {
    name: "failed-write-grows-file",
    title: "a write that fails with EFAULT makes the file longer",
    observed: [
      [memfd, done],
      [{ kind: "lseek", fd: 0, offset: 1, from: "start" }, { kind: "count", cells: 1 }],
      [{ kind: "writeFrom", fd: 0, at: 0, cells: 1 }, fails("EFAULT")],
      [{ kind: "fstat", fd: 0 }, { kind: "status", cells: 1, links: 0 }],
    ],
  },
  {
    name: "write-makes-its-source-readable",
    title: "a write from a mapping past the end of the same file succeeds",
    observed: [
      [memfd, done],
      [map("read"), here],
      [{ kind: "load", at: 0 }, { kind: "fault", signal: "SIGBUS" }],
      [{ kind: "lseek", fd: 0, offset: 1, from: "start" }, { kind: "count", cells: 1 }],
      [{ kind: "writeFrom", fd: 0, at: 0, cells: 1 }, { kind: "count", cells: 1 }],
    ],
  },
  {
    name: "growth-seal-stops-below-the-end",
    title: "F_SEAL_GROW stops a write at a page boundary, below the end of the file",
    observed: [
      [memfd, done],
      [{ kind: "ftruncate", fd: 0, cells: 3 }, done],
      [{ kind: "addSeals", fd: 0, seals: 4 }, done],
      [{ kind: "write", fd: 0, cells: 4, value: 1 }, { kind: "count", cells: 2 }],
      [{ kind: "write", fd: 0, cells: 2, value: 1 }, fails("EPERM")],
      [{ kind: "write", fd: 0, cells: 1, value: 1 }, { kind: "count", cells: 1 }],
    ],
  },
  {
    name: "write-seal-is-busy-for-readers",
    title: "F_SEAL_WRITE answers EBUSY for a mapping that nobody can write to",
    observed: [
      [memfd, done],
      [map("read"), here],
      [{ kind: "addSeals", fd: 0, seals: 8 }, fails("EBUSY")],
      [{ kind: "mprotect", at: 0, cells: 2, protection: "none" }, done],
      [{ kind: "addSeals", fd: 0, seals: 8 }, fails("EBUSY")],
      [{ kind: "munmap", at: 0, cells: 2 }, done],
      [{ kind: "addSeals", fd: 0, seals: 8 }, done],
    ],
  },
  {
    name: "reader-becomes-writer-after-future-write",
    title: "a read-only mapping becomes writable after F_SEAL_FUTURE_WRITE",
    observed: [
      [memfd, done],
      [{ kind: "ftruncate", fd: 0, cells: 2 }, done],
      [map("read"), here],
      [{ kind: "addSeals", fd: 0, seals: 16 }, done],
      [{ kind: "mprotect", at: 0, cells: 2, protection: "write" }, done],
      [{ kind: "store", at: 0, value: 1 }, done],
      [{ kind: "pread", fd: 0, offset: 0, cells: 1 }, { kind: "values", values: [1] }],
    ],
  },
  {
    name: "failed-map-fixed-leaves-hole",
    title: "a MAP_FIXED that fails has already removed what was there",
    observed: [
      [anonymousPage(0), here],
      [{ kind: "socket", as: 0 }, done],
      [map("read"), fails("ENODEV")],
      [{ kind: "load", at: 0 }, { kind: "fault", signal: "SIGSEGV" }],
    ],
  },
  {
    name: "extended-part-is-not-null",
    title: "ftruncate shows bytes that were stored past the end, and clears them when nothing changes",
    observed: [
      [memfd, done],
      [{ kind: "ftruncate", fd: 0, cells: 1 }, done],
      [map("write"), here],
      [{ kind: "store", at: 1, value: 3 }, done],
      [{ kind: "ftruncate", fd: 0, cells: 2 }, done],
      [{ kind: "pread", fd: 0, offset: 1, cells: 1 }, { kind: "values", values: [3] }],
      [{ kind: "ftruncate", fd: 0, cells: 1 }, done],
      [{ kind: "store", at: 1, value: 3 }, done],
      [{ kind: "ftruncate", fd: 0, cells: 1 }, done],
      [{ kind: "load", at: 1 }, { kind: "loaded", value: 0 }],
    ],
  },
  {
    name: "mprotect-keeps-its-prefix",
    title: "an mprotect that fails with ENOMEM has changed the pages before the hole",
    observed: [
      [anonymousPage(0), here],
      [{ kind: "mprotect", at: 0, cells: 4, protection: "read" }, fails("ENOMEM")],
      [{ kind: "store", at: 0, value: 1 }, { kind: "fault", signal: "SIGSEGV" }],
    ],
  },
  {
    name: "names-that-are-too-long",
    title: "a name that is too long is EINVAL to shm_open and ENOENT to shm_unlink",
    observed: [
      [{ kind: "shmOpenBadName", name: "long" }, fails("EINVAL")],
      [{ kind: "shmUnlinkBadName", name: "long" }, fails("ENOENT")],
      [{ kind: "shmUnlinkBadName", name: "slash" }, fails("ENOENT")],
    ],
  },
  {
    name: "named-objects-know-seals",
    title: "an object of shm_open has seals, and they are closed",
    observed: [
      [
        {
          kind: "shmOpen",
          name: 0,
          as: 0,
          access: "readWrite",
          create: true,
          exclusive: true,
          truncate: false,
        },
        done,
      ],
      [{ kind: "getSeals", fd: 0 }, { kind: "seals", seals: 1 }],
      [{ kind: "addSeals", fd: 0, seals: 2 }, fails("EPERM")],
    ],
  },
  {
    name: "read-only-object-maps-writable",
    title: "an object that was opened for reading can be mapped for writing, privately",
    observed: [
      [
        { kind: "shmOpen", name: 0, as: 0, access: "read", create: true, exclusive: true, truncate: false },
        done,
      ],
      [
        {
          kind: "mmap",
          fd: 0,
          at: 0,
          cells: 2,
          offset: 0,
          protection: "write",
          shared: false,
          placement: "fixed",
        },
        here,
      ],
    ],
  },
];
