/**
 * The operations of the lifetime table that work on sockets, each as something that can be tried.
 *
 * @module
 */
import {
  acceptNow,
  allowZeroCopy,
  connectPeer,
  datagramPair,
  dropOnClose,
  Fd,
  Listener,
  newSocket,
  receiveNow,
  sendNow,
  socketPair,
} from "../../ffi/uring_peer.ts";
import { BufferRing } from "../../impl/uring/buffer_ring.ts";
import { Cell, Pool } from "../../impl/uring/pool.ts";
import { changing, content, headerOf, received, vectorOf, word } from "./contents.ts";
import { type Bench, inWords, peek, type PointedTo, type Trial, type TriedOperation } from "./experiment.ts";

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

/** The other end of a connection that sends without copying; its window is small, so that a payload stays where it is. */
function zeroCopyPair(bench: Bench): readonly [near: Fd, far: Fd] {
  const listener = bench.stack.use(new Listener("tcp", 4096));
  const near = bench.stack.use(connectPeer(listener));
  const far = bench.stack.use(acceptNow(listener));
  allowZeroCopy(near.number);
  dropOnClose(near.number);
  return [near, far];
}

function sendZeroCopy(bench: Bench, kind: "send-zc" | "sendmsg-zc"): Trial {
  const [near, far] = zeroCopyPair(bench);
  const payload = bench.memory(new Uint8Array(65_536).fill(1), 16);
  const spoilable: PointedTo = {
    region: payload,
    changed: "changed",
    change: () => void new Uint8Array(payload.buffer).fill(2),
  };
  const outcome = (result: number): string => {
    if (result < 0) return inWords(result, "");
    let [total, wrong] = [0, 0];
    while (total < result) {
      const bytes = receiveNow(far.number, 65_536);
      if (typeof bytes === "string") continue; // the acknowledgement of what was read lets the next part out
      total += bytes.length;
      wrong += bytes.filter((byte) => byte !== 1).length;
    }
    return `sent, ${wrong === 0 ? "right bytes" : "changed bytes"}`;
  };
  if (kind === "send-zc") {
    return {
      entry: { kind, fd: near.number, address: payload.address, bytes: payload.bytes },
      pointers: { payload: spoilable },
      outcome,
    };
  }
  const vector = bench.memory(vectorOf(payload, payload.bytes));
  const header = bench.memory(headerOf(vector));
  return {
    entry: { kind, fd: near.number, headerAddress: header.address },
    pointers: {
      header: { region: header },
      vector: changing(vector, 1, "pointed elsewhere"),
      payload: spoilable,
    },
    outcome,
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

/** What is asked about sockets. */
export const socketOperations: readonly TriedOperation[] = [
  { operation: "accept", open: (bench) => accept(bench, false) },
  { operation: "accept multishot", open: (bench) => accept(bench, true) },
  { operation: "connect", open: (bench) => addressed(bench, "connect") },
  { operation: "bind", open: (bench) => addressed(bench, "bind") },
  { operation: "send", open: send },
  { operation: "recv", open: recv },
  { operation: "recv-provided", open: recvProvided },
  { operation: "send-zc", open: (bench) => sendZeroCopy(bench, "send-zc") },
  { operation: "sendmsg", open: sendmsg },
  { operation: "sendmsg-zc", open: (bench) => sendZeroCopy(bench, "sendmsg-zc") },
  { operation: "recvmsg", open: recvmsg },
];
