/**
 * The exploration REPL: walk a protocol's machine by hand, alone or beside the real implementation.
 *
 * @module
 */
import { bold, cyan, dim, green, red, yellow } from "@std/colors";
import { explain, sidesOf } from "../check/sides.ts";
import { type CaseFile, checkCase, formatCaseFile, parseCaseFile } from "../drive/case_file.ts";
import { copy, equal } from "../drive/plain.ts";
import type { TraceStep } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine, AnyTarget, DeepReadonly } from "../machine.ts";
import type { Protocol } from "../protocol.ts";
import { changePhrase, changes } from "../report/changes.ts";
import { readEnvironment } from "../report/environment.ts";
import { htmlReport } from "../report/html.tsx";
import { jsonReport } from "../report/json.ts";
import { markdownReport } from "../report/markdown.ts";
import { oneLine, phrase } from "../report/phrase.ts";
import { programOf } from "../report/program.ts";
import { terminalReport } from "../report/terminal.ts";
import { type Ahead, ahead, brokenPromises, goals, nearness, wayToGoal, wayToPossible } from "./ahead.ts";
import type { ReplIo } from "./io.ts";
import { chooseName, commandFromJson, completions, matches, nearest, unknownWords } from "./match.ts";
import { answerPhrase, type Move, moveKind, movePhrase, type Outcome, outcomesOf } from "./outcomes.ts";
import { Random } from "./random.ts";
import { heardPhrase, type RealAnswer, RealSide } from "./real_side.ts";
import { Session } from "./session.ts";
import { allPossibleLines, sight, stateLine, wayPhrase } from "./sight.ts";
import { verbs } from "./verbs.ts";

/** What is walked. */
export interface ReplSubject {
  readonly protocol: Protocol;
  /** Name of the scope; the first one by default. */
  readonly scope?: string;
  /** A known mistake: its implementation with `real`, its mechanism without. */
  readonly mistake?: string;
  /** Perform every step on the real implementation too. */
  readonly real?: boolean;
  /** Perform this case at the beginning. */
  readonly case?: CaseFile;
}

/** A mistake of the person at the keyboard: said, and the REPL goes on. */
class Refusal extends Error {}

const verbNames = verbs.map(({ name }) => name);

function wholeNumber(word: string | undefined, usual: number, what: string): number {
  if (word === undefined) return usual;
  if (!/^\d{1,9}$/.test(word)) {
    throw new Refusal(`Cannot use ${oneLine(word, 40)} as ${what}: must be a whole number`);
  }
  return Number(word);
}

class Repl {
  readonly #io: ReplIo;
  readonly #protocol: Protocol;
  readonly #scopeName: string;
  readonly #scope: ReturnType<Protocol["scopes"][string]>;
  readonly #mistake: string | undefined;
  readonly #machine: AnyMachine;
  readonly #session: Session;
  readonly #real: RealSide | undefined;
  #explored: Ahead | undefined;
  #ended = false;

  constructor(subject: ReplSubject, io: ReplIo) {
    const { protocol, mistake } = subject;
    this.#io = io;
    this.#protocol = protocol;
    this.#scopeName = subject.scope ?? Object.keys(protocol.scopes)[0]!;
    if (!Object.hasOwn(protocol.scopes, this.#scopeName)) {
      throw new RangeError(
        `Cannot open scope ${oneLine(this.#scopeName, 60)}: ${
          nearest(this.#scopeName, Object.keys(protocol.scopes))
        }`,
      );
    }
    this.#scope = protocol.scopes[this.#scopeName]!();
    this.#mistake = mistake;
    const known = protocol.mistakes.find(({ name }) => name === mistake);
    if (mistake !== undefined && known === undefined) {
      throw new RangeError(
        `Cannot open mistake ${oneLine(mistake, 60)}: ${
          nearest(mistake, protocol.mistakes.map(({ name }) => name))
        }`,
      );
    }
    const correct = this.#scope.how ?? this.#scope.what;
    const target: AnyTarget | undefined = known === undefined ? this.#scope.target : known.target?.();
    if (subject.real && target === undefined) {
      throw new RangeError(`Cannot walk beside ${mistake}: it has no implementation`);
    }
    this.#machine = subject.real ? correct : known?.how?.() ?? correct;
    this.#real = subject.real ? new RealSide(target!) : undefined;
    this.#session = new Session(this.#machine);
  }

  async run(file: CaseFile | undefined): Promise<void> {
    using _real = this.#real;
    const beside = this.#real === undefined ? "" : `, beside ${this.#real.target.name}`;
    this.#say(
      `${
        bold(this.#machine.name)
      } (${this.#protocol.name}, scope ${this.#scopeName})${beside}; help lists what can be said`,
    );
    if (file !== undefined) await this.#guarded(() => this.#perform(file));
    this.#show();
    while (!this.#ended) {
      const line = await this.#read("> ");
      if (line === undefined) break;
      const words = line.trim().split(/\s+/).filter((word) => word !== "");
      if (words.length > 0) await this.#guarded(() => this.#obey(words, line.trim()));
    }
  }

  #say(text: string): void {
    this.#io.write(`${text}\n`);
  }

  #read(prompt: string): Promise<string | undefined> {
    return this.#io.read(prompt, (line) =>
      completions(
        line,
        verbNames,
        this.#session.possible().map(({ move }) => move),
        goals(this.#machine, this.#scope.walk),
      ));
  }

  async #guarded(body: () => void | Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#say(red(error instanceof Refusal ? error.message : oneLine(error.message, 1_000)));
    }
  }

  #show(): void {
    const { at, length, state } = this.#session;
    this.#say(sight(this.#machine, { at, length, state }, this.#session.possible(), this.#io.columns));
  }

  async #obey(words: readonly string[], line: string): Promise<void> {
    const [verb, ...rest] = words;
    if (verbNames.includes(verb!)) {
      await this.#verb(verb!, rest, line.slice(verb!.length).trim());
      return;
    }
    const move = this.#moveOf(words, line);
    if (await this.#step(move)) this.#show();
  }

  #moveOf(words: readonly string[], line: string): Move {
    const possible = this.#session.possible();
    if (words.length === 1 && /^\d+$/.test(words[0]!)) {
      const chosen = possible[Number(words[0]) - 1];
      if (chosen === undefined) {
        throw new Refusal(`Cannot take ${oneLine(words[0]!, 20)}: numbers go from 1 to ${possible.length}`);
      }
      return chosen.move;
    }
    if (line.startsWith("{")) {
      const move = commandFromJson(this.#machine, line);
      if (move === undefined) {
        throw new Refusal("Cannot read the command: not a command of this machine as JSON");
      }
      return move;
    }
    const found = possible.map(({ move }) => move).filter((move) => matches(move, words));
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new Refusal(
        `Cannot tell which of ${found.length}: ${found.slice(0, 6).map(movePhrase).join(", ")}`,
      );
    }
    throw new Refusal(this.#whyNoMove(words));
  }

  #whyNoMove(words: readonly string[]): string {
    const known = this.#commandNamed(words);
    if (known !== undefined) {
      return `${movePhrase(known)} is not possible here; why ${movePhrase(known)} says what it waits for`;
    }
    const sameKind = this.#session.possible().filter(({ move }) => moveKind(move) === words[0]);
    return sameKind.length > 0
      ? `Cannot find ${oneLine(words.join(" "), 60)} among ${
        sameKind.map(({ move }) => movePhrase(move)).slice(0, 6).join(", ")
      }`
      : unknownWords(words, verbNames, this.#machine);
  }

  /** A command of the machine, possible or not. */
  #commandNamed(words: readonly string[]): Move | undefined {
    return (this.#machine.commands as readonly AnyCommand[])
      .map((command): Move => ({ kind: "command", command }))
      .find((move) => matches(move, words));
  }

  /** Takes one step; `chosen` decides what is free without asking. Whether it was taken. */
  async #step(move: Move, chosen?: (outcomes: readonly Outcome[]) => Outcome | undefined): Promise<boolean> {
    const outcomes = outcomesOf(this.#machine, this.#session.state, move);
    if (outcomes.length === 0) throw new Refusal(`${movePhrase(move)} is not possible here`);
    const before = this.#session.state;
    this.#parted = undefined;
    let candidates = outcomes;
    if (this.#real !== undefined && move.kind === "command") {
      const agreeing = await this.#besideReal(this.#real, move.command, outcomes);
      if (agreeing === undefined) return false;
      candidates = agreeing;
    }
    const outcome = candidates.length === 1
      ? candidates[0]
      : chosen?.(candidates) ?? await this.#choose(candidates);
    if (outcome === undefined) return false;
    const answer = `${cyan(movePhrase(move))} → ${answerPhrase(outcome.answer)}`;
    this.#say(answer);
    if (outcome.state === undefined) return false;
    this.#session.take(move, outcome);
    const reply = outcome.answer.kind === "replied" ? outcome.answer.reply : undefined;
    const step = {
      before,
      ...(move.kind === "command" ? { command: move.command } : { move: move.name }),
      ...(reply === undefined ? {} : { reply }),
      after: outcome.state,
    };
    for (const name of brokenPromises(this.#machine, step)) {
      this.#say(red(`  ✗ promise broken: ${oneLine(name)}`));
    }
    return true;
  }

  /** Performs the command for real; the outcomes that explain the answer, or `undefined` when none does. */
  async #besideReal(
    real: RealSide,
    command: AnyCommand,
    outcomes: readonly Outcome[],
  ): Promise<readonly Outcome[] | undefined> {
    const before = this.#session.taken.flatMap(({ move }) => move.kind === "command" ? [move.command] : []);
    const { answer, notes } = await real.perform(this.#session.start, before, command);
    for (const note of notes) this.#say(yellow(`  ${note}`));
    const agreeing = outcomes.filter((outcome) => this.#explains(outcome, answer));
    const allowed = [...new Set(outcomes.map((outcome) => answerPhrase(outcome.answer)))].slice(0, 8).join(
      " or ",
    );
    const view = answer.view === undefined ? "" : `, view ${phrase(answer.view)}`;
    if (agreeing.length > 0) {
      this.#say(`  ${green("✓")} real: ${heardPhrase(answer.heard)}${dim(`   machine: ${allowed}`)}`);
      return agreeing;
    }
    const sameAnswer = outcomes.filter(({ answer: { kind, ...rest } }) =>
      equal({ kind, ...rest }, answer.heard)
    );
    this.#say(red(`  ✗ the two sides part at ${phrase(command)}`));
    this.#say(red(`    real:    ${heardPhrase(answer.heard)}${sameAnswer.length > 0 ? view : ""}`));
    this.#say(green(`    allowed: ${sameAnswer.length > 0 ? this.#viewsOf(sameAnswer) : allowed}`));
    this.#say(dim("    the step is not taken; save, test or report keeps it"));
    this.#parted = command;
    real.close();
    return undefined;
  }

  /** The command at which the two sides parted, until another step is taken. */
  #parted: AnyCommand | undefined;

  #viewsOf(outcomes: readonly Outcome[]): string {
    return outcomes.map(({ state }) => `view ${phrase(this.#machine.view!(state as DeepReadonly<unknown>))}`)
      .join(" or ");
  }

  #explains(outcome: Outcome, { heard, view }: RealAnswer): boolean {
    if (heard.kind !== "replied" || outcome.answer.kind !== "replied") return false;
    if (!equal(outcome.answer.reply, heard.reply)) return false;
    if (view === undefined || this.#machine.view === undefined) return true;
    return equal(this.#machine.view(outcome.state as DeepReadonly<unknown>), view);
  }

  async #choose(outcomes: readonly Outcome[]): Promise<Outcome | undefined> {
    const shown = outcomes.slice(0, 50);
    this.#say(yellow(`  ${outcomes.length} outcomes are allowed:`));
    shown.forEach((outcome, index) => {
      const after = outcome.state === undefined ? "" : dim(`   ${stateLine(this.#machine, outcome.state)}`);
      this.#say(`  ${String(index + 1).padStart(5)}  ${answerPhrase(outcome.answer)}${after}`);
    });
    const line = await this.#io.read("which? ", () => []);
    const chosen = shown[Number(line?.trim()) - 1];
    if (chosen === undefined) this.#say(yellow("  none of them: the step is not taken"));
    return chosen;
  }

  async #verb(verb: string, rest: readonly string[], text: string): Promise<void> {
    const session = this.#session;
    switch (verb) {
      case "help":
        return this.#help();
      case "list":
        return this.#say(allPossibleLines(session.possible(), rest[0]).join("\n"));
      case "state":
        return this.#stateFields();
      case "view":
        return this.#view();
      case "diff":
        return this.#diff();
      case "trace":
        return this.#trace();
      case "why":
        return this.#why(rest, text);
      case "undo":
        session.goto(Math.max(0, session.at - wholeNumber(rest[0], 1, "a number of steps")));
        return this.#show();
      case "redo":
        session.goto(Math.min(session.length, session.at + wholeNumber(rest[0], 1, "a number of steps")));
        return this.#show();
      case "goto":
        session.goto(wholeNumber(rest[0], session.at, "a step"));
        return this.#show();
      case "reset":
        return this.#reset(rest[0]);
      case "random":
        return await this.#random(rest);
      case "until":
        return await this.#until(text);
      case "explore":
        return this.#explore(wholeNumber(rest[0], 5, "a number of seconds"));
      case "follow":
        return await this.#follow(wholeNumber(rest[0], 1, "the number of a violation"));
      case "load":
        await this.#perform(this.#loaded(text));
        return this.#show();
      case "save":
        return this.#store(text, formatCaseFile(this.#asCase()));
      case "test":
        return this.#store(text, programOf(this.#asCase()));
      case "report":
        return await this.#report(text);
      case "quit":
        this.#ended = true;
    }
  }

  #help(): void {
    const width = Math.max(...verbs.map(({ usage }) => usage.length));
    for (const { usage, help } of verbs) this.#say(`  ${cyan(usage.padEnd(width))}  ${help}`);
    this.#say(
      dim("  or the number of a command, or a command: its kind and values, or field=value, or JSON"),
    );
  }

  #stateFields(): void {
    const { state } = this.#session;
    const entries = typeof state === "object" && state !== null && !Array.isArray(state)
      ? Object.entries(state)
      : [["state", state]] as const;
    const width = Math.max(...entries.map(([name]) => name.length));
    for (const [name, value] of entries) {
      this.#say(`  ${cyan(oneLine(name, 60).padEnd(width))}  ${phrase(value)}`);
    }
  }

  #view(): void {
    if (this.#machine.view === undefined) throw new Refusal("This machine has no view");
    this.#say(`  ${phrase(this.#machine.view(this.#session.state as DeepReadonly<unknown>))}`);
  }

  #diff(): void {
    const { at } = this.#session;
    if (at === 0) throw new Refusal("Nothing has been done yet");
    const found = changes(this.#session.stateAt(at - 1), this.#session.state);
    this.#say(
      `  ${cyan(movePhrase(this.#session.stepAt(at)!.move))} has changed ${
        found.length === 0 ? "nothing" : ""
      }`.trimEnd(),
    );
    for (const change of found) this.#say(`  ${changePhrase(change)}`);
  }

  #trace(): void {
    this.#say(`      ${dim(stateLine(this.#machine, this.#session.stateAt(0)))}`);
    this.#session.taken.forEach(({ move, outcome, state }, index) => {
      this.#say(
        `  ${String(index + 1).padStart(3)} ${cyan(movePhrase(move))} → ${answerPhrase(outcome.answer)}   ${
          dim(stateLine(this.#machine, state))
        }`,
      );
    });
  }

  #why(rest: readonly string[], text: string): void {
    const { state } = this.#session;
    const move = rest.length === 0 ? undefined : this.#commandNamed(rest);
    if (move !== undefined) return this.#whyMove(move);
    const names = Object.keys(this.#machine.always);
    const one = rest.length === 0 ? undefined : chooseName(text, names);
    if (rest.length > 0 && one === undefined) {
      throw new Refusal(`Cannot find promise or command ${oneLine(text, 60)}: ${nearest(text, names)}`);
    }
    for (const { name, holds, applies, broken, appliesAfter } of nearness(this.#machine, state)) {
      if (one !== undefined && name !== one) continue;
      const mark = !holds ? red("✗") : applies ? green("✓") : yellow("-");
      this.#say(`  ${mark} ${name}`);
      if (!holds) this.#say("      broken here");
      else this.#say(`      can be broken: ${wayPhrase(broken)}`);
      if (appliesAfter !== undefined) {
        this.#say(`      says nothing here; says something: ${wayPhrase(appliesAfter)}`);
      }
    }
  }

  #whyMove(move: Move): void {
    const { state } = this.#session;
    const outcomes = outcomesOf(this.#machine, state, move);
    if (outcomes.length > 0) {
      this.#say(
        `  ${movePhrase(move)} is possible: ${
          outcomes.map(({ answer }) => answerPhrase(answer)).join(" or ")
        }`,
      );
      return;
    }
    this.#say(`  ${movePhrase(move)} is not possible here`);
    for (let at = this.#session.at - 1; at >= 0; at--) {
      if (outcomesOf(this.#machine, this.#session.stateAt(at), move).length === 0) continue;
      const closing = this.#session.stepAt(at + 1)!;
      this.#say(`  it was possible until ${movePhrase(closing.move)} (step ${at + 1}) changed`);
      for (const change of changes(this.#session.stateAt(at), closing.state)) {
        this.#say(`    ${changePhrase(change)}`);
      }
      break;
    }
    const way = wayToPossible(this.#machine, state, move);
    this.#say(`  possible again: ${wayPhrase(way)}`);
    const last = way.kind === "found" ? way.steps.at(-1) : undefined;
    if (way.kind !== "found" || last?.state === undefined) return;
    const beforeLast = way.steps.at(-2)?.state ?? state;
    this.#say("  because the last of these steps changes");
    for (const change of changes(beforeLast, last.state)) this.#say(`    ${changePhrase(change)}`);
  }

  #reset(word: string | undefined): void {
    const { starts } = this.#machine;
    const number = wholeNumber(word, 0, "the number of a start");
    if (number > starts.length) {
      throw new Refusal(`Cannot start at ${number}: there are ${starts.length} starts`);
    }
    this.#session.reset(number === 0 ? this.#session.start : starts[number - 1]);
    if (starts.length > 1) {
      starts.forEach((start: unknown, index: number) => {
        const here = equal(start, this.#session.start) ? "*" : " ";
        this.#say(dim(`  ${here} start ${index + 1}: ${phrase(start)}`));
      });
    }
    this.#show();
  }

  async #random(rest: readonly string[]): Promise<void> {
    const steps = wholeNumber(rest[0], 10, "a number of steps");
    const random = new Random(wholeNumber(rest[1], Math.floor(Math.random() * 1e9), "a seed"));
    const weights: Readonly<Record<string, number | undefined>> = this.#scope.walk.weights ?? {};
    for (let step = 0; step < steps && !this.#io.signal?.aborted; step++) {
      const possible = this.#session.possible();
      const kinds = [...new Set(possible.map(({ move }) => moveKind(move)))]
        .filter((kind) => (weights[kind] ?? 1) > 0);
      if (kinds.length === 0) break;
      const kind = random.weighted(kinds, (name) => weights[name] ?? 1);
      const { move } = random.pick(possible.filter((possibility) => moveKind(possibility.move) === kind));
      if (!await this.#step(move, (outcomes) => random.pick(outcomes))) break;
    }
    this.#show();
  }

  async #until(text: string): Promise<void> {
    const names = goals(this.#machine, this.#scope.walk);
    const goal = chooseName(text, names);
    if (goal === undefined) {
      throw new Refusal(
        text === ""
          ? `until what? ${names.join("; ")}`
          : `Cannot find ${oneLine(text, 60)}: ${nearest(text, names)}`,
      );
    }
    const way = wayToGoal(this.#machine, this.#scope.walk, this.#session.state, goal);
    this.#say(`  ${goal}: ${wayPhrase(way)}`);
    if (way.kind === "found") await this.#takeAll(way.steps);
  }

  /** Takes the steps of a trace; their choices are taken too. */
  async #takeAll(steps: readonly TraceStep<unknown, AnyCommand, unknown>[]): Promise<void> {
    for (const { command, move, state } of steps) {
      const next: Move = command === undefined
        ? { kind: "internal", name: move! }
        : { kind: "command", command };
      if (!await this.#step(next, (outcomes) => outcomes.find((outcome) => equal(outcome.state, state)))) {
        break;
      }
    }
    this.#show();
  }

  #explore(seconds: number): void {
    const result = ahead(this.#machine, copy(this.#session.state), undefined, {
      maximumMs: seconds * 1_000,
      liveness: false,
      ...(this.#io.signal === undefined ? {} : { signal: this.#io.signal }),
    });
    this.#explored = result;
    const extent = result.exhausted ? "everything from here" : result.stoppedBy ?? "not everything";
    this.#say(
      `  ${result.states} states, ${result.transitions} transitions, depth ${result.depth}: ${extent}`,
    );
    if (result.violations.length === 0) this.#say(green("  no promise is broken"));
    result.violations.forEach(({ kind, property, trace }, index) => {
      const steps = `${trace.steps.length} ${trace.steps.length === 1 ? "step" : "steps"}`;
      this.#say(
        red(`  ${index + 1}  ${kind}: ${oneLine(property)}, after ${steps}; follow ${index + 1} takes them`),
      );
    });
  }

  async #follow(number: number): Promise<void> {
    const violation = this.#explored?.violations[number - 1];
    if (violation === undefined) {
      throw new Refusal(`Cannot follow ${number}: explore first, then choose a violation`);
    }
    if (!equal(violation.trace.initial, this.#session.state)) {
      const at = Array.from({ length: this.#session.length + 1 }, (_, index) => index)
        .find((index) => equal(this.#session.stateAt(index), violation.trace.initial));
      if (at === undefined) throw new Refusal(`Cannot follow ${number}: explore from here first`);
      this.#session.goto(at);
    }
    await this.#takeAll(violation.trace.steps);
  }

  #loaded(path: string): CaseFile {
    if (path === "") throw new Refusal("load what? The name of a case file");
    return parseCaseFile(this.#io.readFile(path));
  }

  async #perform(file: CaseFile): Promise<void> {
    if (file.protocol !== this.#protocol.name || file.scope !== this.#scopeName) {
      throw new Refusal(
        `Cannot load: the case is of ${oneLine(file.protocol, 60)} scope ${oneLine(file.scope, 60)}, ` +
          `this is ${this.#protocol.name} scope ${this.#scopeName}`,
      );
    }
    checkCase(this.#machine, file);
    this.#session.reset(file.start);
    for (const command of file.commands) {
      if (!await this.#step({ kind: "command", command })) break;
    }
  }

  #asCase(): CaseFile {
    const file = this.#session.asCase(this.#protocol.name, this.#scopeName, this.#mistake);
    const internal = this.#session.taken.some(({ move }) => move.kind === "internal");
    if (internal) this.#say(yellow("  moves that nobody commands are not part of a case"));
    const parted = this.#parted;
    return parted === undefined ? file : { ...file, commands: [...file.commands, parted] };
  }

  #store(path: string, text: string): void {
    if (path === "") throw new Refusal("Cannot store: the name of a file is missing");
    this.#io.writeFile(path, text);
    this.#say(`  written: ${oneLine(path)}`);
  }

  async #report(path: string): Promise<void> {
    const real = this.#real;
    if (real === undefined) throw new Refusal("Cannot report: there is no real side; begin with --real");
    real.close();
    const { picture } = this.#scope;
    const report = await explain(sidesOf(this.#scope, real.target), this.#asCase(), {
      environment: readEnvironment(),
      ...(picture === undefined ? {} : { picture }),
    });
    const text = path.endsWith(".html")
      ? htmlReport(report)
      : path.endsWith(".md")
      ? markdownReport(report)
      : path.endsWith(".json")
      ? jsonReport(report)
      : `${terminalReport(report)}\n`;
    this.#store(path, text);
  }
}

/**
 * Runs the REPL until it is told to quit or the input ends.
 *
 * @throws {RangeError} when scope or mistake are not known, or the mistake has no implementation to walk beside.
 */
export async function repl(subject: ReplSubject, io: ReplIo): Promise<void> {
  await new Repl(subject, io).run(subject.case);
}
