import { assert, assertThrows } from "@std/assert";
import { ErrnoError } from "./errno.ts";
import { isByteLockedElsewhere, lockByte } from "./file_lock.ts";
import { closeFd, Mapping, shmOpen, shmUnlink, truncate, whyNoSharedMemory } from "./memory.ts";
import { skipUnless } from "./skip_unless.ts";

const shared = skipUnless("locks on shared memory", whyNoSharedMemory(8));

Deno.test(
  "lockByte excludes other open files until the last fd and mapping of its own are gone",
  shared,
  () => {
    const name = `lockstep-lock-test-${Deno.pid}`;
    const fd = shmOpen(name, true);
    const other = shmOpen(name, false);
    shmUnlink(name);
    truncate(fd, 8);
    const mapping = new Mapping(fd, 8);
    assert(lockByte(fd, 1));
    assert(lockByte(fd, 1), "its own lock is no obstacle");
    assert(!isByteLockedElsewhere(fd, 1) && isByteLockedElsewhere(other, 1));
    assert(!lockByte(other, 1) && lockByte(other, 0));
    assert(isByteLockedElsewhere(fd, 0) && !isByteLockedElsewhere(fd, 2));
    closeFd(fd);
    assert(isByteLockedElsewhere(other, 1), "the mapping keeps the open file");
    mapping[Symbol.dispose]();
    assert(!isByteLockedElsewhere(other, 1));
    assert(lockByte(other, 1));
    closeFd(other);
    assertThrows(
      () => lockByte(other, 1),
      ErrnoError,
      `Cannot lock byte 1 of fd ${other}: EBADF`,
    );
  },
);
