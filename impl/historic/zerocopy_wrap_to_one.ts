/**
 * The sender's counter skips one value at every wrap, the kernel's does not.
 *
 * SPDK cf99beb87e (2020) to c70942743e (2025), issues #3600 and #3255: `if (idx == UINT32_MAX) idx = 1; else idx++`. The
 * count of sends has a period of 2^32 - 1, the kernel's numbers one of 2^32. The first send after the wrap is never
 * found; from then on each request ends with its successor's notification.
 *
 * Rule changed: the number after the last but one is 0.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

const period = 2 ** 32 - 1;

/** Counts numbers modulo 2^32 - 1. */
export class WrapToOneSender extends ZerocopySender {
  protected override start(firstId: number): number {
    return firstId % period;
  }

  protected override successor(id: number): number {
    return (id + 1) % period;
  }
}
