/**
 * Caches of one line each above a shared memory, kept coherent by a directory, with linked loads and conditional
 * stores.
 *
 * The model is a memory and who still holds a link; the implementation knows which caches have which lines, modified,
 * exclusive or shared.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What a core does; `link` loads for a store that is to fail when another core has stored there meanwhile. */
export type Command =
  | { readonly kind: "load" | "link"; readonly core: number; readonly line: number }
  | {
    readonly kind: "store" | "conditional";
    readonly core: number;
    readonly line: number;
    readonly value: number;
  }
  | { readonly kind: "evict"; readonly core: number };

/** What it hears. */
export type Reply =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "stored" | "failed" | "evicted" };

/** What the model knows. */
export interface MemoryState {
  memory: number[];
  /** By core the line that it has linked, -1 = none. */
  links: number[];
}

/** A cache. */
export interface Cached {
  /** -1 = none. */
  line: number;
  value: number;
  mode: "modified" | "exclusive" | "shared";
}

/** What the implementation knows. */
export interface CacheState {
  memory: number[];
  caches: Cached[];
  /** By line: the core that has it modified or exclusive, -1 = none, and those that share it. */
  directory: { owner: number; sharers: number[] }[];
  /** By line: the cores that have linked it. */
  links: number[][];
}

/** What a mistake may replace. */
export interface CoherenceRules {
  /** The cores whose caches are told to forget a line. */
  invalidated(sharers: readonly number[], core: number): readonly number[];
  /** Whether the owner's value goes to the memory when another core loads it. */
  writesBack(state: CacheState, owner: number): boolean;
  /** What a core that comes second gets, when the memory is asked before or after the owner has written back. */
  fetched(memory: number, owned: number): number;
  /** How a line is cached after a store that found it exclusive. */
  storedMode: Cached["mode"];
  /** Whether a line that leaves a cache goes to the memory. */
  keepsOnLeaving(cached: Cached, by: "evict" | "replace"): boolean;
  /** Tells the directory that a core has let go of a line. */
  leaves(entry: CacheState["directory"][number], core: number): void;
  sharersWith(sharers: readonly number[], core: number): number[];
  /** Whether a core that is alone with a line may store there without asking. */
  isExclusive(state: CacheState, core: number, line: number): boolean;
  /** The links to a line that are left after a store. */
  linksAfterStore(links: readonly number[], core: number, by: "hit" | "miss" | "conditional"): number[];
  /** Whether a conditional store that failed gives up the core's link to another line. */
  givesUpLink: boolean;
}

const cores = 3;
const lines = 2;

/** The rules without a mistake. */
export const correct: CoherenceRules = {
  invalidated: (sharers, core) => sharers.filter((each) => each !== core),
  writesBack: ({ caches }, owner) => caches[owner]!.mode === "modified",
  fetched: (_memory, owned) => owned,
  storedMode: "modified",
  keepsOnLeaving: ({ mode }) => mode === "modified",
  leaves(entry, core) {
    if (entry.owner === core) entry.owner = -1;
    entry.sharers = entry.sharers.filter((each) => each !== core);
  },
  sharersWith: (sharers, core) => [...sharers, core].sort(),
  // A store to an exclusive line asks nobody, and would not break the link of another core.
  isExclusive: ({ links }, core, line) => links[line]!.every((each) => each === core),
  linksAfterStore: (links, core) => links.filter((each) => each === core),
  givesUpLink: true,
};

const core = z.int().min(0).max(cores - 1);
const line = z.int().min(0).max(lines - 1);
const value = z.int().min(0).max(1);
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["load", "link"]), core, line }),
    z.strictObject({ kind: z.enum(["store", "conditional"]), core, line, value }),
    z.strictObject({ kind: z.literal("evict"), core }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const places = below(cores).flatMap((core) => below(lines).map((line) => ({ core, line })));
const commands: readonly Command[] = [
  ...places.map((place) => ({ kind: "load", ...place }) as const),
  ...places.flatMap((place) => below(2).map((value) => ({ kind: "store", ...place, value }) as const)),
  ...below(cores).map((core) => ({ kind: "evict", core }) as const),
  ...places.map((place) => ({ kind: "link", ...place }) as const),
  ...places.flatMap((place) => below(2).map((value) => ({ kind: "conditional", ...place, value }) as const)),
];

/** A memory, and the links that still hold. */
export const model: Machine<MemoryState, Command, Reply> = {
  ...plain,
  name: "coherence",
  schema: {
    ...schema,
    state: z.strictObject({
      memory: z.array(value).length(lines),
      links: z.array(z.int().min(-1).max(lines - 1)).length(cores),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ memory: below(lines).map(() => 0), links: below(cores).map(() => -1) }),
  step(state, command) {
    const { memory, links } = state;
    const { core } = command;
    switch (command.kind) {
      case "link":
        links[core] = command.line;
        return { kind: "value", value: memory[command.line]! };
      case "load":
        return { kind: "value", value: memory[command.line]! };
      case "conditional":
      case "store": {
        if (command.kind === "conditional") {
          const holds = links[core] === command.line;
          links[core] = -1;
          if (!holds) return { kind: "failed" };
        }
        memory[command.line] = command.value;
        state.links = links.map((linked, each) => each !== core && linked === command.line ? -1 : linked);
        return { kind: "stored" };
      }
      case "evict":
        return { kind: "evicted" };
    }
  },
};

/** Makes room in a core's cache. */
function leave(state: CacheState, core: number, by: "evict" | "replace", rules: CoherenceRules): void {
  const cached = state.caches[core]!;
  if (cached.line < 0) return;
  if (rules.keepsOnLeaving(cached, by)) state.memory[cached.line] = cached.value;
  rules.leaves(state.directory[cached.line]!, core);
  state.caches[core] = { line: -1, value: 0, mode: "shared" };
}

function load(state: CacheState, core: number, line: number, rules: CoherenceRules): number {
  const cached = state.caches[core]!;
  if (cached.line === line) return cached.value;
  leave(state, core, "replace", rules);
  const entry = state.directory[line]!;
  let value = state.memory[line]!;
  let mode: Cached["mode"] = "shared";
  if (entry.owner >= 0) {
    const owned = state.caches[entry.owner]!;
    value = rules.fetched(value, owned.value);
    if (rules.writesBack(state, entry.owner)) state.memory[line] = owned.value;
    owned.mode = "shared";
    entry.sharers = rules.sharersWith([entry.owner], core);
    entry.owner = -1;
  } else if (entry.sharers.length === 0 && rules.isExclusive(state, core, line)) {
    mode = "exclusive";
    entry.owner = core;
  } else {
    entry.sharers = rules.sharersWith(entry.sharers, core);
  }
  state.caches[core] = { line, value, mode };
  return value;
}

function store(
  state: CacheState,
  core: number,
  line: number,
  value: number,
  isConditional: boolean,
  rules: CoherenceRules,
): void {
  const cached = state.caches[core]!;
  const isHit = cached.line === line;
  if (isHit && cached.mode !== "shared") {
    state.caches[core] = { line, value, mode: cached.mode === "exclusive" ? rules.storedMode : cached.mode };
    return;
  }
  if (!isHit) leave(state, core, "replace", rules);
  const entry = state.directory[line]!;
  const holders = entry.owner >= 0 ? [entry.owner] : rules.invalidated(entry.sharers, core);
  for (const each of holders) state.caches[each] = { line: -1, value: 0, mode: "shared" };
  state.directory[line] = { owner: core, sharers: [] };
  state.caches[core] = { line, value, mode: "modified" };
  const by = isConditional ? "conditional" : isHit ? "hit" : "miss";
  state.links[line] = rules.linksAfterStore(state.links[line]!, core, by);
}

function unlink(state: CacheState, core: number): void {
  state.links = state.links.map((links) => links.filter((each) => each !== core));
}

/** Caches and a directory. */
export function implementation(rules: CoherenceRules): Machine<CacheState, Command, Reply> {
  return {
    ...plain,
    name: "coherence by a directory",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      memory: below(lines).map(() => 0),
      caches: below(cores).map(() => ({ line: -1, value: 0, mode: "shared" })),
      directory: below(lines).map(() => ({ owner: -1, sharers: [] })),
      links: below(lines).map(() => []),
    }),
    step(state, command) {
      const { core } = command;
      switch (command.kind) {
        case "load":
          return { kind: "value", value: load(state, core, command.line, rules) };
        case "link":
          unlink(state, core);
          state.links[command.line] = [...state.links[command.line]!, core].sort();
          return { kind: "value", value: load(state, core, command.line, rules) };
        case "store":
          store(state, core, command.line, command.value, false, rules);
          return { kind: "stored" };
        case "conditional": {
          const holds = state.links[command.line]!.includes(core);
          if (holds || rules.givesUpLink) unlink(state, core);
          if (!holds) return { kind: "failed" };
          store(state, core, command.line, command.value, true, rules);
          return { kind: "stored" };
        }
        case "evict":
          leave(state, core, "evict", rules);
          return { kind: "evicted" };
      }
    },
  };
}
