import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "./errno.ts";
import {
  allocate,
  closeFd,
  cString,
  fileBytes,
  Mapping,
  memfdCreate,
  pageBytes,
  shmOpen,
  shmUnlink,
  truncate,
  whyNoSharedMemory,
} from "./memory.ts";
import { mappingsOf, openFdCount, sharedMemoryNames } from "./process_resources.ts";
import { skipUnless } from "./skip_unless.ts";

const shared = skipUnless("shared memory", whyNoSharedMemory(1));

Deno.test("Mapping shows the same bytes in two mappings, and empties its views when it is disposed", () => {
  const fd = memfdCreate("memory-test");
  truncate(fd, 100);
  using one = new Mapping(fd, 100);
  const other = new Mapping(fd, 100);
  closeFd(fd);
  const [written, seen] = [new Uint8Array(one.buffer), new Uint8Array(other.buffer)];
  written[99] = 7;
  assertEquals([seen.length, seen[99]], [100, 7]);
  other[Symbol.dispose]();
  other[Symbol.dispose]();
  assertEquals([seen.length, seen[99], written[99]], [0, undefined, 7]);
});

Deno.test("Mapping unmaps although its buffer was transferred", () => {
  const fd = memfdCreate("transferred-test");
  truncate(fd, 100);
  const mapping = new Mapping(fd, 100);
  closeFd(fd);
  structuredClone(mapping.buffer, { transfer: [mapping.buffer] });
  mapping[Symbol.dispose]();
  assertEquals(mappingsOf("transferred-test"), []);
});

Deno.test("Mapping refuses a length that is none, and a fd that is none", () => {
  for (const bytes of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new Mapping(0, bytes),
      RangeError,
      `Cannot map fd 0: bytes is ${bytes}, must be an integer of at least 1`,
    );
  }
  assertThrows(() => new Mapping(1 << 20, 10), ErrnoError, "Cannot map 10 bytes of fd 1048576: EBADF");
  const fd = memfdCreate("memory-test");
  assertThrows(() => new Mapping(fd, 2 ** 50), ErrnoError, "ENOMEM");
  closeFd(fd);
});

Deno.test("allocate makes a file longer, never shorter", () => {
  const fd = memfdCreate("memory-test");
  allocate(fd, 10_000);
  assertEquals(fileBytes(fd), 10_000);
  allocate(fd, 10);
  assertEquals(fileBytes(fd), 10_000);
  closeFd(fd);
  assertThrows(() => allocate(fd, 10), ErrnoError, `Cannot reserve 10 bytes for fd ${fd}: EBADF`);
});

Deno.test("truncate and allocate answer EFBIG past RLIMIT_FSIZE, and the process lives", async () => {
  const program = `
    import { allocate, memfdCreate, truncate } from "${new URL("memory.ts", import.meta.url)}";
    const { symbols } = Deno.dlopen("libc.so.6", {
      setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const fd = memfdCreate("memory-test");
    if (symbols.setrlimit(1, BigUint64Array.of(4096n, 4096n)) !== 0) throw new Error("no limit");
    truncate(fd, 4096);
    allocate(fd, 4096);
    const codeOf = (body) => { try { body(); } catch (error) { return error.code; } };
    const codes = [codeOf(() => truncate(fd, 4097)), codeOf(() => allocate(fd, 4097))];
    Deno.stdout.writeSync(new TextEncoder().encode(codes.join()));
  `;
  const { code, signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  assertEquals([code, signal, new TextDecoder().decode(stdout)], [0, null, "EFBIG,EFBIG"]);
});

Deno.test("shmOpen creates a name once, and shmUnlink removes it once", shared, () => {
  const name = `lockstep-memory-test-${Deno.pid}`;
  const fds = openFdCount();
  assertThrows(() => shmOpen(name, false), ErrnoError, `Cannot open shared memory "${name}": ENOENT`);
  closeFd(shmOpen(name, true));
  assertThrows(() => shmOpen(name, true), ErrnoError, `Cannot create shared memory "${name}": EEXIST`);
  assertEquals(sharedMemoryNames(name), [name]);
  shmUnlink(name);
  assertThrows(() => shmUnlink(name), ErrnoError, `Cannot unlink shared memory "${name}": ENOENT`);
  assertEquals([openFdCount(), sharedMemoryNames(name)], [fds, []]);
});

Deno.test("cString ends with a NUL and refuses another one", () => {
  assertEquals(cString("ä"), Uint8Array.of(0xc3, 0xa4, 0));
  assertThrows(() => cString("a\0b"), RangeError, 'Cannot pass "a\\u0000b" to C: it holds a NUL');
});

Deno.test("pageBytes is a power of two", () => {
  const bytes = pageBytes();
  assert(bytes >= 4096 && (bytes & (bytes - 1)) === 0);
});
