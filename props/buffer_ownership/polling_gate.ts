/**
 * A gate for a ring's polling thread: what is published lies there until the gate is opened, however fast the thread is.
 *
 * The thread is stopped in the kernel, where it copies the address of a connect from a page that is not there. It goes
 * on when the page is filled, and is stopped again behind whatever else was published.
 *
 * @module
 */
import { entryFlag, opcode } from "../../ffi/io_uring.ts";
import { Region } from "../../ffi/region.ts";
import { datagramSocket, type Fd } from "../../ffi/uring_peer.ts";
import { LatePages } from "../../ffi/userfaultfd.ts";
import type { Ring } from "../../impl/uring.ts";
import type { Budget } from "../../lockstep/machine.ts";

const [GATE_MS, LOOK_AGAIN_MS, ADDRESS_BYTES, PAGE_BYTES] = [5000, 0.05, 16, 4096];
const UNWATCHED = Number.MAX_SAFE_INTEGER;

/** One gate for one ring with a polling thread. Open it for good, by disposing it, before the ring is closed. */
export class PollingGate implements Disposable {
  readonly #ring: Ring;
  readonly #stack = new DisposableStack();
  readonly #socket: Fd;
  readonly #region: Region;
  readonly #pages: LatePages;

  /** Shuts the gate. @throws {EnvironmentError} @throws {ErrnoError} */
  constructor(ring: Ring) {
    this.#ring = ring;
    using undo = new DisposableStack();
    this.#socket = undo.use(datagramSocket());
    this.#region = undo.use(Region.anonymous(PAGE_BYTES));
    this.#pages = undo.use(new LatePages(this.#region.address, PAGE_BYTES));
    // Asked now: a stopped thread holds the ring's lock, and whoever registers or probes would wait for it.
    ring.supports(opcode.connect);
    this.#shut();
    this.#stack = undo.move();
  }

  /** Lets the thread fetch and carry out everything, and stops it again. Everything prepared has to be published. */
  pass(budget: Budget): void {
    const ring = this.#ring;
    this.#pages.fill();
    // The thread says by a counter only that it has fetched: nothing wakes whoever waits for that.
    while (ring.consumedIndex !== ring.preparedIndex) {
      budget.tick();
      ring.wait(ring.cqEntries, LOOK_AGAIN_MS); // so many do not come: this leaves the processor to the thread
    }
    this.#pages.empty();
    this.#shut();
  }

  /** Opens the gate for good. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }

  #shut(): void {
    const ring = this.#ring;
    ring.put(opcode.connect, this.#socket.number, this.#region.address, 0, ADDRESS_BYTES, 0, UNWATCHED);
    ring.amend({ flags: entryFlag.CQE_SKIP_SUCCESS }); // zeros are an address that is taken: nothing is said
    ring.submit();
    if (!this.#pages.wait(GATE_MS)) throw new Error(`Cannot stop a polling thread within ${GATE_MS} ms`);
  }
}
