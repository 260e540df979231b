import { assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "./errno.ts";
import { LoopbackPair } from "./loopback_pair.ts";
import {
  closeSocket,
  getOption,
  loopbackAddress,
  openSocket,
  pollSocket,
  receive,
  setOption,
  sockets,
  unacknowledgedBytes,
  unreadBytes,
} from "./socket.ts";

Deno.test("openSocket and setOption give a socket with the option", () => {
  const fd = openSocket(sockets.AF_INET, sockets.SOCK_STREAM);
  setOption(fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1);
  assertEquals(getOption(fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY), 1);
  closeSocket(fd);
  assertThrows(() => closeSocket(fd), ErrnoError, "EBADF");
});

Deno.test("loopbackAddress refuses a family without a loopback address", () => {
  assertThrows(() => loopbackAddress(sockets.AF_UNIX, 1), RangeError, "family is 1");
});

Deno.test("receive says -1 when nothing has arrived, and refuses more than its buffer", () => {
  using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
  const into = new Uint8Array(4);
  assertEquals(receive(pair.peerFd, into, 4), -1);
  assertThrows(() => receive(pair.peerFd, into, 5), RangeError, "bytes is 5");
  assertEquals(unreadBytes(pair.peerFd), 0);
  assertEquals(unacknowledgedBytes(pair.senderFd), 0);
});

Deno.test("pollSocket says what is ready and nothing else", () => {
  using pair = new LoopbackPair({ transport: "tcp", family: "ipv6" });
  const { POLLIN, POLLOUT } = sockets;
  assertEquals(pollSocket(pair.senderFd, POLLIN | POLLOUT, 0), POLLOUT);
  assertEquals(pollSocket(pair.peerFd, POLLIN, 0), 0);
});

Deno.test("LoopbackPair drains to the end after its sender has closed", () => {
  using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
  pair.closeSender();
  let bytes = 0;
  pair.drain(new Uint8Array(16), (piece) => bytes += piece.length, () => {});
  assertEquals(bytes, 0);
});
