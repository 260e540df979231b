import { assert, assertEquals } from "@std/assert";
import { errnoName } from "./errno.ts";
import {
  accessMode,
  addSealsCall,
  closeCall,
  duplicateCall,
  getSealsCall,
  lseekCall,
  memfdCall,
  openFlags,
  preadCall,
  punchHoleCall,
  readCall,
  reopenCall,
  seal,
  seekFrom,
  shmOpenCall,
  shmUnlinkCall,
  statCall,
  truncateCall,
  writeCall,
} from "./file_calls.ts";
import { cString, whyNoSharedMemory } from "./memory.ts";
import { skipUnless } from "./skip_unless.ts";

const shared = skipUnless("names of shared memory", whyNoSharedMemory(1));

const name = (answer: unknown): string =>
  typeof answer === "number" && answer < 0 ? errnoName(-answer) : "ok";

Deno.test("memory file calls answer counts, offsets and seals as the kernel gives them", () => {
  const fd = memfdCall(true);
  const twin = duplicateCall(fd);
  try {
    assertEquals(writeCall(fd, new Uint8Array([1, 2, 3]), 3), 3);
    assertEquals(lseekCall(twin, 0, seekFrom.current), 3);
    const target = new Uint8Array(4);
    assertEquals(readCall(twin, target, 4), 0);
    assertEquals(preadCall(twin, target, 4, 1), 2);
    assertEquals([...target], [2, 3, 0, 0]);
    assertEquals(punchHoleCall(fd, 0, 2), 0);
    assertEquals(preadCall(fd, target, 4, 0), 3);
    assertEquals([...target], [0, 0, 3, 0]);
    assertEquals(addSealsCall(fd, seal.shrink | seal.seal), 0);
    assertEquals(getSealsCall(twin), seal.shrink | seal.seal);
    assertEquals(name(truncateCall(fd, 0)), "EPERM");
    assertEquals(name(truncateCall(fd, -1)), "EINVAL");
  } finally {
    assertEquals(closeCall(fd), 0);
    assertEquals(closeCall(twin), 0);
  }
  assertEquals(name(closeCall(fd)), "EBADF");
  assertEquals(name(statCall(fd)), "EBADF");
});

Deno.test("statCall tells two objects apart and recognises one object through two descriptions", () => {
  const first = memfdCall(false);
  const again = reopenCall(first, accessMode.read);
  const second = memfdCall(false);
  const identity = (fd: number): string => {
    const status = statCall(fd);
    assert(typeof status === "object");
    return status.identity;
  };
  assertEquals(identity(first), identity(again));
  assert(identity(first) !== identity(second));
  assertEquals(name(writeCall(again, new Uint8Array(1), 1)), "EBADF");
  for (const fd of [first, again, second]) closeCall(fd);
});

Deno.test("shmOpenCall and shmUnlinkCall answer for names as the C library does", shared, () => {
  const text = cString(`/lockstep-file-calls-${Deno.pid}`);
  const { create, exclusive } = openFlags;
  const fd = shmOpenCall(text, accessMode.readWrite | create | exclusive);
  assert(fd >= 0);
  assertEquals(name(shmOpenCall(text, accessMode.readWrite | create | exclusive)), "EEXIST");
  assertEquals(shmUnlinkCall(text), 0);
  assertEquals(name(shmUnlinkCall(text)), "ENOENT");
  assertEquals(name(shmOpenCall(cString("/with/slash"), accessMode.readWrite | create)), "EINVAL");
  closeCall(fd);
});
