/**
 * Throughput of the lease ring between two processes, beside a pipe and a Unix socket.
 *
 * The same program sends and receives on each: one process writes messages from one buffer, another one takes each
 * message and looks at one byte of every cache line. All calls block the thread. The pipe has the largest buffer that
 * an ordinary user may ask for (1 MiB), the socket is asked for the same. The receiver measures, from its first to its
 * last message. Transports alternate within each round; the table shows medians.
 *
 *     deno run -A bench/lease_ring_throughput.ts [rounds]
 *
 * @module
 */
import { closeFd } from "../ffi/memory.ts";
import {
  acceptUnix,
  connectUnix,
  listenUnix,
  openPipe,
  openPipeOf,
  readFull,
  writeAll,
} from "../ffi/stream.ts";
import { SharedReader, SharedWriter } from "../impl/shared_lease_ring.ts";

const transports = ["ring", "pipe", "socket"] as const;
type Transport = typeof transports[number];

const streams = [
  { label: "4 KiB", messageBytes: 2 ** 12, messages: 2 ** 16 },
  { label: "64 KiB", messageBytes: 2 ** 16, messages: 2 ** 13 },
  { label: "1 MiB", messageBytes: 2 ** 20, messages: 2 ** 10 },
] as const;

const patienceMs = 20_000;
const bufferBytes = 2 ** 20;
/** Several messages of the largest size, or writer and reader take turns instead of working at the same time. */
const ringBytes = 2 ** 23;

let sum = 0;

/** The receiver's work on a message. */
function consume(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 64) sum += bytes[at]!;
}

/** Takes `messages` messages with `next` and returns the milliseconds from the first to the last. */
function receiveAll(messages: number, next: () => void): number {
  next();
  const startMs = performance.now();
  for (let count = 1; count < messages; count += 1) next();
  return performance.now() - startMs;
}

function receive(transport: Transport, address: string, messageBytes: number, messages: number): number {
  if (transport === "ring") {
    using reader = SharedReader.join(address);
    return receiveAll(messages, () => {
      using lease = reader.receiveSync(patienceMs);
      consume(lease!.bytes);
    });
  }
  const [processId, readFd] = address.split(":").map(Number);
  const fd = transport === "pipe" ? openPipeOf(processId!, readFd!) : connectUnix(address, bufferBytes);
  const buffer = new Uint8Array(messageBytes);
  const elapsedMs = receiveAll(messages, () => {
    if (!readFull(fd, buffer)) throw new Error("Cannot receive: the stream has ended");
    consume(buffer);
  });
  closeFd(fd);
  return elapsedMs;
}

function startReceiver(
  transport: Transport,
  address: string,
  messageBytes: number,
  messages: number,
): Deno.ChildProcess {
  const args = ["run", "--quiet", "-A", import.meta.url, "receive", transport, address];
  return new Deno.Command(Deno.execPath(), {
    args: [...args, `${messageBytes}`, `${messages}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** One stream over one transport; milliseconds. */
async function run(transport: Transport, messageBytes: number, messages: number): Promise<number> {
  const message = new Uint8Array(messageBytes).fill(7);
  const name = `lockstep-bench-${Deno.pid}-${performance.now()}`;
  using stack = new DisposableStack();
  const start = (address: string): Deno.ChildProcess =>
    startReceiver(transport, address, messageBytes, messages);
  let receiver: Deno.ChildProcess;
  let send: () => void;
  if (transport === "ring") {
    const writer = stack.use(SharedWriter.create(name, { capacityBytes: ringBytes, slots: 1024 }));
    receiver = start(name);
    send = () => writer.writeSync(message, patienceMs);
  } else if (transport === "pipe") {
    const { readFd, writeFd } = openPipe(bufferBytes);
    stack.defer(() => closeFd(readFd));
    stack.defer(() => closeFd(writeFd));
    receiver = start(`${Deno.pid}:${readFd}`);
    send = () => writeAll(writeFd, message);
  } else {
    const listener = listenUnix(name, bufferBytes);
    stack.defer(() => closeFd(listener));
    receiver = start(name);
    const fd = acceptUnix(listener);
    stack.defer(() => closeFd(fd));
    send = () => writeAll(fd, message);
  }
  for (let count = 0; count < messages; count += 1) send();
  const { code, stdout } = await receiver.output();
  if (code !== 0) throw new Error(`Cannot measure ${transport}: its receiver ended with code ${code}`);
  return Number(new TextDecoder().decode(stdout));
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

async function main(rounds: number): Promise<void> {
  const lines = [`Two processes, medians of ${rounds} rounds, GiB/s`];
  lines.push("message      ring    pipe  socket   ring/pipe  ring/socket");
  for (const { label, messageBytes, messages } of streams) {
    const rates: Record<Transport, number[]> = { ring: [], pipe: [], socket: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const transport of transports) {
        const elapsedMs = await run(transport, messageBytes, messages);
        rates[transport].push(messageBytes * (messages - 1) / 2 ** 30 / (elapsedMs / 1000));
      }
    }
    const [ring, pipe, socket] = transports.map((transport) => median(rates[transport])) as [
      number,
      number,
      number,
    ];
    const cells = [ring, pipe, socket].map((rate) => rate.toFixed(2).padStart(8)).join("");
    lines.push(
      `${label.padEnd(9)}${cells}${(ring / pipe).toFixed(2).padStart(12)}${
        (ring / socket).toFixed(2).padStart(13)
      }`,
    );
  }
  await Deno.stdout.write(new TextEncoder().encode(lines.join("\n") + "\n"));
}

if (import.meta.main) {
  const [mode, transport, address, messageBytes, messages] = Deno.args;
  if (mode === "receive") {
    const elapsedMs = receive(transport as Transport, address!, Number(messageBytes), Number(messages));
    if (sum === 0) throw new Error("Cannot measure: nothing arrived");
    Deno.stdout.writeSync(new TextEncoder().encode(`${elapsedMs}`));
  } else {
    await main(Number(mode ?? 5));
  }
}
