/**
 * Every way in which a script can run on a page under a memory model: its outcomes, the first data race, and the first
 * answer that no caller may get.
 *
 * @module
 */
import type { Next, PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import { blockOf } from "../../impl/page_flags/algorithm.ts";
import type { Access, DataRace, MemoryModel } from "../../model/memory/memory_model.ts";
import { forEachChoice } from "../../model/memory/search.ts";
import type { Script, ScriptAction } from "./scripts.ts";

/** One access of a trace. */
export interface ScriptStep {
  readonly thread: number;
  readonly operation: string;
  readonly phase: string;
  readonly access: Access;
  readonly read: number;
}

/** What {@link searchScript} found. */
export interface ScriptResult {
  /** The answers of each thread, in order; as JSON, each once. */
  readonly outcomes: ReadonlySet<string>;
  /** The first data race in breadth-first order, with the accesses up to it. */
  readonly race: { readonly race: DataRace; readonly trace: readonly ScriptStep[] } | undefined;
  /** The first allocation that answered a block which a caller still holds, or a pointer of the wrong kind. */
  readonly broken: { readonly answer: number; readonly trace: readonly ScriptStep[] } | undefined;
  readonly states: number;
  readonly transitions: number;
  readonly bounded: boolean;
}

/** Most states that a search looks at. */
const maximumStates = 500_000;

/** Where a thread is in its script: the next action, the phase it is in (empty = not begun), and what it knows. */
interface ScriptThread {
  readonly at: number;
  readonly phase: string;
  readonly args: readonly number[];
  readonly local: number;
  readonly slots: readonly number[];
  readonly answers: readonly number[];
}

interface Node<Memory> {
  readonly threads: readonly ScriptThread[];
  /** Pointers that callers hold, by block. */
  readonly held: readonly number[];
  readonly memory: Memory;
  readonly parent: Node<Memory> | undefined;
  readonly step: ScriptStep | undefined;
}

function traceOf<Memory>(node: Node<Memory>): ScriptStep[] {
  const steps: ScriptStep[] = [];
  for (let at: Node<Memory> | undefined = node; at !== undefined; at = at.parent) {
    if (at.step !== undefined) steps.push(at.step);
  }
  return steps.reverse();
}

/** The next access of a thread: the action's own, or that of the phase the thread is in. */
interface Pending {
  readonly access: Access;
  readonly phase: string;
  then(read: number): { readonly thread: ScriptThread; readonly answered: number | undefined };
}

/** Past the end of every script. */
const ended = 63;

function finished(thread: ScriptThread, action: ScriptAction, value: number): ScriptThread {
  const allocates = action.kind === "malloc" || action.kind === "mallocAligned" || action.kind === "receive";
  const slots = allocates ? thread.slots.with(action.slot, value) : thread.slots;
  const answers = action.kind === "send" || action.kind === "receive"
    ? thread.answers
    : [...thread.answers, value];
  const at = action.kind === "receive" && value === 0 ? ended : thread.at + 1;
  return { ...thread, at, phase: "", args: [], slots, answers };
}

function applied(
  thread: ScriptThread,
  action: ScriptAction,
  next: Next,
): { thread: ScriptThread; answered: number | undefined } {
  const own = next.local === undefined ? thread : { ...thread, local: next.local };
  return next.kind === "go"
    ? { thread: { ...own, phase: next.phase, args: next.args }, answered: undefined }
    : { thread: finished(own, action, next.value), answered: next.value };
}

/** The next access of a thread; operations that need none are run past. Undefined = the script has ended. */
function pendingOf(
  algorithm: PageAlgorithm,
  script: Script,
  index: number,
  from: ScriptThread,
): { thread: ScriptThread; pending: Pending | undefined } {
  let thread = from;
  for (;;) {
    const action = script[index]![thread.at];
    if (action === undefined) return { thread, pending: undefined };
    const held = thread.slots[action.slot]!;
    const needsPointer = action.kind === "free" || action.kind === "usableSize" || action.kind === "send";
    if (needsPointer && held === 0) {
      thread = finished(thread, action, 0);
      continue;
    }
    if (action.kind === "send" || action.kind === "receive") {
      const location = algorithm.words.length + action.box;
      const access: Access = action.kind === "send"
        ? { kind: "store", location, value: held, order: "release" }
        : { kind: "load", location, order: "acquire" };
      const own = thread;
      const then = (read: number) => ({ thread: finished(own, action, read), answered: undefined });
      return { thread, pending: { access, phase: action.kind, then } };
    }
    if (thread.phase === "") {
      const begun = algorithm.start(action.kind, { thread: index, local: thread.local }, held);
      thread = applied(thread, action, begun).thread;
      if (begun.kind === "answer") continue;
    }
    const [a = 0, b = 0, c = 0, d = 0] = thread.args;
    const own = thread;
    const step = algorithm.phases[thread.phase]!({ thread: index, local: thread.local }, a, b, c, d);
    return {
      thread,
      pending: {
        access: step.access,
        phase: thread.phase,
        then: (read) => applied(own, action, step.then(read)),
      },
    };
  }
}

/** Whether an allocation may answer `value`, given what callers hold. */
function sound(action: ScriptAction, value: number, held: readonly number[]): boolean {
  if ((action.kind !== "malloc" && action.kind !== "mallocAligned") || value === 0) return true;
  return (value & 1) === (action.kind === "malloc" ? 0 : 1) && held[blockOf(value)] === 0;
}

function heldAfter(
  action: ScriptAction,
  thread: ScriptThread,
  began: boolean,
  answered: number | undefined,
  held: readonly number[],
): readonly number[] {
  if (action.kind === "free" && began) return held.with(blockOf(thread.slots[action.slot]!), 0);
  const allocates = action.kind === "malloc" || action.kind === "mallocAligned";
  return allocates && answered !== undefined && answered !== 0
    ? held.with(blockOf(answered), answered)
    : held;
}

/** All threads before their first action. */
function scriptThreads(algorithm: PageAlgorithm, script: Script): ScriptThread[] {
  const slots = 1 + Math.max(0, ...script.flat().map(({ slot }) => slot));
  return script.map((_, index) => ({
    at: 0,
    phase: "",
    args: [],
    local: algorithm.initialLocal(index),
    slots: Array.from({ length: slots }, () => 0),
    answers: [],
  }));
}

/** How many mailboxes a script uses. */
function scriptBoxes(script: Script): number {
  return 1 + Math.max(-1, ...script.flat().map((action) => "box" in action ? action.box : -1));
}

/** Runs a script in every way that the memory model allows, breadth-first. */
export function searchScript<Memory>(
  algorithm: PageAlgorithm,
  script: Script,
  model: MemoryModel<Memory>,
): ScriptResult {
  const boxes = scriptBoxes(script);
  const seen = new Set<string>();
  const outcomes = new Set<string>();
  const queue: Node<Memory>[] = [];
  let [transitions, bounded] = [0, false];
  let [race, broken]: [ScriptResult["race"], ScriptResult["broken"]] = [undefined, undefined];

  const visit = (node: Node<Memory>) => {
    const key = JSON.stringify([node.threads, node.held]) + model.key(node.memory);
    if (seen.has(key)) return;
    if (seen.size >= maximumStates) bounded = true;
    else {
      seen.add(key);
      queue.push(node);
    }
  };
  const stepThread = (node: Node<Memory>, index: number, pending: Pending, thread: ScriptThread) => {
    const action = script[index]![thread.at]!;
    const began = node.threads[index]!.phase === "";
    forEachChoice((choose) => {
      const memory = model.copy(node.memory);
      const read = model.perform(memory, index, pending.access, { choose });
      if (read === undefined) return;
      transitions++;
      const { thread: after, answered } = pending.then(read);
      const step: ScriptStep = {
        thread: index,
        operation: action.kind,
        phase: pending.phase,
        access: pending.access,
        read,
      };
      const held = heldAfter(action, thread, began, answered, node.held);
      const next: Node<Memory> = {
        threads: node.threads.with(index, after),
        held,
        memory,
        parent: node,
        step,
      };
      const raced = race === undefined ? model.raceOfLast?.(memory, index) : undefined;
      if (raced !== undefined) race = { race: raced, trace: traceOf(next) };
      if (answered !== undefined && !sound(action, answered, node.held)) {
        broken ??= { answer: answered, trace: traceOf(next) };
        return;
      }
      visit(next);
    });
  };

  visit({
    threads: scriptThreads(algorithm, script),
    held: Array.from({ length: algorithm.blocks }, () => 0),
    memory: model.initial([...algorithm.initial, ...Array.from({ length: boxes }, () => 0)], script.length),
    parent: undefined,
    step: undefined,
  });
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!;
    let over = model.settled(node.memory);
    for (let index = 0; index < script.length; index++) {
      const { thread, pending } = pendingOf(algorithm, script, index, node.threads[index]!);
      if (pending !== undefined) {
        over = false;
        stepThread(node, index, pending, thread);
      }
      if (model.flush === undefined) continue;
      const memory = model.copy(node.memory);
      if (!model.flush(memory, index)) continue;
      transitions++;
      visit({ ...node, memory, parent: node, step: undefined });
    }
    if (!over) continue;
    outcomes.add(
      JSON.stringify(
        script.map((_, index) => pendingOf(algorithm, script, index, node.threads[index]!).thread.answers),
      ),
    );
  }
  return { outcomes, race, broken, states: seen.size, transitions, bounded };
}
