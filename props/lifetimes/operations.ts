/**
 * The operations of the lifetime table, each as something that can be tried.
 *
 * @module
 */
import { closeFd, memfdCreate } from "../../ffi/memory.ts";
import type { Region } from "../../ffi/region.ts";
import {
  allowZeroCopy,
  connectPeer,
  datagramPair,
  dropOnClose,
  epollNow,
  Fd,
  Listener,
  newSocket,
  openEpoll,
  openEventFd,
  openPipe,
  readNow,
  receiveNow,
  sendNow,
  socketPair,
  writeAt,
} from "../../ffi/uring_peer.ts";
import { BufferRing } from "../../impl/uring/buffer_ring.ts";
import { Cell, Pool } from "../../impl/uring/pool.ts";
import { type Bench, inWords, peek, type PointedTo, type Trial, type TriedOperation } from "./experiment.ts";

const word = new TextEncoder().encode("word");
const [O_DIRECTORY, EPOLL_CTL_ADD, REGISTER_FILES] = [0o200000, 1, 2];

/** Memory that can be made to start with another byte. */
function changing(region: Region, byte: number, changed: string): PointedTo {
  return { region, changed, change: () => void (new Uint8Array(region.buffer)[0] = byte) };
}

/** Whether memory starts with `word`, as words. */
function received(region: Region): string {
  const bytes = peek(region, word.length);
  return bytes !== undefined && bytes.every((byte, index) => byte === word[index])
    ? "right bytes"
    : "wrong bytes";
}

function content(bytes: Uint8Array | string): string {
  if (typeof bytes === "string") return bytes;
  if (bytes.length === 0) return "end of file";
  return bytes.length === word.length && bytes.every((byte, index) => byte === word[index])
    ? "right bytes"
    : "changed bytes";
}

function vectorOf(payload: Region, bytes: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt(payload.address), BigInt(bytes)]).buffer);
}

function headerOf(vector: Region, name?: Region): Uint8Array {
  const header = new DataView(new ArrayBuffer(56));
  header.setBigUint64(0, BigInt(name?.address ?? 0), true);
  header.setUint32(8, name === undefined ? 0 : 16, true);
  header.setBigUint64(16, BigInt(vector.address), true);
  header.setBigUint64(24, 1n, true);
  return new Uint8Array(header.buffer);
}

function file(bench: Bench): Fd {
  const fd = bench.stack.use(new Fd(memfdCreate("lifetimes")));
  writeAt(fd.number, word, 0);
  return fd;
}

function accept(bench: Bench, multishot: boolean): Trial {
  const listener = bench.stack.use(new Listener("tcp"));
  const address = bench.memory();
  const length = bench.memory([16]);
  const fd = listener.number;
  const setNegative = (): void => void new Int32Array(length.buffer).fill(-1, 0, 1);
  let peer: Fd;
  return {
    entry: { kind: "accept", fd, address: address.address, lengthAddress: length.address, multishot },
    pointers: {
      address: { region: address },
      length: { region: length, change: setNegative, changed: "set to -1" },
    },
    trigger: () => void (peer = bench.stack.use(connectPeer(listener))),
    outcome(result) {
      if (result >= 0) bench.stack.use(new Fd(result));
      const lost = receiveNow(peer.number, 1) === "EAGAIN" ? "connection kept" : "connection lost";
      const written = peek(address, 1)?.[0] === 2 ? "address written" : "no address";
      return `${inWords(result, "accepted")}, ${lost}, ${written}`;
    },
  };
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

function pair(bench: Bench): readonly [Fd, Fd] {
  const both = socketPair();
  for (const fd of both) bench.stack.use(fd);
  return both;
}

function send(bench: Bench): Trial {
  const [near, far] = pair(bench);
  const payload = bench.memory(word);
  return {
    entry: { kind: "send", fd: near.number, address: payload.address, bytes: word.length },
    pointers: { payload: changing(payload, 0, "changed") },
    outcome: (result) => `${inWords(result, "sent")}, ${content(receiveNow(far.number, 64))}`,
  };
}

function recv(bench: Bench): Trial {
  const [near, far] = pair(bench);
  const payload = bench.memory();
  return {
    entry: { kind: "recv", fd: near.number, address: payload.address, bytes: word.length },
    pointers: { payload: { region: payload } },
    trigger: () => void sendNow(far.number, word),
    outcome: (result) => `${inWords(result, "received")}, ${received(payload)}`,
  };
}

function recvProvided(bench: Bench): Trial {
  const [near, far] = pair(bench);
  const payload = bench.memory();
  const pool = bench.stack.use(new Pool({ cells: 1, cellBytes: 8 }));
  const cell = new Cell(pool, 0, payload.address, new Uint8Array(payload.buffer, 0, word.length));
  cell.revive();
  const buffers = bench.stack.adopt(
    new BufferRing(bench.ring, { entries: 1, group: 0 }),
    (ring) => ring[Symbol.dispose](),
  );
  buffers.provide(cell);
  return {
    entry: { kind: "recv-provided", fd: near.number, group: 0 },
    pointers: { payload: { region: payload } },
    trigger: () => void sendNow(far.number, word),
    outcome: (result) => `${inWords(result, "received")}, ${received(payload)}`,
  };
}

function sendmsg(bench: Bench): Trial {
  const [near, far] = pair(bench);
  const payload = bench.memory(word);
  const vector = bench.memory(vectorOf(payload, word.length));
  const header = bench.memory(headerOf(vector));
  return {
    entry: { kind: "sendmsg", fd: near.number, headerAddress: header.address },
    pointers: {
      header: { region: header },
      vector: changing(vector, 1, "pointed elsewhere"),
      payload: changing(payload, 0, "changed"),
    },
    outcome: (result) => `${inWords(result, "sent")}, ${content(receiveNow(far.number, 64))}`,
  };
}

function recvmsg(bench: Bench): Trial {
  const [near, far] = datagramPair();
  bench.stack.use(near);
  bench.stack.use(far);
  const [payload, name] = [bench.memory(), bench.memory()];
  const vector = bench.memory(vectorOf(payload, word.length));
  const header = bench.memory(headerOf(vector, name));
  return {
    entry: { kind: "recvmsg", fd: near.number, headerAddress: header.address },
    pointers: {
      header: { region: header },
      vector: changing(vector, 1, "pointed elsewhere"),
      name: { region: name },
      payload: { region: payload },
    },
    trigger: () => void sendNow(far.number, word),
    outcome(result) {
      const left = receiveNow(near.number, 64) === "EAGAIN" ? "datagram consumed" : "datagram kept";
      const from = peek(name, 1)?.[0] === 2 ? "name written" : "no name";
      return `${inWords(result, "received")}, ${received(payload)}, ${from}, ${left}`;
    },
  };
}

function sendZeroCopy(bench: Bench): Trial {
  const listener = bench.stack.use(new Listener("tcp", 4096));
  const near = bench.stack.use(connectPeer(listener));
  const payload = bench.memory(new Uint8Array(65_536).fill(1), 16);
  const { ring } = bench;
  // The other end is accepted through the same ring, before anything else is in it.
  ring.put(13, listener.number, 0, 0, 0, 0, 9);
  ring.submit(1);
  const far = bench.stack.use(new Fd(ring.completions()[0]!.result));
  allowZeroCopy(near.number);
  dropOnClose(near.number);
  return {
    entry: { kind: "send-zc", fd: near.number, address: payload.address, bytes: payload.bytes },
    pointers: {
      payload: {
        region: payload,
        changed: "changed",
        change: () => void new Uint8Array(payload.buffer).fill(2),
      },
    },
    outcome(result) {
      if (result < 0) return inWords(result, "");
      let [total, wrong] = [0, 0];
      while (total < result) {
        const bytes = receiveNow(far.number, 65_536);
        if (typeof bytes === "string") continue; // the acknowledgement of what was read lets the next part out
        total += bytes.length;
        wrong += bytes.filter((byte) => byte !== 1).length;
      }
      return `sent, ${wrong === 0 ? "right bytes" : "changed bytes"}`;
    },
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

function addressed(bench: Bench, kind: "connect" | "bind"): Trial {
  const listener = bench.stack.use(new Listener("unix"));
  const socket = bench.stack.use(new Fd(newSocket("unix")));
  const address = kind === "connect" ? listener.address : new Uint8Array([1, 0]);
  const region = bench.memory(address);
  return {
    entry: { kind, fd: socket.number, address: region.address, bytes: address.length },
    pointers: { address: changing(region, 99, "given another family") },
    outcome: (result) => inWords(result, "done"),
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
  { operation: "accept", open: (bench) => accept(bench, false) },
  { operation: "accept multishot", open: (bench) => accept(bench, true) },
  { operation: "connect", open: (bench) => addressed(bench, "connect") },
  { operation: "bind", open: (bench) => addressed(bench, "bind") },
  { operation: "read", open: (bench) => transfer(bench, "read") },
  { operation: "write", open: (bench) => writing(bench, "write") },
  { operation: "readv", open: (bench) => transfer(bench, "readv") },
  { operation: "writev", open: (bench) => writing(bench, "writev") },
  { operation: "send", open: send },
  { operation: "recv", open: recv },
  { operation: "recv-provided", open: recvProvided },
  { operation: "send-zc", open: sendZeroCopy },
  { operation: "sendmsg", open: sendmsg },
  { operation: "recvmsg", open: recvmsg },
  { operation: "timeout", open: (bench) => timeout(bench, "timeout") },
  { operation: "link-timeout", open: (bench) => timeout(bench, "link-timeout") },
  { operation: "statx", open: statx },
  { operation: "openat", open: openat },
  { operation: "epoll-ctl", open: epollControl },
  { operation: "files-update", open: filesUpdate },
];
