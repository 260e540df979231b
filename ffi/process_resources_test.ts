import { assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "./errno.ts";
import { closeFd, Mapping, memfdCreate, shmOpen, shmUnlink, truncate, whyNoSharedMemory } from "./memory.ts";
import { mappingsOf, openFdCount, sharedMemoryNames } from "./process_resources.ts";
import { skipUnless } from "./skip_unless.ts";

const shared = skipUnless("names of shared memory", whyNoSharedMemory(1));

Deno.test("openFdCount and mappingsOf count what is opened and given back", () => {
  const fds = openFdCount();
  assertEquals([openFdCount(), mappingsOf("resources-test").length], [fds, 0]);
  const fd = memfdCreate("resources-test");
  truncate(fd, 10);
  const mappings = [new Mapping(fd, 10), new Mapping(fd, 10)];
  assertEquals([openFdCount(), mappingsOf("memfd:resources-test").length], [fds + 1, 2]);
  closeFd(fd);
  mappings.forEach((mapping) => mapping[Symbol.dispose]());
  assertEquals([openFdCount(), mappingsOf("resources-test").length], [fds, 0]);
});

Deno.test("sharedMemoryNames lists names by their beginning, however many there are", shared, () => {
  const prefix = `lockstep-resources-test-${Deno.pid}-`;
  // More than fit into one answer of the kernel.
  const names = Array.from({ length: 700 }, (_, index) => `${prefix}${index}-${"x".repeat(40)}`);
  for (const name of names) closeFd(shmOpen(name, true));
  try {
    assertEquals(sharedMemoryNames(prefix).toSorted(), names.toSorted());
  } finally {
    for (const name of names) shmUnlink(name);
  }
  assertEquals(sharedMemoryNames(prefix), []);
  assertThrows(() => shmUnlink(names[0]!), ErrnoError, "ENOENT");
});
