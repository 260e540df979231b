/**
 * Address spaces that share pages until one of them writes: forks, copies on writing, and few frames.
 *
 * The model says which pages are shared by whom; the implementation counts references of frames, keeps a bit per
 * page that allows writing in place, and remembers the page that was read last.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain } from "./zoo.ts";

/** What is done to one page. */
export type PageCommand =
  | { readonly kind: "map" | "unmap" | "read"; readonly space: number; readonly page: number }
  | { readonly kind: "write"; readonly space: number; readonly page: number; readonly value: number };

/** What is done to an address space; `spare` asks for the free frames. */
export type Command =
  | PageCommand
  | { readonly kind: "fork"; readonly parent: number; readonly as: number }
  | { readonly kind: "exit"; readonly space: number }
  | { readonly kind: "spare" };

/** What is answered. */
export type Reply =
  | {
    readonly kind: "mapped" | "known" | "unmapped" | "fault" | "written" | "no memory" | "forked" | "exited";
  }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "spare"; readonly frames: number };

/** What the model knows. */
export interface ShareState {
  alive: boolean[];
  /** Each is one content and the pages that show it, as `space * pages + page`; ordered by the first of them. */
  contents: { value: number; shownBy: number[] }[];
}

/** A page of an address space that is mapped. */
export interface Entry {
  frame: number;
  isWritable: boolean;
}

/** What the implementation knows. */
export interface TableState {
  tables: (Entry | null)[][];
  frames: { references: number; value: number }[];
  /** The translation that was used last. */
  recent: { space: number; page: number; frame: number } | null;
}

/** What a mistake may replace. */
export interface PageRules {
  /** Marks and counts one page that parent and child share from now on; returns the child's entry. */
  share(state: TableState, entry: Entry): Entry;
  /** Gives up one reference. */
  drop(state: TableState, entry: Entry, by: "unmap" | "exit" | "copy"): void;
  /** Makes an entry that is not writable so; false = no frame was left. */
  unshare(state: TableState, entry: Entry, rules: PageRules): boolean;
  take(state: TableState): number;
  /** Whether the last translation is forgotten. */
  forgets(recent: NonNullable<TableState["recent"]>, space: number, by: "write" | "unmap" | "exit"): boolean;
}

const spaces = 3;
const pages = 2;
/** Frames of the memory. */
export const frames = 3;
const values = 2;

/** The rules without a mistake. */
export const correct: PageRules = {
  share(state, entry) {
    entry.isWritable = false;
    state.frames[entry.frame]!.references++;
    return { ...entry };
  },
  drop(state, entry) {
    state.frames[entry.frame]!.references--;
  },
  unshare(state, entry, rules) {
    const old = state.frames[entry.frame]!;
    if (old.references > 1) {
      const frame = rules.take(state);
      if (frame < 0) return false;
      state.frames[frame]!.value = old.value;
      rules.drop(state, { ...entry }, "copy");
      entry.frame = frame;
    }
    entry.isWritable = true;
    return true;
  },
  take(state) {
    const frame = state.frames.findIndex(({ references }) => references === 0);
    if (frame >= 0) state.frames[frame] = { references: 1, value: 0 };
    return frame;
  },
  forgets: (recent, space) => recent.space === space,
};

const space = z.int().min(0).max(spaces - 1);
const page = z.int().min(0).max(pages - 1);
const refers = space.meta({ refersTo: "space" });
const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.enum(["map", "unmap", "read"]), space: refers, page }),
    z.strictObject({
      kind: z.literal("write"),
      space: refers,
      page,
      value: z.int().min(0).max(values - 1),
    }),
    z.strictObject({ kind: z.literal("fork"), parent: refers, as: space.meta({ creates: "space" }) }),
    z.strictObject({ kind: z.literal("exit"), space: refers }),
    z.strictObject({ kind: z.literal("spare") }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const places = below(spaces).flatMap((space) => below(pages).map((page) => ({ space, page })));
const commands: readonly Command[] = [
  { kind: "spare" },
  ...(["map", "read", "unmap"] as const).flatMap((kind) => places.map((place) => ({ kind, ...place }))),
  ...places.flatMap((place) => below(values).map((value) => ({ kind: "write", ...place, value }) as const)),
  ...below(spaces).flatMap((parent) => below(spaces).map((as) => ({ kind: "fork", parent, as }) as const)),
  ...below(spaces).map((space) => ({ kind: "exit", space }) as const),
];

function settle(state: ShareState): void {
  state.contents = state.contents.filter(({ shownBy }) => shownBy.length > 0);
  for (const { shownBy } of state.contents) shownBy.sort((one, other) => one - other);
  state.contents.sort((one, other) => one.shownBy[0]! - other.shownBy[0]!);
}

function hide(state: ShareState, shown: number): void {
  for (const content of state.contents) content.shownBy = content.shownBy.filter((each) => each !== shown);
}

function onPage(state: ShareState, command: PageCommand): Reply {
  const shown = command.space * pages + command.page;
  const content = state.contents.find(({ shownBy }) => shownBy.includes(shown));
  const isFull = state.contents.length === frames;
  if (command.kind === "map") {
    if (content !== undefined) return { kind: "known" };
    if (isFull) return { kind: "no memory" };
    state.contents.push({ value: 0, shownBy: [shown] });
    return { kind: "mapped" };
  }
  if (content === undefined) return { kind: "fault" };
  if (command.kind === "read") return { kind: "value", value: content.value };
  if (command.kind === "write") {
    if (content.shownBy.length > 1) {
      if (isFull) return { kind: "no memory" };
      hide(state, shown);
      state.contents.push({ value: command.value, shownBy: [shown] });
    } else content.value = command.value;
    return { kind: "written" };
  }
  hide(state, shown);
  return { kind: "unmapped" };
}

/** Which pages show the same content. */
export const model: Machine<ShareState, Command, Reply> = {
  ...plain,
  name: "cow-pages",
  schema: {
    ...schema,
    state: z.strictObject({
      alive: z.array(z.boolean()).length(spaces),
      contents: z.array(z.strictObject({
        value: z.int().min(0).max(values - 1),
        shownBy: z.array(z.int().min(0).max(spaces * pages - 1)).max(spaces),
      })).max(frames),
    }),
  },
  starts: [null],
  commands,
  initial: () => ({ alive: below(spaces).map((space) => space === 0), contents: [] }),
  step(state, command) {
    const { alive, contents } = state;
    if (command.kind === "spare") return { kind: "spare", frames: frames - contents.length };
    if (command.kind === "fork") {
      if (!alive[command.parent] || command.as !== alive.indexOf(false)) return undefined;
      alive[command.as] = true;
      for (const page of below(pages)) {
        contents.find(({ shownBy }) => shownBy.includes(command.parent * pages + page))
          ?.shownBy.push(command.as * pages + page);
      }
      settle(state);
      return { kind: "forked" };
    }
    if (!alive[command.space]) return undefined;
    if (command.kind === "exit") {
      // The last space stays.
      if (alive.filter((each) => each).length === 1) return undefined;
      alive[command.space] = false;
      for (const page of below(pages)) hide(state, command.space * pages + page);
      settle(state);
      return { kind: "exited" };
    }
    const reply = onPage(state, command);
    settle(state);
    return reply;
  },
};

function forget(state: TableState, space: number, by: "write" | "unmap" | "exit", rules: PageRules): void {
  if (state.recent !== null && rules.forgets(state.recent, space, by)) state.recent = null;
}

function access(state: TableState, command: PageCommand, rules: PageRules): Reply {
  const { space, page } = command;
  const entry = state.tables[space]![page] ?? null;
  if (command.kind === "map") {
    if (entry !== null) return { kind: "known" };
    const frame = rules.take(state);
    if (frame < 0) return { kind: "no memory" };
    state.tables[space]![page] = { frame, isWritable: true };
    return { kind: "mapped" };
  }
  if (command.kind === "read") {
    const { recent } = state;
    const isRecent = recent !== null && recent.space === space && recent.page === page;
    if (!isRecent && entry === null) return { kind: "fault" };
    const frame = isRecent ? recent.frame : entry!.frame;
    state.recent = { space, page, frame };
    return { kind: "value", value: state.frames[frame]!.value };
  }
  if (entry === null) return { kind: "fault" };
  if (command.kind === "write") {
    if (!entry.isWritable && !rules.unshare(state, entry, rules)) return { kind: "no memory" };
    state.frames[entry.frame]!.value = command.value;
    forget(state, space, "write", rules);
    return { kind: "written" };
  }
  rules.drop(state, entry, "unmap");
  state.tables[space]![page] = null;
  forget(state, space, "unmap", rules);
  return { kind: "unmapped" };
}

/** Page tables and counted frames. */
export function implementation(rules: PageRules): Machine<TableState, Command, Reply> {
  return {
    ...plain,
    name: "cow-pages of counted frames",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({
      tables: below(spaces).map(() => below(pages).map(() => null)),
      frames: below(frames).map(() => ({ references: 0, value: 0 })),
      recent: null,
    }),
    step(state, command) {
      if (command.kind === "spare") {
        return { kind: "spare", frames: state.frames.filter(({ references }) => references === 0).length };
      }
      if (command.kind === "fork") {
        state.tables[command.as] = state.tables[command.parent]!
          .map((entry) => entry === null ? null : rules.share(state, entry));
        return { kind: "forked" };
      }
      if (command.kind !== "exit") return access(state, command, rules);
      for (const entry of state.tables[command.space]!) if (entry !== null) rules.drop(state, entry, "exit");
      state.tables[command.space] = below(pages).map(() => null);
      forget(state, command.space, "exit", rules);
      return { kind: "exited" };
    },
  };
}
