/**
 * The known mistakes of zero-copy senders: what SPDK and gRPC shipped, and planted ones.
 *
 * @module
 */
import { CopiesEndAtOnceSender } from "../../impl/historic/zerocopy_copies_end_at_once.ts";
import { CopyEndsEarlySender } from "../../impl/historic/zerocopy_copy_ends_early.ts";
import { CountCopiesSender } from "../../impl/historic/zerocopy_count_copies.ts";
import { CountEmptySender } from "../../impl/historic/zerocopy_count_empty.ts";
import { CountFailedSender } from "../../impl/historic/zerocopy_count_failed.ts";
import { ForgetQueuedSender } from "../../impl/historic/zerocopy_forget_queued.ts";
import { FreeOnCloseSender } from "../../impl/historic/zerocopy_free_on_close.ts";
import { FreeOnSendSender } from "../../impl/historic/zerocopy_free_on_send.ts";
import { LastIdOnlySender } from "../../impl/historic/zerocopy_last_id_only.ts";
import { RangeLoopSender } from "../../impl/historic/zerocopy_range_loop.ts";
import { StarvedWaitsSender } from "../../impl/historic/zerocopy_starved_waits.ts";
import { WrapToOneSender } from "../../impl/historic/zerocopy_wrap_to_one.ts";
import type { ZerocopySender } from "../../impl/zerocopy_sender.ts";
import type { SenderMistake } from "../../model/zerocopy_index/sender_rules.ts";

/** A known mistake: the words about it, its twin among the mechanism's rules (its name), and the sender that has it. */
export interface ZerocopyMistake {
  readonly name: SenderMistake;
  readonly title: string;
  readonly upstream: string;
  readonly lived?: string;
  readonly Sender: typeof ZerocopySender;
  /** The scope on real sockets in which it shows. */
  readonly scope: "kernel" | "reordered";
  /** The scope in which its twin is explored completely. */
  readonly howScope: "width2" | "batches";
}

/** All of them, the shipped ones first. */
export const zerocopyMistakes: readonly ZerocopyMistake[] = [
  {
    name: "wrap-to-one",
    title: "the sender's counter skips a value at every wrap",
    upstream: "SPDK #3600",
    lived: "2020 to 2025",
    Sender: WrapToOneSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "range-loop",
    title: "the loop over a range never ends at the wrap, or never begins",
    upstream: "SPDK #2892",
    lived: "2020 to 2023",
    Sender: RangeLoopSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "copy-ends-early",
    title: "a last piece below the threshold ends the request early",
    upstream: "SPDK #3610",
    lived: "until 2025",
    Sender: CopyEndsEarlySender,
    scope: "kernel",
    howScope: "batches",
  },
  {
    name: "last-id-only",
    title: "a request remembers only the last of its numbers",
    upstream: "SPDK a1f20e789f",
    lived: "since 2025",
    Sender: LastIdOnlySender,
    scope: "reordered",
    howScope: "width2",
  },
  {
    name: "copies-end-at-once",
    title: "copied requests end before those submitted earlier",
    upstream: "SPDK, scan for a notified request",
    Sender: CopiesEndAtOnceSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "count-copies",
    title: "sends that copy are counted",
    upstream: "SPDK 449cab9569",
    lived: "2020 to 2022",
    Sender: CountCopiesSender,
    scope: "kernel",
    howScope: "batches",
  },
  {
    name: "free-on-close",
    title: "closing frees buffers that the kernel still reads",
    upstream: "SPDK, spdk_sock_abort_requests",
    Sender: FreeOnCloseSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "starved-waits",
    title: "ENOBUFS waits for an event that never comes",
    upstream: "gRPC #30320",
    lived: "until 2022",
    Sender: StarvedWaitsSender,
    scope: "kernel",
    howScope: "batches",
  },
  {
    name: "forget-queued",
    title: "a notification for a request that is partly unsent is ignored",
    upstream: "planted",
    Sender: ForgetQueuedSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "count-failed",
    title: "sends that failed are counted",
    upstream: "planted",
    Sender: CountFailedSender,
    scope: "kernel",
    howScope: "width2",
  },
  {
    name: "count-empty",
    title: "sends of no bytes are counted",
    upstream: "planted",
    Sender: CountEmptySender,
    scope: "reordered",
    howScope: "width2",
  },
  {
    name: "free-on-send",
    title: "a buffer is released when send returns",
    upstream: "planted",
    Sender: FreeOnSendSender,
    scope: "kernel",
    howScope: "width2",
  },
];
