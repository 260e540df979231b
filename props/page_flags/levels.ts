/**
 * The three levels at which a mistake shows, each with its shortest way there: the cause, the structure that it breaks,
 * and what a caller is answered. Found in the model; shown on real memory in the same order of accesses.
 *
 * @module
 */
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { explore, refines } from "../../lockstep/explore/mod.ts";
import { sc } from "../../model/memory/sc.ts";
import type { PageFlagsCommand, PageFlagsReply, PageFlagsScope } from "../../model/page_flags.ts";
import { pageFlags } from "../../model/page_flags.ts";
import { pageMechanism } from "./machine.ts";
import { pageTarget } from "./target.ts";

/** A level, and the shortest way to it under sequential consistency. */
export interface LevelFinding {
  readonly level: "cause" | "structure" | "client";
  /** The promise that is broken; of a client, what it was answered and what is allowed. */
  readonly promise: string;
  readonly commands: readonly PageFlagsCommand[];
}

type Trace = { readonly steps: readonly { readonly command?: PageFlagsCommand }[] };

function commandsOf({ steps }: Trace): PageFlagsCommand[] {
  return steps.flatMap(({ command }) => command === undefined ? [] : [command]);
}

/** Every level at which an algorithm shows a mistake; none for a correct one. Every answer of a client that is wrong. */
export function levelsOf(algorithm: PageAlgorithm, scope: PageFlagsScope): readonly LevelFinding[] {
  const mechanism = pageMechanism(algorithm, scope, sc);
  const words = explore(mechanism).violations.flatMap(({ property, trace }): LevelFinding[] => {
    const [level, promise] = property.split(": ") as ["cause" | "structure" | "client", string];
    // What a client is answered is told by the refinement.
    return level === "client" ? [] : [{ level, promise, commands: commandsOf(trace) }];
  });
  const answers = refines(mechanism, pageFlags(scope)).violations.map(({ detail, trace }): LevelFinding => {
    return { level: "client", promise: detail, commands: commandsOf(trace) };
  });
  return [...words, ...answers];
}

/** The pointers that callers hold after a command and its answer. */
function heldAfter(
  held: readonly number[],
  asked: readonly PageFlagsCommand[],
  reply: PageFlagsReply,
): readonly number[] {
  const command = asked.at(-1)!;
  if (command.kind === "allocateAll") return reply.kind === "allocated" ? [...held, ...reply.pointers] : held;
  const kept = command.kind === "call" && command.operation === "free"
    ? held.filter((pointer) => pointer !== command.pointer)
    : held;
  const call = asked.findLast((one) => one.kind === "call" && one.thread === command.thread);
  const allocates = call?.kind === "call" && !("pointer" in call);
  return allocates && reply.kind === "answered" && reply.value !== 0 ? [...kept, reply.value] : kept;
}

/**
 * Makes the accesses of a finding on real memory, in its order, and says whether the real words break the same promise,
 * or the last answer is the one that the model gave.
 */
export function showsOnRealMemory(
  algorithm: PageAlgorithm,
  scope: PageFlagsScope,
  { level, promise, commands }: LevelFinding,
): boolean {
  using subject = pageTarget(algorithm, scope, false).open(null);
  const busy = new Set<number>();
  let held: readonly number[] = [];
  let last: PageFlagsReply = { kind: "running" };
  for (const [index, command] of commands.entries()) {
    last = subject.perform(command, { tick() {} }) as PageFlagsReply;
    held = heldAfter(held, commands.slice(0, index + 1), last);
    if (command.kind === "allocateAll") continue;
    if (last.kind === "running") busy.add(command.thread);
    else busy.delete(command.thread);
  }
  if (level === "client") return promise.startsWith(`answered ${JSON.stringify(last)}`);
  const words = subject.view!();
  const holds = algorithm.health[level][promise]!;
  return !holds({ read: (word) => words[word]!, held, quiet: busy.size === 0 });
}
