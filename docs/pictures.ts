/**
 * The pictures in the documents, as states that a machine is led to: drawn again by a test.
 *
 * @module
 */
import { lostFlag } from "../impl/historic/page_flags_lost_flag.ts";
import { plainFlags } from "../impl/historic/page_flags_plain_flags.ts";
import { ownedBit } from "../impl/page_flags/owned_bit.ts";
import { parseCaseFile } from "../lockstep/drive/case_file.ts";
import { explore } from "../lockstep/explore/mod.ts";
import type { AnyCommand, Machine, World } from "../lockstep/machine.ts";
import type { Moment, Picture } from "../lockstep/picture.ts";
import { phrase } from "../lockstep/report/phrase.ts";
import type { LeaseRingCommand } from "../model/lease_ring/vocabulary.ts";
import { sc } from "../model/memory/sc.ts";
import { tso } from "../model/memory/tso.ts";
import { type OwnershipMistake, ownershipMistakes } from "../model/buffer_ownership/ownership_rules.ts";
import type { BufferOwnershipCommand } from "../model/buffer_ownership/ownership_vocabulary.ts";
import type { PageFlagsCommand, PageFlagsScope } from "../model/page_flags.ts";
import { type RingMistake } from "../model/lease_ring/ring_rules.ts";
import { ringOffsets } from "../model/lease_ring/ring_offsets.ts";
import { sharedBuffer } from "../model/shared_buffer.ts";
import { sealBits } from "../model/shared_buffer/state.ts";
import { uringMechanism } from "../model/buffer_ownership/uring_mechanism.ts";
import type { UringMechanismState } from "../model/buffer_ownership/uring_state.ts";
import { zerocopyMechanism } from "../model/zerocopy_index/mechanism.ts";
import type { SenderMistake } from "../model/zerocopy_index/sender_rules.ts";
import { ownershipScope } from "../props/buffer_ownership.ts";
import { bufferOwnershipPicture } from "../props/buffer_ownership/picture.ts";
import { bufferOwnershipTimeline } from "../props/buffer_ownership/timeline.ts";
import { leaseRingSizes } from "../props/lease_ring.ts";
import { leaseRingPicture } from "../props/lease_ring/picture.ts";
import { pageC11Machine } from "../props/page_flags/c11_machine.ts";
import { pageMechanism } from "../props/page_flags/machine.ts";
import { pageFlagsPicture } from "../props/page_flags/picture.ts";
import { pageFlagsTimeline } from "../props/page_flags/timeline.ts";
import { sharedBufferCommands, sharedBufferSizes } from "../props/shared_buffer.ts";
import { sharedBufferPicture } from "../props/shared_buffer/picture.ts";
import { zerocopySizes } from "../props/zerocopy_index.ts";
import { zerocopyPicture } from "../props/zerocopy_index/picture.ts";

const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut: (reason: string): never => {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

/** A walk that is led through `commands`; the machine has nothing to choose on the way. */
function walked<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  start: Start,
  commands: readonly Command[],
): Moment<State>[] {
  const state = machine.initial(start, world);
  const moments: Moment<State>[] = [{ state: structuredClone(state), parted: false }];
  for (const command of commands) {
    const reply = machine.step(state, command, world);
    if (reply === undefined) throw new Error(`Cannot draw: ${JSON.stringify(command)} is not possible`);
    const action = phrase(command);
    moments.push({ state: structuredClone(state), command, reply, action, parted: false });
  }
  return moments;
}

/** The state to which a machine is led. */
function stateAfter<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  start: Start,
  commands: readonly Command[],
): State {
  return walked(machine, start, commands).at(-1)!.state!;
}

function leaseRing(commands: readonly LeaseRingCommand[], mistake?: RingMistake): Picture {
  const machine = ringOffsets(leaseRingSizes.small, mistake);
  return leaseRingPicture(stateAfter(machine, { offset: 0, sequence: 0 }, commands));
}

/** Three full sends that begin two numbers before the wrap; the kernel takes everything. */
function zerocopyIndex(mistake?: SenderMistake): Picture {
  const machine = zerocopyMechanism(zerocopySizes.kernel, mistake);
  const send = { kind: "submit", units: 2, hold: false } as const;
  return zerocopyPicture(32)(stateAfter(machine, { firstId: 2 ** 32 - 2 }, [send, send, send]));
}

/** An accept that is cancelled on a ring with DEFER_TASKRUN: the cancel's own completion is read first. */
function cancelledAccept(mistake?: OwnershipMistake): Moment<UringMechanismState>[] {
  const machine = uringMechanism(
    ownershipScope("accept"),
    "enter",
    mistake === undefined ? {} : ownershipMistakes[mistake],
  );
  const commands: readonly BufferOwnershipCommand[] = [
    { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 },
    { kind: "submit" },
    { kind: "prepare", operation: "accept-alone", cells: [], as: 1 },
    { kind: "cancel", request: 0 },
    { kind: "reap" },
    { kind: "connect", as: 0 },
  ];
  return walked(machine, "unmap", commands);
}

const pages: PageFlagsScope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] };

/** The shortest way to two accesses that race, as exploring finds it. */
function race(): Picture {
  const algorithm = plainFlags(pages.blocks);
  const { violations } = explore(pageC11Machine(algorithm, pages, 3), { stopAtFirst: true });
  const { initial, steps } = violations[0]!.trace;
  return pageFlagsTimeline(algorithm, pages)([
    { state: initial!, parted: false },
    ...steps.map(({ state, command, reply }, index) => (
      { state: state!, command: command!, reply, parted: index === steps.length - 1 }
    )),
  ]);
}

/** The stored case of the lost flag, up to the store that loses it, by the mistaken algorithm. */
function lostFlagOverTime(): Picture {
  const path = new URL("cases/page-flags/lost-flag.json", import.meta.url);
  const { commands } = parseCaseFile(Deno.readTextFileSync(path));
  const algorithm = lostFlag(pages.blocks);
  return pageFlagsTimeline(algorithm, pages)(
    walked(pageMechanism(algorithm, pages, sc), null, commands as readonly PageFlagsCommand[]),
  );
}

/** A store that only its own thread can see so far. */
function bufferedStore(): Picture {
  const algorithm = ownedBit(pages.blocks);
  const commands: readonly PageFlagsCommand[] = [
    { kind: "call", thread: 0, operation: "mallocAligned" },
    { kind: "step", thread: 0 },
    { kind: "step", thread: 0 },
  ];
  return pageFlagsPicture(algorithm)(stateAfter(pageMechanism(algorithm, pages, tso), null, commands));
}

/** A file of three cells under a shared page, a private one that reaches behind its end, and memory of its own. */
function addressSpace(): Picture {
  const mapped = { kind: "mmap", fd: 0, cells: 2, placement: "fixed" } as const;
  return sharedBufferPicture(
    stateAfter(sharedBuffer(sharedBufferSizes.driven, sharedBufferCommands("driven")), null, [
      { kind: "memfd", as: 0, sealable: true },
      { kind: "write", fd: 0, cells: 3, value: 2 },
      { ...mapped, at: 0, offset: 0, protection: "write", shared: true },
      { ...mapped, at: 2, offset: 2, protection: "read", shared: false },
      { kind: "addSeals", fd: 0, seals: sealBits.grow },
      { kind: "ftruncate", fd: 0, cells: 1 },
      { kind: "mmapAnonymous", at: 4, cells: 2, protection: "write", placement: "fixed" },
      { kind: "store", at: 4, value: 3 },
    ]),
  );
}

/** By the name of the file in `docs/pictures`. */
export const pictures: Readonly<Record<string, () => Picture>> = {
  "lease-ring-waits.svg": () =>
    leaseRing([
      { kind: "write", length: 4, as: 0 },
      { kind: "write", length: 3, as: 1 },
      { kind: "receive", as: 0 },
      { kind: "receive", as: 1 },
      { kind: "release", lease: 1 },
    ]),
  "lease-ring-hole.svg": () =>
    leaseRing([
      { kind: "write", length: 5, as: 0 },
      { kind: "receive", as: 0 },
      { kind: "write", length: 6, as: 1 },
      { kind: "release", lease: 0 },
      { kind: "write", length: 2, as: 0 },
    ]),
  "lease-ring-overwritten.svg": () =>
    leaseRing([
      { kind: "write", length: 6, as: 0 },
      { kind: "receive", as: 0 },
      { kind: "write", length: 7, as: 1 },
    ], "eager-start"),
  "buffer-ownership-cancelled.svg": () => bufferOwnershipPicture(cancelledAccept().at(-1)!.state!),
  "buffer-ownership-cancel-ends.svg": () =>
    bufferOwnershipPicture(cancelledAccept("cancel-ends").at(-1)!.state!),
  "buffer-ownership-over-time.svg": () => bufferOwnershipTimeline(cancelledAccept("cancel-ends")),
  "zerocopy-index-wrap.svg": () => zerocopyIndex(),
  "zerocopy-index-skipped.svg": () => zerocopyIndex("wrap-to-one"),
  "page-flags-race.svg": race,
  "page-flags-lost-flag.svg": lostFlagOverTime,
  "page-flags-buffered.svg": bufferedStore,
  "shared-buffer-mappings.svg": addressSpace,
};
