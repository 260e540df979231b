/**
 * The known mistakes about io_uring's memory: each as one changed rule of the mechanism and one changed method of the
 * real ownership layer.
 *
 * @module
 */
import { CancelEnds } from "../../impl/historic/uring_cancel_ends.ts";
import { EnterEnds } from "../../impl/historic/uring_enter_ends.ts";
import { FirstCompletionEnds } from "../../impl/historic/uring_first_completion_ends.ts";
import { ProvidedEarly } from "../../impl/historic/uring_provided_early.ts";
import { NegativeLength } from "../../impl/historic/uring_negative_length.ts";
import { SharedAddress } from "../../impl/historic/uring_shared_address.ts";
import { StackVariable } from "../../impl/historic/uring_stack_variable.ts";
import { SubmitEndsAccept } from "../../impl/historic/uring_submit_ends_accept.ts";
import { SubmitEndsRecvmsg } from "../../impl/historic/uring_submit_ends_recvmsg.ts";
import type { Engine } from "../../lockstep/protocol.ts";
import type { OwnershipMistake } from "../../model/buffer_ownership/ownership_rules.ts";
import type { OwnershipClass } from "../../model/buffer_ownership/ownership_operations.ts";
import type { Layer } from "./subject.ts";

/** A known mistake: the words about it, its twin among the mechanism's rules, and the layer that has it. */
export interface UringMistake {
  readonly name: string;
  readonly title: string;
  readonly upstream: string;
  readonly class: OwnershipClass;
  readonly twin: OwnershipMistake;
  /** Absent where no peer can bring the moment about: it is shown in a test with a stage of its own. */
  readonly layer?: Partial<Layer>;
  readonly foundBy: readonly Engine[];
}

const everywhere: readonly Engine[] = ["explore", "refines", "lockstep"];

/** All of them, in the order in which a request lives. */
export const uringMistakes: readonly UringMistake[] = [
  {
    name: "stack-variable",
    title: "the address of an accept lies in a stack frame that is gone before submission",
    upstream: "liburing #1124",
    class: "accept",
    twin: "stack-variable",
    layer: { ring: StackVariable },
    foundBy: everywhere,
  },
  {
    name: "submit-ends-accept",
    title: "submit before the variable goes out of scope",
    upstream: "liburing, io_uring_prep_accept(3)",
    class: "accept",
    twin: "submit-ends-accept",
    layer: { ring: SubmitEndsAccept },
    foundBy: everywhere,
  },
  {
    name: "negative-length",
    title: "the length word of an accept is negative, left by an earlier use",
    upstream: "liburing #1124",
    class: "accept",
    twin: "negative-length",
    layer: { ring: NegativeLength },
    foundBy: everywhere,
  },
  {
    name: "shared-address",
    title: "two accepts, or a multishot one and another, share an address",
    upstream: "liburing #672",
    class: "accept",
    twin: "shared-address",
    layer: { ring: SharedAddress },
    foundBy: everywhere,
  },
  {
    name: "cancel-ends",
    title: "memory is freed when the cancel completes, not when its target does",
    upstream: "liburing #733",
    class: "zero-copy",
    twin: "cancel-ends",
    layer: { ring: CancelEnds },
    foundBy: everywhere,
  },
  {
    name: "already-ends",
    title: "memory is freed because the cancel says that its target is being carried out",
    upstream: "liburing #733",
    class: "worker",
    twin: "already-ends",
    foundBy: ["explore", "refines"],
  },
  {
    name: "first-completion-ends",
    title: "a zero-copy payload is freed at the first completion",
    upstream: "liburing, io_uring_prep_send_zc(3)",
    class: "zero-copy",
    twin: "first-completion-ends",
    layer: { ring: FirstCompletionEnds },
    foundBy: everywhere,
  },
  {
    name: "enter-ends",
    title: "a timespec is freed after a short submit, before its entry is fetched",
    upstream: "liburing #1164",
    class: "submit",
    twin: "enter-ends",
    layer: { ring: EnterEnds },
    foundBy: everywhere,
  },
  {
    name: "enter-ends-polling",
    title: "a timespec is freed when entering returns, before the polling thread has fetched its entry",
    upstream: "liburing #1164",
    class: "polling",
    twin: "enter-ends",
    layer: { ring: EnterEnds },
    foundBy: everywhere,
  },
  {
    name: "provided-early",
    title: "a provided buffer is taken back with a completion, while the kernel keeps filling it",
    upstream: "liburing, io_uring_setup_buf_ring(3)",
    class: "provided",
    twin: "provided-early",
    layer: { buffers: ProvidedEarly },
    foundBy: everywhere,
  },
  {
    name: "submit-ends-recvmsg",
    title: "the header of a recvmsg is freed after submission: the data is consumed, then EFAULT",
    upstream: "liburing, io_uring_prep_recvmsg(3)",
    class: "receive",
    twin: "submit-ends-recvmsg",
    layer: { ring: SubmitEndsRecvmsg },
    foundBy: everywhere,
  },
];
