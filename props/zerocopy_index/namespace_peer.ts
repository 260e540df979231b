/**
 * What only a network namespace of one's own can show: sends that are really not copied, notifications that overtake
 * each other, a kernel without memory for notifications or without pages that may be locked, and a firewall.
 *
 * Run as root by the test beside it, inside `unshare --net`. `zerocopy_namespace_peer.ts <experiment>` prints what it
 * saw as JSON.
 *
 * @module
 */
import type { GatherList } from "../../ffi/gather_list.ts";
import { LoopbackPair } from "../../ffi/loopback_pair.ts";
import { bindLoopback, closeSocket, connectTo, openSocket, sockets } from "../../ffi/socket.ts";
import { KernelZerocopySocket, type Notification, type ZerocopySocket } from "../../ffi/zerocopy_socket.ts";
import { BufferPool } from "../../impl/buffer_pool.ts";
import { LastIdOnlySender } from "../../impl/historic/zerocopy_last_id_only.ts";
import { StarvedWaitsSender } from "../../impl/historic/zerocopy_starved_waits.ts";
import { RecordedSocket } from "../../impl/recorded_socket.ts";
import { ZerocopySender } from "../../impl/zerocopy_sender.ts";
import { sidesOf } from "../../lockstep/check/sides.ts";
import { lockstep } from "../../lockstep/drive/lockstep.ts";
import { zerocopyIndex } from "../../model/zerocopy_index.ts";
import { zerocopyMechanism } from "../../model/zerocopy_index/mechanism.ts";
import type { ZerocopyScope } from "../../model/zerocopy_index/scope.ts";
import { zerocopyIndexProtocol, zerocopySizes, zerocopyWirings } from "../zerocopy_index.ts";
import { zerocopyTarget } from "./target.ts";

/** The experiments by name. */
export type Experiment = "no copy" | "overtaking" | "no memory" | "nothing lockable" | "firewall";

/** Runs a command of the system to its end. */
function run(program: string, ...words: readonly string[]): void {
  const { success, stderr } = new Deno.Command(program, { args: [...words] }).outputSync();
  if (!success) {
    throw new Error(`Cannot run ${program} ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

/** A queue that throws everything away frees pages without anyone having copied them. */
function noCopy(): unknown {
  using pair = new LoopbackPair({ transport: "udp", family: "ipv4" });
  using pool = new BufferPool(2, 4096);
  const recorded = new RecordedSocket(new KernelZerocopySocket(pair.senderFd));
  const ended: number[] = [];
  const sender = new ZerocopySender(recorded, pool, {
    batchRequests: 1,
    onEnd: (buffer) => ended.push(buffer),
  });
  run("tc", "qdisc", "replace", "dev", "lo", "root", "blackhole");
  for (let request = 0; request < 2; request++) sender.submit(pool.acquire(), 4096);
  sender.poll();
  return { notifications: recorded.take().notifications, ended };
}

/** A destination: an IPv4 address and a port. */
interface Road {
  readonly ipv4: readonly number[];
  readonly port: number;
}

const standing: Road = { ipv4: [10, 9, 0, 2], port: 9 };

/** Sends by turns to its destinations. Owns the socket. */
class RoadsSocket implements ZerocopySocket {
  readonly #fd = openSocket(sockets.AF_INET, sockets.SOCK_DGRAM);
  readonly #kernel = new KernelZerocopySocket(this.#fd);
  readonly #roads: readonly Road[];
  #sends = 0;

  constructor(...roads: readonly Road[]) {
    this.#roads = roads;
  }

  send(parts: GatherList, zerocopy: boolean): number {
    const { ipv4, port } = this.#roads[this.#sends++ % this.#roads.length]!;
    connectTo(this.#fd, ipv4, port);
    return this.#kernel.send(parts, zerocopy);
  }

  receiveNotification(into: Notification): boolean {
    return this.#kernel.receiveNotification(into);
  }

  [Symbol.dispose](): void {
    closeSocket(this.#fd);
  }
}

/** One request in two pieces, of which the second is let go of first: who still waits? */
function overtakingWith(Sender: typeof ZerocopySender): unknown {
  const sink = openSocket(sockets.AF_INET, sockets.SOCK_DGRAM);
  const port = bindLoopback(sink, sockets.AF_INET);
  using pool = new BufferPool(1, 2000);
  using roads = new RoadsSocket(standing, { ipv4: [127, 0, 0, 1], port });
  const recorded = new RecordedSocket(roads);
  const ended: number[] = [];
  const sender = new Sender(recorded, pool, {
    batchRequests: 1,
    chunkBytes: 1000,
    onEnd: (buffer) => ended.push(buffer),
  });
  sender.submit(pool.acquire(), 2000);
  sender.poll();
  const first = recorded.take().notifications.map(({ low, high }) => [low, high]);
  const endedEarly = [...ended];
  run("tc", "qdisc", "replace", "dev", "road0", "root", "pfifo", "limit", "1000");
  sender.poll();
  const then = recorded.take().notifications.map(({ low, high }) => [low, high]);
  closeSocket(sink);
  return { first, endedEarly, then, ended };
}

function standStill(): void {
  const queue = ["tbf", "rate", "8bit", "burst", "1600", "limit", "100000"];
  run("tc", "qdisc", "replace", "dev", "road0", "root", ...queue);
}

function overtaking(): unknown {
  run("ip", "link", "add", "road0", "type", "veth", "peer", "name", "road1");
  run("ip", "address", "add", "10.9.0.1/24", "dev", "road0");
  run("ip", "link", "set", "road0", "up");
  run("ip", "link", "set", "road1", "up");
  run("ip", "neighbour", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:02", "dev", "road0");
  const seen = [ZerocopySender, LastIdOnlySender].map((Sender) => {
    standStill();
    useUpBurst();
    return overtakingWith(Sender);
  });
  return { correct: seen[0], lastIdOnly: seen[1] };
}

/** One datagram as large as the queue's allowance, so that the next ones stand still. */
function useUpBurst(): void {
  using pool = new BufferPool(1, 1500);
  using roads = new RoadsSocket(standing);
  new ZerocopySender(roads, pool, { thresholdBytes: 2 ** 31 - 1 }).submit(pool.acquire(), 1400);
}

/** Drives the sender in lockstep while the kernel really has memory for a few notifications only. */
async function noMemory(): Promise<unknown> {
  const limitBytes = 700;
  Deno.writeTextFileSync("/proc/sys/net/core/optmem_max", String(limitBytes));
  const sizes: ZerocopyScope = { ...zerocopySizes.kernel, starving: false, notificationLimit: 1 };
  const scope = zerocopyIndexProtocol.scopes["kernel"]!();
  const what = zerocopyIndex(sizes);
  const how = zerocopyMechanism(sizes);
  const target = zerocopyTarget(sizes, zerocopyWirings.kernel);
  const { starve: _, relieve: __, ...weights } = scope.walk.weights ?? {};
  const labels = { "ENOBUFS": scope.walk.labels["ENOBUFS"]! };
  const sides = sidesOf({ ...scope, what, how, target, walk: { ...scope.walk, weights, labels } });
  const result = await lockstep(sides, { cases: 200, commandsPerCase: 30, seed: 7 });
  return { finding: result.finding ?? null, refusedInCases: result.labels["ENOBUFS"] };
}

/** With RLIMIT_MEMLOCK at 0 every zero-copy send is refused, and nothing is in flight to wait for. */
function nothingLockable(): unknown {
  const seen = [ZerocopySender, StarvedWaitsSender].map((Sender) => {
    using pair = new LoopbackPair({ transport: "tcp", family: "ipv4" });
    using pool = new BufferPool(1, 4096);
    const recorded = new RecordedSocket(new KernelZerocopySocket(pair.senderFd));
    const ended: number[] = [];
    const sender = new Sender(recorded, pool, { onEnd: (buffer) => ended.push(buffer) });
    sender.submit(pool.acquire(), 4096);
    return { results: recorded.take().sends.map(({ zerocopy, result }) => [zerocopy, result]), ended };
  });
  return { correct: seen[0], starvedWaits: seen[1] };
}

/** A firewall refuses a datagram that is complete: the send fails, and its number is used up all the same. */
function firewall(): unknown {
  using pair = new LoopbackPair({ transport: "udp", family: "ipv4" });
  using pool = new BufferPool(2, 4096);
  const recorded = new RecordedSocket(new KernelZerocopySocket(pair.senderFd));
  const ended: number[] = [];
  const sender = new ZerocopySender(recorded, pool, {
    batchRequests: 1,
    onEnd: (buffer) => ended.push(buffer),
  });
  run(
    "nft",
    "add table inet wall; add chain inet wall out { type filter hook output priority 0; policy drop; }",
  );
  let refusal = "";
  try {
    sender.submit(pool.acquire(), 4096);
  } catch (error) {
    refusal = String(error);
  }
  run("nft", "delete table inet wall");
  sender.submit(pool.acquire(), 4096);
  pair.drain(new Uint8Array(4096), () => {}, () => {});
  sender.poll();
  const notifications = recorded.take().notifications.map(({ low, high }) => [low, high]);
  return { refusal, notifications, ended };
}

const experiments: Readonly<Record<Experiment, () => unknown>> = {
  "no copy": noCopy,
  overtaking,
  "no memory": noMemory,
  "nothing lockable": nothingLockable,
  firewall,
};

if (import.meta.main) {
  run("ip", "link", "set", "lo", "up");
  const seen = await experiments[Deno.args[0] as Experiment]();
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(seen)));
}
