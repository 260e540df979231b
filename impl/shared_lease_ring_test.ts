import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ErrnoError } from "../ffi/errno.ts";
import { closeFd, Mapping, shmOpen, shmUnlink, truncate, whyNoSharedMemory } from "../ffi/memory.ts";
import { mappingsOf, openFdCount, sharedMemoryNames } from "../ffi/process_resources.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import { PeerError } from "./lease_ring.ts";
import { areaBytes, layoutVersion, magicNumber, word } from "./lease_ring/layout.ts";
import { SharedReader, SharedWriter } from "./shared_lease_ring.ts";

const shared = skipUnless("rings in shared memory", whyNoSharedMemory(65_536));
const prefix = `lockstep-test-${Deno.pid}-`;
let names = 0;

function freshName(): string {
  return `${prefix}${names += 1}`;
}

function text(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value);
}

/** fds, mappings and names of this file's rings. */
function held(): readonly unknown[] {
  return [openFdCount(), mappingsOf(prefix).length, sharedMemoryNames(prefix)];
}

Deno.test(
  "SharedWriter and SharedReader give everything back, and the name as soon as both are there",
  shared,
  () => {
    const before = held();
    const name = freshName();
    {
      using writer = SharedWriter.create(name, { capacityBytes: 64 });
      assertEquals(sharedMemoryNames(prefix), [name]);
      {
        using reader = SharedReader.join(name);
        assertEquals(sharedMemoryNames(prefix), []);
        writer.writeSync(text("once"), 0);
        assertEquals(reader.receiveSync(0)?.copy(), text("once"));
        writer[Symbol.dispose]();
        assertEquals(sharedMemoryNames(prefix), []);
      }
    }
    assertEquals(held(), before);
  },
);

Deno.test(
  "SharedWriter is disposed without complaint when its peer has removed and scribbled everything",
  shared,
  () => {
    const before = held();
    const name = freshName();
    const writer = SharedWriter.create(name, { capacityBytes: 64 });
    const fd = shmOpen(name, false);
    shmUnlink(name);
    {
      using mapping = new Mapping(fd, areaBytes({ capacityBytes: 64, slots: 256 }));
      new Uint8Array(mapping.buffer).fill(0);
    }
    closeFd(fd);
    writer[Symbol.dispose]();
    assertEquals(held(), before);
  },
);

Deno.test(
  "SharedWriter removes its name when the reader was killed between joining and removing it, and no other ring's",
  shared,
  () => {
    const before = held();
    const name = freshName();
    for (const taken of [false, true]) {
      const writer = SharedWriter.create(name, { capacityBytes: 64 });
      const fd = shmOpen(name, false);
      {
        using mapping = new Mapping(fd, areaBytes({ capacityBytes: 64, slots: 256 }));
        Atomics.store(new Uint32Array(mapping.buffer), word.joined, 1);
      }
      closeFd(fd);
      if (taken) shmUnlink(name);
      using other = taken ? SharedWriter.create(name, { capacityBytes: 64 }) : undefined;
      writer[Symbol.dispose]();
      assertEquals(sharedMemoryNames(prefix), other === undefined ? [] : [name]);
    }
    assertEquals(held(), before);
  },
);

Deno.test("SharedReader that nobody has joined removes its name", shared, () => {
  const before = held();
  const name = freshName();
  using reader = SharedReader.create(name, { capacityBytes: 64 });
  assertEquals(sharedMemoryNames(prefix), [name]);
  reader[Symbol.dispose]();
  assertEquals(held(), before);
  assertThrows(
    () => SharedWriter.join(name),
    ErrnoError,
    `Cannot open shared memory ${JSON.stringify(name)}: ENOENT`,
  );
});

Deno.test("SharedWriter refuses a name that is taken, and leaves what is there alone", shared, () => {
  const name = freshName();
  using reader = SharedReader.create(name, { capacityBytes: 64 });
  const before = held();
  assertThrows(() => SharedWriter.create(name, { capacityBytes: 64 }), ErrnoError, "EEXIST");
  assertEquals(held(), before);
  using writer = SharedWriter.join(name);
  writer.writeSync(text("still good"), 0);
  assertEquals(reader.receiveSync(0)?.copy(), text("still good"));
});

Deno.test("SharedWriter refuses impossible names and sizes, and leaves nothing behind", () => {
  const before = held();
  for (const name of ["", "a/b", "nul\0", "..", "x".repeat(255)]) {
    const sentence = `name is ${JSON.stringify(name)}, must be 1 to 254 bytes without a slash or NUL`;
    assertThrows(() => SharedWriter.create(name, { capacityBytes: 64 }), RangeError, sentence);
    assertThrows(() => SharedReader.join(name), RangeError, sentence);
  }
  const name = freshName();
  for (const capacityBytes of [0, -1, 2 ** 32, 1.5]) {
    assertThrows(
      () => SharedWriter.create(name, { capacityBytes }),
      RangeError,
      `Cannot create lease ring "${name}": capacityBytes is ${capacityBytes}, must be an integer from 2 to 4294967295`,
    );
  }
  assertEquals(held(), before);
});

Deno.test("SharedWriter removes the name again when the memory can not be had", shared, () => {
  const before = held();
  const library = Deno.dlopen("libc.so.6", {
    getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    signal: { parameters: ["i32", "usize"], result: "pointer" },
  });
  const { getrlimit, setrlimit, signal } = library.symbols;
  const [RLIMIT_FSIZE, SIGXFSZ, SIG_IGN] = [1, 25, 1n];
  const old = new BigUint64Array(2);
  assertEquals(getrlimit(RLIMIT_FSIZE, old), 0);
  // For the reporter of the tests, which may write to a file meanwhile; the ring does not raise it.
  const handler = Deno.UnsafePointer.value(signal(SIGXFSZ, SIG_IGN));
  assertEquals(setrlimit(RLIMIT_FSIZE, BigUint64Array.of(4096n, old[1]!)), 0);
  try {
    assertThrows(
      () => SharedWriter.create(freshName(), { capacityBytes: 8192, slots: 1 }),
      ErrnoError,
      "Cannot reserve 8448 bytes for fd ",
    );
  } finally {
    setrlimit(RLIMIT_FSIZE, old);
    signal(SIGXFSZ, handler);
    library.close();
  }
  assertEquals(held(), before);
});

Deno.test("SharedReader refuses a role that is taken, and the ring stays good", shared, () => {
  const name = freshName();
  using writer = SharedWriter.create(name, { capacityBytes: 64 });
  const before = held();
  assertThrows(
    () => SharedWriter.join(name),
    PeerError,
    `Cannot join lease ring "${name}": it has a writer already`,
  );
  assertEquals(held(), before);
  using reader = SharedReader.join(name);
  writer.writeSync(text("good"), 0);
  assertEquals(reader.receiveSync(0)?.copy(), text("good"));
});

Deno.test("SharedReader refuses what is not a ring, leaves it there, and keeps nothing", shared, () => {
  const good = [magicNumber, layoutVersion, 64, 4] as const;
  const goodBytes = areaBytes({ capacityBytes: 64, slots: 4 });
  const cases: readonly (readonly [number, readonly number[], string])[] = [
    [0, [], "its file has 0 bytes, must be from "],
    [64, good, "its file has 64 bytes, must be from "],
    [goodBytes, [1, layoutVersion, 64, 4], "magic number is 0x1, must be 0x676e724c"],
    [goodBytes, [magicNumber, 9, 64, 4], "version is 9, must be 1"],
    [
      goodBytes,
      [magicNumber, layoutVersion, 0, 4],
      "capacityBytes is 0, must be an integer from 2 to 4294967295",
    ],
    [goodBytes, [magicNumber, layoutVersion, 64, 3], "slots is 3, must be a power of two from 1 to 1048576"],
    [
      goodBytes - 1,
      good,
      `length of its file is ${goodBytes - 1}, must be at least ${goodBytes} for capacityBytes 64`,
    ],
    [
      goodBytes,
      [magicNumber, layoutVersion, 0xffff_ffff, 4],
      "must be at least 4294967551 for capacityBytes 4294967295",
    ],
  ];
  for (const [fileBytes, words, sentence] of cases) {
    const name = freshName();
    const fd = shmOpen(name, true);
    truncate(fd, fileBytes);
    if (fileBytes > 0) {
      using mapping = new Mapping(fd, fileBytes);
      words.forEach((value, index) => new Uint32Array(mapping.buffer, 0, 16)[index] = value);
    }
    closeFd(fd);
    const before = held();
    assertThrows(() => SharedReader.join(name), PeerError, `Cannot join lease ring "${name}": `);
    assertThrows(() => SharedReader.join(name), PeerError, sentence);
    assertEquals(held(), before);
    shmUnlink(name);
  }
});

Deno.test("SharedReader refuses a ring whose offsets and counters are impossible", shared, () => {
  const cases = [
    [word.start, 64, "start is 64, must be below capacityBytes 64"],
    [word.end, 0xffff_ffff, "end is 4294967295, must be below capacityBytes 64"],
    [word.published, 5, "5 messages count as unread, must be at most 4 slots"],
    [word.joined, 7, "it is in use or given up"],
  ] as const;
  for (const [index, value, sentence] of cases) {
    const name = freshName();
    const writer = SharedWriter.create(name, { capacityBytes: 64, slots: 4 });
    const fd = shmOpen(name, false);
    using mapping = new Mapping(fd, areaBytes({ capacityBytes: 64, slots: 4 }));
    closeFd(fd);
    Atomics.store(new Uint32Array(mapping.buffer, 0, word.descriptors), index, value);
    assertThrows(() => SharedReader.join(name), PeerError, sentence);
    writer[Symbol.dispose]();
  }
  assertEquals([mappingsOf(prefix).length, sharedMemoryNames(prefix)], [0, []]);
});

Deno.test(
  "SharedWriter waits for room and SharedReader for a message, while the event loop goes on",
  shared,
  async () => {
    const name = freshName();
    using writer = SharedWriter.create(name, { capacityBytes: 16 });
    using reader = SharedReader.join(name);
    const early = reader.receive(10_000);
    await writer.write(text("0123456789"), 10_000);
    using first = await early;
    const late = writer.write(text("abcdefghij"), 10_000);
    assertEquals(first?.copy(), text("0123456789"));
    first?.release();
    await late;
    using second = await reader.receive(10_000);
    assertEquals([second?.copied, second?.copy()], [true, text("abcdefghij")]);
  },
);

Deno.test("SharedReader and SharedWriter say so when the deadline has passed", shared, async () => {
  const name = freshName();
  using writer = SharedWriter.create(name, { capacityBytes: 16 });
  const noRoom = "Cannot write to lease ring: no room for 9 bytes within 3 ms";
  writer.writeSync(text("12345678"), 3);
  assertThrows(() => writer.writeSync(text("123456789"), 3), Deno.errors.TimedOut, noRoom);
  await assertRejects(() => writer.write(text("123456789"), 3), Deno.errors.TimedOut, noRoom);
  using reader = SharedReader.join(name);
  assertEquals(reader.ring.drop(), 8);
  const noMessage = "Cannot read from lease ring: no message came within 3 ms";
  assertThrows(() => reader.receiveSync(3), Deno.errors.TimedOut, noMessage);
  await assertRejects(() => reader.receive(3), Deno.errors.TimedOut, noMessage);
  for (const timeoutMs of [-1, NaN, Infinity, 2 ** 31]) {
    const sentence = `Cannot wait: timeoutMs is ${timeoutMs}, must be from 0 to 2147483647`;
    assertThrows(() => reader.receiveSync(timeoutMs), RangeError, sentence);
    assertThrows(() => writer.writeSync(text("1"), timeoutMs), RangeError, sentence);
  }
});

Deno.test("SharedReader finds the end of a closed stream after its last message", shared, async () => {
  const name = freshName();
  using writer = SharedWriter.create(name, { capacityBytes: 16 });
  using reader = SharedReader.join(name);
  writer.writeSync(text("last"), 0);
  writer.close();
  writer[Symbol.dispose]();
  assertEquals((await reader.receive(10_000))?.copy(), text("last"));
  assertEquals([await reader.receive(10_000), reader.receiveSync(10_000)], [undefined, undefined]);
});

Deno.test("SharedReader finds the end of the stream while the writer is still there", shared, () => {
  const name = freshName();
  using writer = SharedWriter.create(name, { capacityBytes: 16 });
  using reader = SharedReader.join(name);
  writer.close();
  assertEquals(reader.receiveSync(1_000), undefined);
});

Deno.test("SharedReader says that the writer is gone, after its last message", shared, async () => {
  const name = freshName();
  using writer = SharedWriter.create(name, { capacityBytes: 16 });
  using reader = SharedReader.join(name);
  writer.writeSync(text("last"), 0);
  writer[Symbol.dispose]();
  const gone = "Cannot read from lease ring: the writer is gone without having closed it";
  assertEquals((await reader.receive(10_000))?.copy(), text("last"));
  await assertRejects(() => reader.receive(10_000), PeerError, gone);
  assertThrows(() => reader.receiveSync(10_000), PeerError, gone);
});

Deno.test("SharedWriter says that the reader has closed the ring, or is gone", shared, async () => {
  for (const close of [true, false]) {
    const name = freshName();
    using writer = SharedWriter.create(name, { capacityBytes: 16 });
    using reader = SharedReader.join(name);
    writer.writeSync(text("0123456789"), 0);
    const waiting = writer.write(text("0123456789"), 10_000);
    if (close) reader.close();
    reader[Symbol.dispose]();
    const sentence = `Cannot write to lease ring: the reader ${close ? "has closed it" : "is gone"}`;
    await assertRejects(() => waiting, PeerError, sentence);
    assertThrows(() => writer.writeSync(text("0123456789"), 10_000), PeerError, sentence);
  }
});

Deno.test("SharedWriter refuses a message that can never fit", shared, async () => {
  using writer = SharedWriter.create(freshName(), { capacityBytes: 16 });
  const sentence = "Cannot write to lease ring: message has 16 bytes, must be below capacityBytes 16";
  await assertRejects(() => writer.write(new Uint8Array(16), 10_000), RangeError, sentence);
  assertThrows(() => writer.writeSync(new Uint8Array(16), 10_000), RangeError, sentence);
});

Deno.test("SharedReader ends its waiting when it is disposed", shared, async () => {
  const name = freshName();
  using _writer = SharedWriter.create(name, { capacityBytes: 16 });
  using reader = SharedReader.join(name);
  const waiting = reader.receive(10_000);
  reader[Symbol.dispose]();
  await assertRejects(() => waiting, TypeError, "Cannot wait for lease ring: it is disposed");
  assert(sharedMemoryNames(prefix).length === 0);
});
