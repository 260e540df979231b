/**
 * What this process holds of the kernel: open fds, mappings, shared-memory names. For tests that nothing leaks.
 *
 * Read through libc, since Deno refuses `/proc` without all permissions.
 *
 * @see {@link https://man7.org/linux/man-pages/man5/proc.5.html}
 * @module
 */
import { checked } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { closeFd, cString } from "./memory.ts";

const libc = openLibrary(libcFile, {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "i32" },
});
const [O_DIRECTORY, O_CLOEXEC] = [0o200000, 0o2000000];

function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = checked(`open ${path}`, libc.open(cString(path), flags | O_CLOEXEC, 0));
  try {
    return use(fd);
  } finally {
    closeFd(fd);
  }
}

/** Names in the directory `path`, without `.` and `..`. @throws {ErrnoError} */
function listDirectory(path: string): readonly string[] {
  const names: string[] = [];
  const buffer = new Uint8Array(32_768);
  const view = new DataView(buffer.buffer);
  const decoder = new TextDecoder();
  return withFile(path, O_DIRECTORY, (fd) => {
    for (;;) {
      const bytes = checked(`list ${path}`, Number(libc.getdents64(fd, buffer, BigInt(buffer.length))));
      if (bytes === 0) return names.filter((name) => name !== "." && name !== "..");
      for (let at = 0; at < bytes;) {
        const recordBytes = view.getUint16(at + 16, true);
        const name = buffer.subarray(at + 19, at + recordBytes);
        names.push(decoder.decode(name.subarray(0, name.indexOf(0))));
        at += recordBytes;
      }
    }
  });
}

/** Number of open fds, not counting the one needed to count. @throws {ErrnoError} */
export function openFdCount(): number {
  return listDirectory("/proc/self/fd").length - 1;
}

/** Lines of `/proc/self/maps` that contain `text`: mappings of a memfd or a shared-memory object. @throws {ErrnoError} */
export function mappingsOf(text: string): readonly string[] {
  const parts: string[] = [];
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  withFile("/proc/self/maps", 0, (fd) => {
    for (;;) {
      const bytes = checked("read /proc/self/maps", Number(libc.read(fd, buffer, BigInt(buffer.length))));
      if (bytes === 0) return;
      parts.push(decoder.decode(buffer.subarray(0, bytes), { stream: true }));
    }
  });
  return parts.join("").split("\n").filter((line) => line.includes(text));
}

/** Names of all POSIX shared-memory objects that begin with `prefix`. @throws {ErrnoError} */
export function sharedMemoryNames(prefix: string): readonly string[] {
  return listDirectory("/dev/shm").filter((name) => name.startsWith(prefix));
}
