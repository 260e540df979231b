/**
 * What a zero-copy sender may be told.
 *
 * @module
 */

/** How a request ended: everything sent and let go of, or given up because the sender was closed. */
export type Ending = "sent" | "aborted";

/** Sizes of a sender, and whom it tells. */
export interface SenderOptions {
  /** A send of fewer bytes is an ordinary one, which copies. 0 = never. Default 0. */
  readonly thresholdBytes?: number;
  /** Most bytes of one send. Default 1 MiB. */
  readonly chunkBytes?: number;
  /** Most requests that share one send; 1 on datagram sockets. Default 64. */
  readonly batchRequests?: number;
  /** Most numbers from the oldest one in flight to the next one, 1 to 2^20. Default 4096. */
  readonly spanLimit?: number;
  /** The number of the first zero-copy send: how many this socket has done already. Default 0. */
  readonly firstId?: number;
  /** Told of every request once, in the order of submission. It may submit unless it hears of an abort; it may not poll. */
  readonly onEnd?: (buffer: number, ending: Ending) => void;
  /** Called for every number let go of; may throw to end a loop that does not end by itself. */
  readonly tick?: () => void;
}

/** The options with what was left out. @throws {RangeError} for one out of range */
export function completeSenderOptions(options: SenderOptions): Required<SenderOptions> {
  const ranged = (name: keyof SenderOptions, value: number, min: number, max: number): number => {
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RangeError(`Cannot make a sender: ${name} is ${value}, must be ${min} to ${max}`);
  };
  return {
    thresholdBytes: ranged("thresholdBytes", options.thresholdBytes ?? 0, 0, 2 ** 31 - 1),
    chunkBytes: ranged("chunkBytes", options.chunkBytes ?? 2 ** 20, 1, 2 ** 31 - 1),
    batchRequests: ranged("batchRequests", options.batchRequests ?? 64, 1, 1024),
    spanLimit: ranged("spanLimit", options.spanLimit ?? 4096, 1, 2 ** 20),
    firstId: ranged("firstId", options.firstId ?? 0, 0, 2 ** 32 - 1),
    onEnd: options.onEnd ?? (() => {}),
    tick: options.tick ?? (() => {}),
  };
}
