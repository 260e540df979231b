/**
 * What holds in every state and for every step of the memory manager.
 *
 * @module
 */
import type { Invariants, Machine, Step } from "../../lockstep/machine.ts";
import type { CommandOf, SharedBufferCommand, SharedBufferReply } from "./command.ts";
import { everySurvivor, isFinal, mayReach, mayReachPage, sameBuffer, sameView } from "./reach.ts";
import { cellsPerPage, descriptionOf, look, sealBits, type SharedBufferState } from "./state.ts";

type SharedBufferMachine = Machine<SharedBufferState, SharedBufferCommand, SharedBufferReply>;

/** What a promise is about: a scope without such commands would never see it put to the test. */
type Needs = (commands: readonly SharedBufferCommand[]) => boolean;

function has(...kinds: readonly SharedBufferCommand["kind"][]): Needs {
  return (commands) => commands.some(({ kind }) => kinds.includes(kind));
}

function all(...needs: readonly Needs[]): Needs {
  return (commands) => needs.every((need) => need(commands));
}

const seals = has("addSeals", "freezeShared", "bufferToFd");
const copies = all(has("store"), has("mmap", "openShared"));
const maps = has("mmap", "allocateShared");

/** What is left out where the commands of a scope can not bring it about. */
const needs: Readonly<Record<string, Needs>> = {
  "a write-sealed file has no page through which it could be written": seals,
  "a private copy does not outlive its page of the file": copies,
  "the contents of a file sealed against writing and shrinking never change": seals,
  "private memory changes only by a store to it or a mapping in its place": has(
    "mmapAnonymous",
    "mmap",
    "openShared",
  ),
  "an operation that fails leaves the buffer as it was": has("shareInPlace"),
  "sharing in place keeps every byte of the pages it replaces": has("shareInPlace"),
  "what freezing has answered for is sealed": has("freezeShared"),
  "what is opened as stable is sealed against writing and shrinking": has("openShared"),
  "only the name of one's own file is removed": has("removeNamed"),
  "a private copy differs from its file": copies,
  "a mapping has left something past the end of a file": all(has("store"), maps),
  "a page of a mapping lies past the end of its file": has("mmap"),
  "a file that takes no new writers still has one": all(
    has("mmap"),
    (commands) =>
      commands.some((command) => command.kind === "addSeals" && command.seals & sealBits.futureWrite),
  ),
  "a file is mapped that nobody can open any more": all(maps, has("close")),
  "an access ends in SIGSEGV": has("load", "store"),
  "an access ends in SIGBUS": all(has("load", "store"), has("mmap")),
  "a write comes short": (commands) =>
    commands.some((command) =>
      (command.kind === "write" || command.kind === "writeFrom") && command.cells > 1
    ),
  "a seal is refused because somebody could still write": all(maps, has("addSeals", "freezeShared")),
};

function about<Promise>(
  promises: Readonly<Record<string, Promise>>,
  commands: readonly SharedBufferCommand[],
): Readonly<Record<string, Promise>> {
  return Object.fromEntries(Object.entries(promises).filter(([name]) => needs[name]?.(commands) ?? true));
}

/** The promises that a scope with these commands puts to the test. */
export function promisesAbout(
  commands: readonly SharedBufferCommand[],
): Pick<SharedBufferMachine, "always" | "sometimes" | "everyStep" | "someStep"> {
  return {
    always: about(always, commands),
    sometimes: about(sometimes, commands),
    everyStep: about(everyStep, commands),
    someStep: about(someStep, commands),
  };
}

/** Holds in every state. */
const always: Invariants<SharedBufferState> = {
  "a write-sealed file has no page through which it could be written": {
    when: (state) => state.objects.some((object) => object.seals & sealBits.write),
    then: (state) =>
      state.pages.every((page) =>
        !page.shared || !page.mayWrite || (state.objects[page.holds]!.seals & sealBits.write) === 0
      ),
  },
  "a private copy does not outlive its page of the file": {
    when: (state) => state.pages.some((page) => page.copied && page.holds >= 0),
    then: (state) =>
      state.pages.every((page) =>
        page.holds < 0 || !page.copied || page.filePage * cellsPerPage < state.objects[page.holds]!.cells
      ),
  },
  "a page that can be written may be written": (state) =>
    state.pages.every((page) => page.protection !== "write" || page.mayWrite),
  "whatever is named or open exists": (state) =>
    [...state.names, ...state.descriptions.map((description) => description.object)]
      .every((index) => index < 0 || state.objects[index]!.kind !== "none"),
};

/** Must be reached, or exploring proves less than it seems. */
const sometimes: Invariants<SharedBufferState> = {
  "a private copy differs from its file": (state) =>
    state.pages.some((page) =>
      page.copied && page.holds >= 0 &&
      page.cells.some((value, index) =>
        value !== state.objects[page.holds]!.contents[page.filePage * cellsPerPage + index]
      )
    ),
  "a mapping has left something past the end of a file": (state) =>
    state.objects.some((object) =>
      object.contents.some((value, index) => index >= object.cells && value > 0)
    ),
  "a page of a mapping lies past the end of its file": (state) =>
    state.pages.some((_, page) => {
      return look(state, page * cellsPerPage) === "SIGBUS";
    }),
  "a file that takes no new writers still has one": (state) =>
    state.pages.some((page) =>
      page.shared && page.mayWrite && state.objects[page.holds]!.seals & sealBits.futureWrite
    ),
  "a file is mapped that nobody can open any more": (state) =>
    state.pages.some((page) =>
      page.holds >= 0 && !state.names.includes(page.holds) &&
      state.descriptions.every((description) => description.object !== page.holds)
    ),
};

/** Calls that may leave something behind although they fail. */
const leavesTraces: readonly SharedBufferCommand["kind"][] = [
  "mmap",
  "mprotect",
  "writeFrom",
  "shareInPlace",
];

/** Holds for every step. */
const everyStep: Invariants<Step<SharedBufferState, SharedBufferCommand, SharedBufferReply>> = {
  "contents change only by a store, a write or a truncation that reaches them": (step) =>
    everySurvivor(
      step,
      (index) =>
        step.before.objects[index]!.contents.every((value, cell) =>
          value === step.after.objects[index]!.contents[cell] || mayReach(step, index, cell)
        ),
    ),
  "private memory changes only by a store to it or a mapping in its place": {
    when: (step) => step.before.pages.some((page) => page.copied),
    then: (step) =>
      step.before.pages.every((page, index) => {
        const after = step.after.pages[index]!;
        return !page.copied || !after.copied || page.cells.every((value, cell) =>
          value === after.cells[cell]
        ) ||
          mayReachPage(step, index);
      }),
  },
  "seals are never taken off": (step) =>
    everySurvivor(
      step,
      (index) => (step.before.objects[index]!.seals & ~step.after.objects[index]!.seals) === 0,
    ),
  "the contents of a file sealed against writing and shrinking never change": {
    when: (step) => !everySurvivor(step, (index) => !isFinal(step.before, index)),
    then: (step) =>
      everySurvivor(step, (index) => {
        const { cells, contents } = step.before.objects[index]!;
        const after = step.after.objects[index]!.contents;
        return !isFinal(step.before, index) ||
          contents.every((value, cell) => cell >= cells || value === after[cell]);
      }),
  },
  "a file sealed against shrinking or growing does neither": (step) =>
    everySurvivor(step, (index) => {
      const [before, after] = [step.before.objects[index]!, step.after.objects[index]!];
      return (!(before.seals & sealBits.shrink) || after.cells >= before.cells) &&
        (!(before.seals & sealBits.grow) || after.cells <= before.cells);
    }),
  "a name goes on meaning the file it was given to": (step) =>
    step.before.names.every((index, name) => {
      return index < 0 || step.after.names[name] === index || step.after.names[name] === -1;
    }),
  "what fails changes nothing that can be seen, except where a part was already done": {
    when: (step) => step.reply?.kind === "error" || step.reply?.kind === "refused",
    then: (step) => leavesTraces.includes(step.command!.kind) || sameView(step.before, step.after),
  },
  "an operation that fails leaves the buffer as it was": {
    when: (step) => step.command?.kind === "shareInPlace" && step.reply?.kind !== "done",
    then: (step) => sameBuffer(step),
  },
  "sharing in place keeps every byte of the pages it replaces": {
    when: (step) => step.command?.kind === "shareInPlace" && step.reply?.kind === "done",
    then: (step) => {
      const { at, cells } = step.command as CommandOf<"shareInPlace">;
      const end = Math.ceil((at + cells) / cellsPerPage) * cellsPerPage;
      for (let cell = at - at % cellsPerPage; cell < end; cell++) {
        if (look(step.before, cell) !== look(step.after, cell)) return false;
      }
      return true;
    },
  },
  "what freezing has answered for is sealed": {
    when: (step) => step.command?.kind === "freezeShared" && step.reply?.kind === "done",
    then: (step) => {
      const { object } = descriptionOf(step.after, (step.command as CommandOf<"freezeShared">).fd)!;
      return isFinal(step.after, object);
    },
  },
  "only the name of one's own file is removed": {
    when: (step) => step.command?.kind === "removeNamed" && step.reply?.kind === "done",
    then: (step) => {
      const { fd, name } = step.command as CommandOf<"removeNamed">;
      return step.before.names[name] === descriptionOf(step.before, fd)!.object;
    },
  },
  "what is opened as stable is sealed against writing and shrinking": {
    when: (step) => step.reply?.kind === "opened" && step.reply.stable,
    then: (step) => {
      return isFinal(
        step.after,
        descriptionOf(step.after, (step.command as CommandOf<"openShared">).fd)!.object,
      );
    },
  },
};

/** Must happen, or exploring proves less than it seems. */
const someStep: Invariants<Step<SharedBufferState, SharedBufferCommand, SharedBufferReply>> = {
  "an access ends in SIGSEGV": ({ reply }) => reply?.kind === "fault" && reply.signal === "SIGSEGV",
  "an access ends in SIGBUS": ({ reply }) => reply?.kind === "fault" && reply.signal === "SIGBUS",
  "a write comes short": ({ command, reply }) =>
    (command?.kind === "write" || command?.kind === "writeFrom") && reply?.kind === "count" &&
    reply.cells < command.cells,
  "a seal is refused because somebody could still write": ({ reply }) =>
    reply?.kind === "error" && reply.errno === "EBUSY",
};
