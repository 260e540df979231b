import { BufferRing, type Filled } from "../uring/buffer_ring.ts";

/** Takes a provided buffer back with every completion, although the kernel goes on filling it. */
export class ProvidedEarly extends BufferRing {
  override filled(result: number, flags: number): Filled {
    const filled = super.filled(result, flags);
    filled.cell.giveBack(this);
    return filled;
  }
}
