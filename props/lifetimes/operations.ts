/**
 * The operations of the lifetime table, each as something that can be tried; those on sockets are in a file of their
 * own.
 *
 * @module
 */
import { closeFd, memfdCreate } from "../../ffi/memory.ts";
import { epollNow, Fd, openEpoll, openEventFd, openPipe, readNow, writeAt } from "../../ffi/uring_peer.ts";
import { changing, content, received, vectorOf, word } from "./contents.ts";
import { type Bench, inWords, peek, type PointedTo, type Trial, type TriedOperation } from "./experiment.ts";
import { socketOperations } from "./socket_operations.ts";

const [O_DIRECTORY, EPOLL_CTL_ADD, REGISTER_FILES] = [0o200000, 1, 2];

function file(bench: Bench): Fd {
  const fd = bench.stack.use(new Fd(memfdCreate("lifetimes")));
  writeAt(fd.number, word, 0);
  return fd;
}

function transfer(bench: Bench, kind: "readv" | "read"): Trial {
  const [payload, { number: fd }] = [bench.memory(), file(bench)];
  const outcome = (result: number): string => `${inWords(result, "read")}, ${received(payload)}`;
  if (kind === "read") {
    return {
      entry: { kind, fd, address: payload.address, bytes: word.length, offset: 0 },
      pointers: { payload: { region: payload } },
      outcome,
    };
  }
  const vector = bench.memory(vectorOf(payload, word.length));
  return {
    entry: { kind, fd, vectorAddress: vector.address, count: 1, offset: 0 },
    pointers: { vector: changing(vector, 1, "pointed elsewhere"), payload: { region: payload } },
    outcome,
  };
}

function writing(bench: Bench, kind: "writev" | "write"): Trial {
  const [reader, writer] = openPipe();
  bench.stack.use(reader);
  bench.stack.use(writer);
  const payload = bench.memory(word);
  const outcome = (result: number): string =>
    `${inWords(result, "written")}, ${content(readNow(reader.number, 64))}`;
  const spoilable = changing(payload, 0, "changed");
  if (kind === "write") {
    return {
      entry: { kind, fd: writer.number, address: payload.address, bytes: word.length, offset: -1 },
      pointers: { payload: spoilable },
      outcome,
    };
  }
  const vector = bench.memory(vectorOf(payload, word.length));
  return {
    entry: { kind, fd: writer.number, vectorAddress: vector.address, count: 1, offset: -1 },
    pointers: { vector: changing(vector, 1, "pointed elsewhere"), payload: spoilable },
    outcome,
  };
}

function timespec(milliseconds: number): Uint8Array {
  return new Uint8Array(new BigInt64Array([0n, BigInt(milliseconds) * 1_000_000n]).buffer);
}

function timeout(bench: Bench, kind: "timeout" | "link-timeout"): Trial {
  const region = bench.memory(timespec(1));
  const change = (): void => void new BigInt64Array(region.buffer).fill(-1n, 0, 2);
  return {
    entry: { kind, timespecAddress: region.address },
    pointers: { timespec: { region, change, changed: "set to -1" } },
    aboutTheGate: kind === "link-timeout",
    outcome: (result) => inWords(result, "done"),
  };
}

function path(bench: Bench): PointedTo {
  return changing(bench.memory([0x2f]), 0x40, "changed to another name");
}

function statx(bench: Bench): Trial {
  const [name, result] = [path(bench), bench.memory()];
  return {
    entry: { kind: "statx", pathAddress: name.region.address, resultAddress: result.address, mask: 0x7ff },
    pointers: { path: name, result: { region: result } },
    outcome: (code) => `${inWords(code, "done")}, ${peek(result, 2)?.[0] ? "result written" : "no result"}`,
  };
}

function openat(bench: Bench): Trial {
  const name = path(bench);
  return {
    entry: { kind: "openat", pathAddress: name.region.address, flags: O_DIRECTORY },
    pointers: { path: name },
    outcome(result) {
      if (result >= 0) closeFd(result);
      return inWords(result, "opened");
    },
  };
}

function epollControl(bench: Bench): Trial {
  const epoll = bench.stack.use(openEpoll());
  const ready = bench.stack.use(openEventFd(1));
  const region = bench.memory([1, 0, 0, 0, 77]);
  const { number: fd } = ready;
  return {
    entry: {
      kind: "epoll-ctl",
      epoll: epoll.number,
      fd,
      operation: EPOLL_CTL_ADD,
      eventAddress: region.address,
    },
    pointers: { event: changing(region, 0, "asked for no event") },
    outcome: (result) => `${inWords(result, "added")}, events ${JSON.stringify(epollNow(epoll.number))}`,
  };
}

function filesUpdate(bench: Bench): Trial {
  const fd = file(bench);
  const region = bench.memory(new Uint8Array(new Int32Array([fd.number]).buffer));
  bench.ring.register(REGISTER_FILES, new Uint8Array(new Int32Array([-1]).buffer), 1);
  const change = (): void => void new Int32Array(region.buffer).fill(1 << 20, 0, 1);
  return {
    entry: { kind: "files-update", fdsAddress: region.address, count: 1 },
    pointers: { fds: { region, change, changed: "set to a closed fd" } },
    outcome: (result) => inWords(result, `${result} updated`),
  };
}

/** Every operation that is asked about. */
export const triedOperations: readonly TriedOperation[] = [
  ...socketOperations,
  { operation: "read", open: (bench) => transfer(bench, "read") },
  { operation: "write", open: (bench) => writing(bench, "write") },
  { operation: "readv", open: (bench) => transfer(bench, "readv") },
  { operation: "writev", open: (bench) => writing(bench, "writev") },
  { operation: "timeout", open: (bench) => timeout(bench, "timeout") },
  { operation: "link-timeout", open: (bench) => timeout(bench, "link-timeout") },
  { operation: "statx", open: statx },
  { operation: "openat", open: openat },
  { operation: "epoll-ctl", open: epollControl },
  { operation: "files-update", open: filesUpdate },
];
