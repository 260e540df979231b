/**
 * Programs of the C dialect: one function per thread, whose parameters are pointers to shared memory.
 *
 * Refused: loops, goto, arrays, pointer arithmetic, pointers in shared memory, functions other than those of
 * `<stdatomic.h>`. `*x` is a plain access whatever the declared type of `x`, as in herd.
 *
 * @module
 */
import type { CScope } from "./litmus_c_call.ts";
import { parseExpression } from "./litmus_c_expression.ts";
import type { InitialState } from "./litmus_init.ts";
import type { TextPart } from "./litmus_source.ts";
import { LitmusError, lookUp, quoted, TokenReader } from "./litmus_source.ts";
import type { BinaryOperator, Expression } from "./program.ts";
import type { LocationTable } from "./thread_builder.ts";
import { constant, registerValue, ThreadBuilder } from "./thread_builder.ts";

const typeWord =
  /^(const|volatile|static|unsigned|signed|int|long|short|char|bool|_Bool|void|_Atomic|size_t|u?int\d+_t|u?intptr_t|atomic_\w+|u?int|mtx_t|(__)?u?int128(_t)?)$/;
const compound: Readonly<Record<string, BinaryOperator>> = {
  "+=": "+",
  "-=": "-",
  "|=": "|",
  "&=": "&",
  "^=": "^",
  "*=": "*",
};

const steps: Readonly<Record<string, BinaryOperator>> = { "++": "+", "--": "-" };

/** What can be assigned to. */
type Place = { readonly register: number } | { readonly location: number };

/** Reads statements into the builder of one thread. */
class CThread implements CScope {
  readonly builder: ThreadBuilder = new ThreadBuilder();
  readonly reader: TokenReader;
  readonly #pointers = new Map<string, number>();
  /** Names that are declared where the reader is, block by block. */
  readonly #scopes: Set<string>[] = [];
  /** Jumps to the end of the function. */
  readonly #returns: number[] = [];

  constructor(reader: TokenReader, thread: number, locations: LocationTable, init: InitialState) {
    this.reader = reader;
    const own = init.registers.filter((register) => register.thread === thread);
    const addressOf = (name: string) =>
      own.map((register) => register.name === name ? register.holds : 0).find((holds) =>
        typeof holds !== "number"
      )
        ?.addressOf;
    reader.expect("(");
    if (reader.peek().text === "void" && reader.peek(1).text === ")") reader.take();
    for (let more = reader.peek().text !== ")"; more; more = reader.accept(",")) {
      const { line } = reader.peek();
      const name = this.#parameter(thread);
      if (this.#pointers.has(name)) throw reader.error(`P${thread} has two parameters ${name}`, line);
      this.#pointers.set(name, locations.number(addressOf(name) ?? name));
    }
    reader.expect(")");
    for (const { name, line, holds } of own) {
      if (typeof holds === "number") {
        if (this.#pointers.has(name)) {
          throw new LitmusError(
            reader.file,
            line,
            `${thread}:${name} is a parameter and starts with ${holds}, accepted is the location that it points to`,
          );
        }
        this.builder.register(name, holds);
      } else if (!this.#pointers.has(name)) {
        throw reader.error(`${thread}:${name} is no parameter of P${thread}, ${this.describe()}`, line);
      }
    }
  }

  /** Reads `volatile int* x`, `_Atomic(int)* x` and the like, and answers the name. */
  #parameter(thread: number): string {
    const { reader } = this;
    const { line } = reader.peek();
    let typed = 0;
    while (reader.peek().kind === "word" && /^[\w*(]/.test(reader.peek(1).text)) {
      reader.take();
      typed++;
      // `_Atomic(int)`: the type inside is of no concern.
      if (reader.accept("(")) { while (!reader.accept(")")) reader.word("a type"); }
    }
    const pointer = reader.accept("*");
    while (/^(const|volatile|restrict)$/.test(reader.peek().text)) reader.take();
    if (typed === 0 || !pointer || reader.peek().kind !== "word") {
      throw reader.error(
        `parameter ${quoted(reader.peek())} of P${thread}, accepted is a pointer such as atomic_int* x`,
        line,
      );
    }
    return reader.word("a parameter");
  }

  expression(): Expression {
    return this.reader.nested(() => parseExpression(this));
  }

  pointer(name: string): number | undefined {
    return this.#pointers.get(name);
  }

  describe(): string {
    const pointers = [...this.#pointers.keys()];
    return `there are the parameters ${pointers.join(", ") || "(none)"} and the variables ${
      this.builder.names().join(", ") || "(none)"
    }`;
  }

  /** Reads what stands in a block of its own: what it declares is unknown behind it. */
  #block(read: () => void): void {
    this.#scopes.push(new Set());
    read();
    this.#scopes.pop();
  }

  /** Reads `{ ... }` or one statement. */
  statement(): void {
    const { reader } = this;
    if (reader.accept(";")) return;
    if (reader.accept("{")) {
      this.#block(() => {
        while (!reader.accept("}")) {
          if (reader.peek().kind === "end") throw reader.error("end of file where } is expected");
          reader.nested(() => this.statement());
        }
      });
    } else if (reader.accept("if")) {
      this.#conditional();
    } else if (reader.accept("return")) {
      if (reader.peek().text !== ";") throw reader.error("a thread returns no value");
      this.#returns.push(this.builder.emit({ kind: "jump", to: 0 }));
      reader.expect(";");
    } else if (reader.peek().kind === "word" && reader.peek(1).text === ":") {
      // Without goto a label changes nothing: what follows it is the statement, also of an `if`.
      reader.take();
      reader.take();
      if (reader.peek().text !== "}") reader.nested(() => this.statement());
    } else if (/^(while|for|do|goto|switch|break|continue)$/.test(reader.peek().text)) {
      throw reader.error(
        `${reader.peek().text} is not supported, accepted are declarations, assignments, calls, if/else and return`,
      );
    } else if (typeWord.test(reader.peek().text) && reader.peek(1).text !== "(") {
      this.#declaration();
      reader.expect(";");
    } else {
      this.#assignment();
      reader.expect(";");
    }
  }

  /** Ends the thread behind its last statement. */
  finish(): void {
    const to = this.builder.next;
    for (const at of this.#returns) this.builder.instructions[at] = { kind: "jump", to };
  }

  #conditional(): void {
    const { reader, builder } = this;
    reader.expect("(");
    const condition = parseExpression(this);
    reader.expect(")");
    const skip = builder.emit({ kind: "jumpUnless", condition, to: 0 });
    const branch = () => this.#block(() => reader.nested(() => this.statement()));
    branch();
    if (!reader.accept("else")) {
      builder.instructions[skip] = { kind: "jumpUnless", condition, to: builder.next };
      return;
    }
    const leave = builder.emit({ kind: "jump", to: 0 });
    builder.instructions[skip] = { kind: "jumpUnless", condition, to: builder.next };
    branch();
    builder.instructions[leave] = { kind: "jump", to: builder.next };
  }

  #declaration(): void {
    const { reader, builder } = this;
    while (typeWord.test(reader.peek().text)) reader.take();
    do {
      if (reader.peek().text === "*") throw reader.error("local pointers are not supported");
      const { line } = reader.peek();
      const name = reader.word("a variable");
      // One register has one name: a variable that hides another would be the same one.
      if (this.#pointers.has(name) || this.#scopes.some((scope) => scope.has(name))) {
        throw reader.error(`${name} is declared already, accepted is another name`, line);
      }
      this.#scopes.at(-1)?.add(name);
      if (reader.peek().text === "[") {
        throw reader.error(`the array ${name} is not supported, use one variable per element`);
      }
      const register = builder.register(name);
      if (reader.accept("=")) builder.emit({ kind: "set", register, value: parseExpression(this) });
    } while (reader.accept(","));
  }

  /** Reads what can be assigned to: a variable, or `*x`, `(*x)`, `*(x)`. Undefined = something else begins here. */
  #place(stepped: boolean): Place | undefined {
    const { reader } = this;
    const { line } = reader.peek();
    const inside = reader.peek().text === "(" && reader.peek(1).text === "*";
    if (inside && reader.peek(3).text !== ")") return undefined;
    if (inside) reader.expect("(");
    if (!reader.accept("*")) {
      const assigns = stepped || /^(=|\+\+|--)$/.test(reader.peek(1).text) ||
        lookUp(compound, reader.peek(1).text) !== undefined;
      if (reader.peek().kind !== "word" || !assigns) return undefined;
      const name = reader.word("a variable");
      const register = this.builder.known(name);
      if (register === undefined) throw reader.error(`${name} is not declared, ${this.describe()}`, line);
      return { register };
    }
    const bracketed = reader.accept("(");
    const name = reader.word("a pointer to shared memory");
    if (inside || bracketed) reader.expect(")");
    const location = this.pointer(name);
    if (location === undefined) {
      throw reader.error(`${name} is not a parameter of this thread, ${this.describe()}`, line);
    }
    return { location };
  }

  #read(place: Place): Expression {
    if ("register" in place) return registerValue(place.register);
    const into = this.builder.temporary();
    this.builder.emit({ kind: "load", into, location: place.location, order: "plain" });
    return registerValue(into);
  }

  #write(place: Place, value: Expression): void {
    if ("register" in place) this.builder.emit({ kind: "set", register: place.register, value });
    else this.builder.emit({ kind: "store", location: place.location, value, order: "plain" });
  }

  #assignment(): void {
    const { reader } = this;
    const prefix = lookUp(steps, reader.peek().text);
    if (prefix !== undefined) reader.take();
    const isBare = reader.peek().text === "*";
    const place = this.#place(prefix !== undefined);
    if (place === undefined) {
      const { kind, text } = reader.peek();
      if (prefix !== undefined || (kind !== "word" && text !== "(")) {
        throw reader.error(`${quoted(reader.peek())} where a statement is expected`);
      }
      parseExpression(this);
      return;
    }
    const step = prefix ?? lookUp(steps, reader.peek().text);
    if (step !== undefined) {
      if (isBare && prefix === undefined) {
        throw reader.error(
          `${quoted(reader.peek())} steps the pointer, accepted is (*x)${reader.peek().text}`,
        );
      }
      if (prefix === undefined) reader.take();
      this.#write(place, { kind: "binary", operator: step, left: this.#read(place), right: constant(1) });
      return;
    }
    const operator = lookUp(compound, reader.peek().text);
    if (operator === undefined) reader.expect("=");
    else reader.take();
    const left = operator === undefined ? undefined : this.#read(place);
    const right = parseExpression(this);
    this.#write(
      place,
      operator === undefined || left === undefined ? right : { kind: "binary", operator, left, right },
    );
  }
}

/** Reads the functions of all threads. @throws {import("./litmus_source.ts").LitmusError} */
export function parseC(
  file: string,
  program: TextPart,
  locations: LocationTable,
  init: InitialState,
): ThreadBuilder[] {
  const reader = new TokenReader(file, program);
  const threads: ThreadBuilder[] = [];
  while (reader.peek().kind !== "end") {
    if (reader.accept(";")) continue;
    if (/^(static|void)$/.test(reader.peek().text)) {
      reader.take();
      continue;
    }
    const expected = `P${threads.length}`;
    if (reader.peek().text !== expected) {
      throw reader.error(`${quoted(reader.peek())} where thread ${expected} is expected`);
    }
    reader.take();
    const thread = new CThread(reader, threads.length, locations, init);
    if (reader.peek().text !== "{") throw reader.error(`${quoted(reader.peek())} where { is expected`);
    thread.statement();
    thread.finish();
    threads.push(thread.builder);
  }
  if (threads.length === 0) {
    throw reader.error("no threads, accepted is a function such as P0 (atomic_int* x) { ... }");
  }
  return threads;
}
