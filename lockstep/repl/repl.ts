/**
 * The exploration REPL: walk a protocol's machine by hand, alone or beside the real implementation.
 *
 * @module
 */
import { bold, dim, green, red, yellow } from "@std/colors";
import { counted } from "../counted.ts";
import { explain, sidesOf, surroundings } from "../check/sides.ts";
import { type CaseFile, checkCase, formatCaseFile } from "../drive/case_file.ts";
import { equal } from "../drive/plain.ts";
import type { AnyMachine } from "../machine.ts";
import type { Protocol } from "../protocol.ts";
import { faceOf, faces } from "../report/faces.ts";
import { oneLine, phrase } from "../report/phrase.ts";
import { programOf, type ProgramOptions } from "../report/program.ts";
import { type Ahead, exploreFrom, goals, wayToGoal } from "./ahead.ts";
import { chooseBeginning } from "./beginning.ts";
import { loadCase, storeText } from "./files.ts";
import type { ReplIo } from "./io.ts";
import {
  diffLines,
  helpLines,
  refusalPhrase,
  stateLines,
  traceLines,
  viewLines,
  whyLines,
  whyMoveLines,
} from "./look.ts";
import { chooseName, completions, matches, moveNamed, moveOf } from "./match.ts";
import { noSuchGoal } from "./no_such_goal.ts";
import { type Move, moveKind, movesOf } from "./outcomes.ts";
import { takeRandomSteps } from "./random_steps.ts";
import { RealSide } from "./real_side.ts";
import { Refusal } from "./refusal.ts";
import { Session } from "./session.ts";
import { allPossibleLines, sight, wayPhrase } from "./sight.ts";
import { Stepper } from "./stepper.ts";
import { openSubject, type ReplSubject } from "./subject.ts";
import { verbOf, verbs } from "./verbs.ts";
import { wholeNumber } from "./whole_number.ts";

const verbNames = verbs.map(({ name }) => name);

/** What follows the last step of a run that goes on for ever. */
function roundPhrase({ loopsTo, steps }: Ahead["violations"][number]["trace"]): string {
  if (loopsTo === undefined) return "";
  return loopsTo === steps.length ? ", then nothing for ever" : `, from step ${loopsTo + 1} on for ever`;
}

class Repl {
  readonly #io: ReplIo;
  readonly #protocol: Protocol;
  readonly #scopeName: string;
  readonly #scope: ReturnType<Protocol["scopes"][string]>;
  readonly #mistake: string | undefined;
  readonly #imports: ProgramOptions;
  readonly #machine: AnyMachine;
  readonly #session: Session;
  readonly #real: RealSide | undefined;
  readonly #stepper: Stepper;
  #explored: Ahead | undefined;
  #ended = false;

  constructor(subject: ReplSubject, io: ReplIo) {
    const { scopeName, scope, machine, target } = openSubject(subject);
    this.#io = io;
    this.#protocol = subject.protocol;
    this.#mistake = subject.mistake;
    this.#imports = subject.imports ?? {};
    this.#scopeName = scopeName;
    this.#scope = scope;
    this.#machine = machine;
    this.#real = target === undefined ? undefined : new RealSide(target);
    this.#session = new Session(machine);
    this.#stepper = new Stepper(this.#session, this.#real, scope.how === undefined ? [] : [scope.what], io);
  }

  async run(file: CaseFile | undefined): Promise<void> {
    using _real = this.#real;
    const beside = this.#real === undefined ? "" : `, beside ${this.#real.target.name}`;
    this.#say(
      `${
        bold(this.#machine.name)
      } (${this.#protocol.name}, scope ${this.#scopeName})${beside}; help lists what can be said`,
    );
    await this.#guarded(() => file === undefined ? this.#begin(this.#session.start) : this.#perform(file));
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
    const possible = this.#session.possible();
    const [first, ...rest] = words;
    const word = first!.startsWith(":") ? first!.slice(1) : first!;
    const verb = verbOf(word);
    // A command of the machine may be called like a verb, or begin like one: in full it is the command, with a colon
    // the verb.
    const meant = first === word &&
      (verb === word
        ? possible.filter(({ move }) => matches(move, words)).length === 1
        : movesOf(this.#machine).some((move) => moveKind(move).startsWith(word)));
    if (verb !== undefined && !meant) {
      return await this.#verb(verb, rest, line.slice(first!.length).trim());
    }
    const refusal = (move: Move): string => refusalPhrase(this.#machine, this.#session.state, move);
    if (await this.#stepper.step(moveOf(this.#machine, possible, words, line, refusal))) this.#show();
  }

  async #verb(verb: string, rest: readonly string[], text: string): Promise<void> {
    const session = this.#session;
    switch (verb) {
      case "help":
        return this.#say(helpLines().join("\n"));
      case "list":
        return this.#list(rest[0]);
      case "state":
        return this.#say(stateLines(session.state).join("\n"));
      case "view":
        return this.#say(viewLines(this.#machine, session.state).join("\n"));
      case "diff":
        return this.#say(diffLines(session).join("\n"));
      case "trace":
        return this.#say(traceLines(session).join("\n"));
      case "why":
        return this.#why(rest, text);
      case "undo":
        return this.#go(Math.max(0, session.at - wholeNumber(rest[0], 1, "a number of steps")));
      case "redo":
        return this.#go(Math.min(session.length, session.at + wholeNumber(rest[0], 1, "a number of steps")));
      case "goto":
        return this.#go(wholeNumber(rest[0], session.at, "a step"));
      case "reset":
        return await this.#reset(rest[0]);
      case "random":
        return await this.#random(rest);
      case "until":
        return await this.#until(text);
      case "explore":
        return await this.#explore(wholeNumber(rest[0], 5, "a number of seconds"));
      case "follow":
        return await this.#follow(wholeNumber(rest[0], 1, "the number of a violation"));
      case "epilogue":
        return await this.#epilogue();
      case "load":
        await this.#perform(loadCase(this.#io, text));
        return this.#show();
      case "save":
        return this.#store(text, formatCaseFile(this.#asCase()));
      case "test":
        return this.#store(text, programOf(this.#asCase(), this.#imports));
      case "report":
        return await this.#report(text);
      case "quit":
        this.#ended = true;
    }
  }

  #list(kind: string | undefined): void {
    const lines = allPossibleLines(this.#session.possible(), kind);
    const none = kind === undefined ? "nothing is possible here" : `no ${oneLine(kind, 60)} is possible here`;
    this.#say(lines.length === 0 ? yellow(`  ${none}`) : lines.join("\n"));
  }

  #why(rest: readonly string[], text: string): void {
    // Where several are meant, one that is possible: whoever asks why "write" can write is not told why not.
    const named = this.#session.possible().find(({ move }) => rest.length > 0 && matches(move, rest))?.move;
    const move = named ?? (rest.length === 0 ? undefined : moveNamed(this.#machine, rest));
    const lines = move === undefined ? whyLines(this.#session, text) : whyMoveLines(this.#session, move);
    this.#say(lines.join("\n"));
  }

  #go(at: number): void {
    this.#session.goto(at);
    this.#stepper.leave();
    this.#show();
  }

  async #begin(start: unknown): Promise<void> {
    this.#session.reset(start, await chooseBeginning(this.#machine, start, this.#io));
    this.#stepper.leave();
  }

  async #reset(word: string | undefined): Promise<void> {
    const { starts } = this.#machine;
    const number = wholeNumber(word, 0, "the number of a start");
    if (number > starts.length) {
      throw new Refusal(`Cannot start at ${number}: the machine has ${counted(starts.length, "start")}`);
    }
    await this.#begin(number === 0 ? this.#session.start : starts[number - 1]);
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
    const seed = wholeNumber(rest[1], Math.floor(Math.random() * 1e9), "a seed");
    const { weights = {} } = this.#scope.walk;
    await takeRandomSteps(this.#session, this.#stepper, { steps, seed, weights, signal: this.#io.signal });
    this.#show();
  }

  async #until(text: string): Promise<void> {
    const names = goals(this.#machine, this.#scope.walk);
    const goal = chooseName(text, names);
    if (goal === undefined) throw new Refusal(noSuchGoal(text, names));
    const way = wayToGoal(this.#machine, this.#scope.walk, this.#session.state, goal);
    this.#say(`  ${goal}: ${wayPhrase(way)}`);
    if (way.kind === "found") {
      await this.#stepper.follow(way.steps);
      this.#show();
    }
  }

  async #explore(seconds: number): Promise<void> {
    const result = await exploreFrom(this.#machine, this.#session.state, {
      maximumMs: seconds * 1_000,
      ...(this.#io.signal === undefined ? {} : { signal: this.#io.signal }),
    });
    this.#explored = result;
    const extent = result.exhausted ? "everything from here" : result.stoppedBy ?? "not everything";
    this.#say(
      `  ${counted(result.states, "state")}, ${
        counted(result.transitions, "transition")
      }, depth ${result.depth}: ${extent}`,
    );
    if (result.violations.length === 0) this.#say(green("  no promise is broken"));
    for (const sentence of result.undecided) this.#say(yellow(`  ${oneLine(sentence)}`));
    result.violations.forEach(({ kind, property, trace }, index) => {
      const steps = `${counted(trace.steps.length, "step")}${roundPhrase(trace)}`;
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
      this.#stepper.leave();
    }
    await this.#stepper.follow(violation.trace.steps);
    this.#show();
  }

  async #epilogue(): Promise<void> {
    const commands = this.#scope.walk.epilogue?.(this.#session.state) ?? [];
    if (commands.length === 0) this.#say("  there is no epilogue here");
    for (const command of commands) {
      if (!await this.#stepper.step({ kind: "command", command })) break;
    }
    this.#show();
  }

  async #perform(file: CaseFile): Promise<void> {
    if (file.protocol !== this.#protocol.name || file.scope !== this.#scopeName) {
      throw new Refusal(
        `Cannot load: the case is of ${oneLine(file.protocol, 60)} scope ${oneLine(file.scope, 60)}, ` +
          `this is ${this.#protocol.name} scope ${this.#scopeName}`,
      );
    }
    checkCase(this.#machine, file);
    await this.#begin(file.start);
    if (file.mistake !== undefined && file.mistake !== this.#mistake) {
      const here = this.#mistake === undefined ? "the correct one" : this.#mistake;
      this.#say(yellow(`  the case is of ${oneLine(file.mistake, 60)}; what is walked here is ${here}`));
    }
    for (const command of file.commands) {
      if (!await this.#stepper.step({ kind: "command", command })) break;
    }
  }

  #asCase(): CaseFile {
    const file = this.#session.asCase(this.#protocol.name, this.#scopeName, this.#mistake);
    const internal = this.#session.taken.some(({ move }) => move.kind === "internal");
    if (internal) this.#say(yellow("  moves that nobody commands are not part of a case"));
    const { parted } = this.#stepper;
    return parted === undefined ? file : { ...file, commands: [...file.commands, parted] };
  }

  #store(path: string, text: string): void {
    storeText(this.#io, path, text);
    this.#say(`  written: ${oneLine(path)}`);
  }

  async #report(path: string): Promise<void> {
    const real = this.#real;
    if (real === undefined) throw new Refusal("Cannot report: there is no real side; begin with --real");
    real.close();
    const report = await explain(sidesOf(this.#scope, real.target), this.#asCase(), {
      ...surroundings(this.#scope, this.#protocol.mistakes.find(({ name }) => name === this.#mistake)),
    });
    const face = faceOf(path);
    this.#store(path, face === "program" ? programOf(report.case, this.#imports) : faces[face](report));
  }
}

/**
 * Runs the REPL until it is told to quit or the input ends.
 *
 * @example A scripted session
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { ticketProtocol } from "../report/sample_for_test.ts";
 * import { ScriptedIo } from "./io.ts";
 * import { repl } from "./repl.ts";
 *
 * const io = new ScriptedIo(["take", "serve"]);
 * await repl({ protocol: ticketProtocol }, io);
 * assertStringIncludes(io.text, "1 given, waiting nobody");
 * ```
 *
 * @throws {RangeError} when scope or mistake are not known, or the mistake has no implementation to walk beside.
 */
export async function repl(subject: ReplSubject, io: ReplIo): Promise<void> {
  await new Repl(subject, io).run(subject.case);
}
