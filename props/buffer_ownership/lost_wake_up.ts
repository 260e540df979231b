/**
 * The lost wake-up, on the running kernel: an accept that waits is not woken although a connection waits.
 *
 * A new connection wakes one waiter of a listening socket, the first. Under `IORING_SETUP_DEFER_TASKRUN` a cancelled
 * accept stays that waiter until the ring is entered for events, and nobody passes its wake-up on.
 *
 * @see docs/findings/lost-wake-up.md
 * @module
 */
import { connectPeer, type Family, Fd, isReadable, Listener } from "../../ffi/uring_peer.ts";
import { prepare } from "../../impl/uring/prepare.ts";
import { Ring } from "../../impl/uring/ring.ts";

/** What became of one connection. */
export interface LostWakeUp {
  /** Whether the accept that was left has completed. */
  readonly accepted: boolean;
  /** Whether `poll(2)` says that the listener can be read, when everything was worked on. */
  readonly readable: boolean;
}

const [FIRST, SECOND, CANCEL, THIRD] = [1, 2, 3, 4];

/** In which order the first accept is cancelled and the peer connects. */
export type CancelOrder = "cancel, connect" | "connect, cancel" | "cancel, enter, connect";

/**
 * Arms two accepts on one listener, cancels the first, connects once, and looks whether the second is told.
 *
 * @throws {EnvironmentError} without io_uring
 */
export function cancelFirstAccept(family: Family, order: CancelOrder): LostWakeUp {
  using listener = new Listener(family);
  using ring = new Ring({ entries: 8, deferTaskrun: true });
  using accepted = new DisposableStack();
  const fd = listener.number;
  const seen = new Set<number>();
  const enter = (): void => {
    ring.enter({ getEvents: true });
    ring.reap((userData, result) => {
      seen.add(userData);
      if (userData !== CANCEL && result >= 0) accepted.use(new Fd(result));
    });
  };
  prepare(ring, { kind: "accept", fd }, FIRST);
  prepare(ring, { kind: "accept", fd }, SECOND);
  ring.submit();
  const cancel = (): void => {
    prepare(ring, { kind: "cancel", target: FIRST }, CANCEL);
    ring.submit();
  };
  if (order === "connect, cancel") accepted.use(connectPeer(listener));
  cancel();
  if (order === "cancel, enter, connect") enter();
  if (order !== "connect, cancel") accepted.use(connectPeer(listener));
  for (let round = 0; round < 3; round++) enter();
  const result = { accepted: seen.has(SECOND), readable: isReadable(fd) };
  // The next accept finds the connection at once, so nothing was wrong with it. And the ring is left quiet.
  prepare(ring, { kind: "accept", fd }, THIRD);
  prepare(ring, { kind: "cancel-any" }, CANCEL);
  ring.submit();
  enter();
  return result;
}

/**
 * Closes a ring whose accept waits, while another ring's accept waits on the same listener, and connects at once.
 * Whether the other accept is told depends on how far the kernel has come with the closed ring.
 */
export function closeFirstRing(family: Family): LostWakeUp {
  using listener = new Listener(family);
  const fd = listener.number;
  const first = new Ring({ entries: 8 });
  using second = new Ring({ entries: 8 });
  prepare(first, { kind: "accept", fd }, FIRST);
  first.submit();
  prepare(second, { kind: "accept", fd }, SECOND);
  second.submit();
  first[Symbol.dispose]();
  using _peer = connectPeer(listener);
  second.enter({ getEvents: true });
  using stack = new DisposableStack();
  let accepted = false;
  const reap = (): void => {
    second.reap((userData, outcome) => {
      if (userData === SECOND && outcome >= 0) stack.use(new Fd(outcome));
      accepted ||= userData === SECOND && outcome >= 0;
    });
  };
  reap();
  const result = { accepted, readable: isReadable(fd) };
  prepare(second, { kind: "cancel-any" }, CANCEL);
  second.submit(accepted ? 1 : 2);
  reap();
  return result;
}

if (import.meta.main) {
  const lines: string[] = [`Linux ${Deno.osRelease()}`];
  for (const family of ["unix", "tcp"] as const) {
    for (const order of ["cancel, connect", "connect, cancel", "cancel, enter, connect"] as const) {
      const runs = Array.from({ length: 500 }, () => cancelFirstAccept(family, order));
      const lost = runs.filter(({ accepted, readable }) => !accepted && readable).length;
      lines.push(`${family}, one DEFER_TASKRUN ring, ${order}: lost in ${lost} of ${runs.length}`);
    }
    const runs = Array.from({ length: 500 }, () => closeFirstRing(family));
    const lost = runs.filter(({ accepted, readable }) => !accepted && readable).length;
    lines.push(`${family}, two rings, the first closed: lost in ${lost} of ${runs.length}`);
  }
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
}
