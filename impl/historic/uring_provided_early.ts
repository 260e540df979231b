import { BufferRing } from "../uring/buffer_ring.ts";

/** Takes a provided buffer back with every completion, although the kernel goes on filling it. */
export class ProvidedEarly extends BufferRing {
  protected override keeps(_flags: number): boolean {
    return false;
  }
}
