import { assert, assertEquals, assertThrows } from "@std/assert";
import { mapFlags, mmapAt, munmapAt, protection, reservedBase, reserveRange } from "../ffi/address_space.ts";
import { ErrnoError } from "../ffi/errno.ts";
import { loadByte, storeByte } from "../ffi/faults.ts";
import {
  accessMode,
  addSealsCall,
  closeCall,
  getSealsCall,
  lseekCall,
  memfdCall,
  O_APPEND,
  preadCall,
  punchHoleCall,
  reopenCall,
  seal,
  seekFrom,
  socketCall,
  statCall,
  truncateCall,
  writeCall,
} from "../ffi/file_calls.ts";
import { pageBytes, whyNoSharedMemory } from "../ffi/memory.ts";
import { mappingsOf, openFdCount, sharedMemoryNames } from "../ffi/process_resources.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import {
  allocateShared,
  bufferToFd,
  createNamed,
  freezeShared,
  openShared,
  removeNamed,
  shareInPlace,
  UnsealedFileError,
} from "./shared_buffer.ts";

const shared = skipUnless("names of shared memory", whyNoSharedMemory(1));
const closedFd = 1 << 20;

/** Runs `body` and says that it left no fd, no mapping and no name behind. */
function leavesNothing(body: () => void): void {
  const count = (): unknown => [
    openFdCount(),
    mappingsOf("lockstep").length,
    sharedMemoryNames(`lockstep-shared-buffer-${Deno.pid}`).length,
  ];
  const before = count();
  body();
  assertEquals(count(), before);
}

function sequence(bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + 7) % 251);
}

function contents(fd: number): Uint8Array<ArrayBuffer> {
  const status = statCall(fd);
  assert(typeof status === "object");
  const target = new Uint8Array(status.bytes);
  assertEquals(preadCall(fd, target, status.bytes, 0), status.bytes);
  return target;
}

Deno.test("bufferToFd copies everything, seals it and leaves the offset at 0", () => {
  leavesNothing(() => {
    for (const bytes of [0, 1, 63, 64, 4095, 4096, 4097, 1 << 20]) {
      const buffer = sequence(bytes);
      const fd = bufferToFd(buffer);
      assertEquals(contents(fd), buffer);
      assertEquals(lseekCall(fd, 0, seekFrom.current), 0);
      assertEquals(getSealsCall(fd), seal.seal | seal.shrink | seal.grow | seal.write);
      assert(writeCall(fd, sequence(1), 1) < 0);
      if (bytes > 0) assert(truncateCall(fd, 0) < 0);
      closeCall(fd);
    }
  });
});

Deno.test("bufferToFd copies the part that a view shows and nothing around it", () => {
  const buffer = sequence(100);
  const fd = bufferToFd(buffer.subarray(10, 20));
  buffer.fill(0);
  assertEquals(contents(fd), sequence(100).subarray(10, 20));
  closeCall(fd);
});

Deno.test("bufferToFd answers EFAULT for a buffer that can not be read, and keeps nothing", () => {
  leavesNothing(() => {
    reserveRange(reservedBase, 2 * pageBytes());
    const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixed;
    mmapAt(reservedBase, pageBytes(), protection.read, flags, -1, 0);
    const pointer = Deno.UnsafePointer.create(BigInt(reservedBase))!;
    const buffer = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, 2 * pageBytes()));
    const error = assertThrows(() => bufferToFd(buffer), ErrnoError);
    assertEquals(error.message, "Cannot copy 8192 bytes to an fd: EFAULT");
    munmapAt(reservedBase, 2 * pageBytes());
  });
});

Deno.test("bufferToFd refuses what is no Uint8Array", () => {
  const error = assertThrows(() => bufferToFd([1, 2] as unknown as Uint8Array<ArrayBuffer>), TypeError);
  assertEquals(
    error.message,
    "Cannot copy a buffer to an fd: the buffer is no Uint8Array over an ArrayBuffer",
  );
  assertThrows(() => bufferToFd(new Uint8Array(new SharedArrayBuffer(1)) as never), TypeError);
});

Deno.test("allocateShared gives memory that is the file, in both directions and without a copy", () => {
  leavesNothing(() => {
    using memory = allocateShared(5000);
    memory.bytes[4999] = 7;
    assertEquals(contents(memory.fd)[4999], 7);
    assertEquals(writeCall(memory.fd, sequence(3), 3), 3);
    assertEquals([...memory.bytes.subarray(0, 3)], [...sequence(3)]);
    assert(truncateCall(memory.fd, 4999) < 0, "the length is sealed");
    assertEquals(allocateSharedEmpty(), [0, 0]);
  });
});

/** Bytes and file length of an empty allocation, disposed twice. */
function allocateSharedEmpty(): [number, number] {
  using memory = allocateShared(0);
  const status = statCall(memory.fd);
  assert(typeof status === "object");
  const found: [number, number] = [memory.bytes.length, status.bytes];
  memory[Symbol.dispose]();
  return found;
}

Deno.test("allocateShared gives memory that is disposed once, whoever has its place and its fd afterwards", () => {
  leavesNothing(() => {
    const memory = allocateShared(pageBytes());
    const address = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory.bytes)));
    memory[Symbol.dispose]();
    assertEquals([loadByte(address), memory.fd], ["SIGSEGV", -1]);
    const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixedNoReplace;
    assertEquals(mmapAt(address, pageBytes(), protection.read, flags, -1, 0), address);
    const fd = memfdCall(true); // the smallest number that is free: the one that was given back
    memory[Symbol.dispose]();
    assertEquals([loadByte(address), closeCall(fd)], [0, 0], "what came afterwards is somebody else's");
    munmapAt(address, pageBytes());
  });
});

Deno.test("allocateShared and openShared unmap although the buffer of their bytes was transferred", () => {
  leavesNothing(() => {
    using memory = allocateShared(100);
    using view = openShared(memory.fd);
    for (const { bytes } of [memory, view]) structuredClone(bytes, { transfer: [bytes.buffer] });
  });
});

Deno.test("allocateShared names the length that it refuses", () => {
  leavesNothing(() => {
    const message = (bytes: number): string => assertThrows(() => allocateShared(bytes)).message;
    assertEquals(message(-1), "Cannot allocate shared memory: bytes is -1, must be an integer of at least 0");
    assertEquals(
      message(1.5),
      "Cannot allocate shared memory: bytes is 1.5, must be an integer of at least 0",
    );
    assertEquals(
      message(NaN),
      "Cannot allocate shared memory: bytes is NaN, must be an integer of at least 0",
    );
    assertEquals(message(2 ** 50), "Cannot allocate 1125899906842624 bytes of shared memory: ENOMEM");
  });
});

Deno.test("openShared shows a sealed file, and a store to it stays private", () => {
  leavesNothing(() => {
    const fd = bufferToFd(sequence(5000));
    using view = openShared(fd);
    assertEquals(view.bytes, sequence(5000));
    assertEquals(view.stable, true);
    view.bytes[0] = 255;
    assertEquals(contents(fd), sequence(5000));
    closeCall(fd);
    assertEquals(view.bytes[1], sequence(2)[1], "the view outlives the fd");
  });
});

Deno.test("openShared says that contents may change when only the length is final", () => {
  using memory = allocateShared(10);
  using view = openShared(memory.fd);
  assertEquals(view.stable, false);
  memory.bytes[3] = 9;
  assertEquals(view.bytes[3], 9);
  assertEquals(punchHoleCall(memory.fd, 0, 10), 0);
  assertEquals(view.bytes[3], 0);
});

Deno.test("openShared refuses a file whose owner could make its reader fault", () => {
  leavesNothing(() => {
    const fd = memfdCall(true);
    truncateCall(fd, 10);
    const error = assertThrows(() => openShared(fd), UnsealedFileError);
    assertEquals(
      error.message,
      `Cannot open shared fd ${fd}: its length may shrink, must be sealed with F_SEAL_SHRINK`,
    );
    addSealsCall(fd, seal.grow | seal.write);
    assertThrows(() => openShared(fd), UnsealedFileError);
    closeCall(fd);
  });
});

Deno.test("openShared answers the kernel's errno for an fd that is closed, foreign or not readable", () => {
  leavesNothing(() => {
    const socket = socketCall();
    const memory = bufferToFd(sequence(3));
    const writeOnly = reopenCall(memory, accessMode.write);
    const message = (fd: number): string => assertThrows(() => openShared(fd), ErrnoError).message;
    assertEquals(message(closedFd), "Cannot open shared fd 1048576: EBADF");
    assertEquals(message(socket), `Cannot open shared fd ${socket}: EINVAL`);
    assertEquals(message(writeOnly), `Cannot open shared fd ${writeOnly}: EACCES`);
    const error = assertThrows(() => openShared(2 ** 32), RangeError);
    assertEquals(
      error.message,
      "Cannot open shared fd: fd is 4294967296, must be an integer from 0 to 2147483647",
    );
    for (const fd of [socket, memory, writeOnly]) closeCall(fd);
  });
});

Deno.test("freezeShared waits for nobody: it answers EBUSY while the memory could be written", () => {
  leavesNothing(() => {
    const memory = allocateShared(10);
    const fd = reopenCall(memory.fd, accessMode.readWrite);
    const error = assertThrows(() => freezeShared(fd), ErrnoError);
    assertEquals(error.message, `Cannot freeze shared fd ${fd}: EBUSY`);
    memory[Symbol.dispose]();
    freezeShared(fd);
    using view = openShared(fd);
    assertEquals(view.stable, true);
    assertThrows(() => freezeShared(fd), ErrnoError, "EPERM");
    closeCall(fd);
  });
});

Deno.test("shareInPlace makes whole pages a file and keeps their bytes", () => {
  leavesNothing(() => {
    reserveRange(reservedBase, pageBytes());
    const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixed;
    mmapAt(reservedBase, pageBytes(), protection.read | protection.write, flags, -1, 0);
    storeByte(reservedBase + 5, 42);
    const fd = memfdCall(true);
    shareInPlace(fd, reservedBase, pageBytes());
    assertEquals(loadByte(reservedBase + 5), 42);
    storeByte(reservedBase + 6, 43);
    assertEquals([...contents(fd).subarray(5, 7)], [42, 43]);
    munmapAt(reservedBase, pageBytes());
    closeCall(fd);
  });
});

Deno.test("shareInPlace leaves the memory as it was when it refuses or fails", () => {
  leavesNothing(() => {
    reserveRange(reservedBase, pageBytes());
    const flags = mapFlags.private | mapFlags.anonymous | mapFlags.fixed;
    mmapAt(reservedBase, pageBytes(), protection.read | protection.write, flags, -1, 0);
    storeByte(reservedBase, 42);
    const socket = socketCall();
    const sealed = bufferToFd(sequence(3));
    const plain = memfdCall(true);
    truncateCall(plain, pageBytes());
    const appending = reopenCall(plain, accessMode.readWrite | O_APPEND);
    const message = (fd: number, address: number, bytes: number): string => {
      const error = assertThrows(() => shareInPlace(fd, address, bytes));
      assertEquals(loadByte(reservedBase), 42);
      assert(error instanceof Error);
      return error.message;
    };
    assertEquals(message(socket, reservedBase, pageBytes()), "Cannot share 4096 bytes in place: ENODEV");
    assertEquals(message(sealed, reservedBase, pageBytes()), "Cannot share 4096 bytes in place: EPERM");
    assertEquals(message(appending, reservedBase, pageBytes()), "Cannot share 4096 bytes in place: EINVAL");
    assertEquals(message(closedFd, reservedBase, pageBytes()), "Cannot share 4096 bytes in place: EBADF");
    assertEquals(
      message(sealed, reservedBase, 100),
      "Cannot share memory in place: 100 bytes at 0x100000000000 are not whole pages of 4096 bytes",
    );
    assertEquals(
      message(sealed, 0, 100),
      "Cannot share memory in place: address is 0, must be an integer of at least 1",
    );
    munmapAt(reservedBase, pageBytes());
    for (const fd of [socket, sealed, plain, appending]) closeCall(fd);
  });
});

Deno.test(
  "createNamed takes a free name only, and removeNamed removes no name of somebody else",
  shared,
  () => {
    leavesNothing(() => {
      const name = `/lockstep-shared-buffer-${Deno.pid}`;
      const ours = createNamed(name);
      assertEquals(
        assertThrows(() => createNamed(name), ErrnoError).message,
        `Cannot create shared memory "${name}": EEXIST`,
      );
      removeNamed(name, ours);
      const theirs = createNamed(name);
      assertEquals(
        assertThrows(() => removeNamed(name, ours), ErrnoError).message,
        `Cannot remove shared memory "${name}": ENOENT`,
      );
      removeNamed(name, theirs);
      assertThrows(() => removeNamed(name, theirs), ErrnoError, "ENOENT");
      for (const fd of [ours, theirs]) closeCall(fd);
    });
  },
);

Deno.test("createNamed and removeNamed answer the C library's errno for names that are none", () => {
  leavesNothing(() => {
    const code = (body: () => unknown): string => assertThrows(body, ErrnoError).code;
    for (const name of ["", "/", "/a/b", `/${"x".repeat(300)}`]) {
      assertEquals(code(() => createNamed(name)), "EINVAL");
    }
    assertEquals(code(() => removeNamed("/lockstep-nobody", closedFd)), "EBADF");
    assertThrows(() => createNamed("/a\0b"), RangeError);
  });
});
