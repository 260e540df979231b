/**
 * A small io_uring library: a ring ({@link Ring}, {@link prepare}), and on top of it one that knows whose memory is
 * whose ({@link OwnedRing}, {@link Pool}, {@link BufferRing}).
 *
 * @module
 */
export * from "./uring/buffer_ring.ts";
export * from "./uring/lifetime.ts";
export * from "./uring/operation.ts";
export * from "./uring/owned_ring.ts";
export * from "./uring/pool.ts";
export * from "./uring/prepare.ts";
export * from "./uring/request.ts";
export * from "./uring/ring.ts";
export * from "./uring/ring_options.ts";
export * from "./uring/why_no_uring.ts";
