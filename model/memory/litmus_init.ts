/**
 * The initial state of a litmus test.
 *
 * @module
 */
import type { TextPart, Token } from "./litmus_source.ts";
import { lookUp, quoted, TokenReader } from "./litmus_source.ts";

/** What the initial state says of one register or parameter: a value, or the location whose address it holds. */
export interface InitialRegister {
  readonly thread: number;
  /** As written. */
  readonly name: string;
  readonly line: number;
  readonly holds: number | { readonly addressOf: string };
}

/** Values of locations and registers; a register or a parameter can also hold the address of a location. */
export interface InitialState {
  readonly locations: ReadonlyMap<string, number>;
  /** Width in bits of the locations that are declared with a type of known width. */
  readonly bits: ReadonlyMap<string, number>;
  readonly registers: readonly InitialRegister[];
}

const widths: Readonly<Record<string, number>> = {
  char: 8,
  int8_t: 8,
  uint8_t: 8,
  short: 16,
  int16_t: 16,
  uint16_t: 16,
  int: 32,
  int32_t: 32,
  uint32_t: 32,
  int64_t: 64,
  uint64_t: 64,
};

/** Whether the token at `ahead` can follow a type: a name, a bracket, a star or a thread. */
function followsType(reader: TokenReader, ahead: number): boolean {
  const { kind, text } = reader.peek(ahead);
  return kind === "word" || kind === "number" || text === "[" || text === "*";
}

/** Takes the words of a type, if one comes first, and answers its width in bits where that is known. */
function typeWidth(reader: TokenReader): number | undefined {
  let bits: number | undefined;
  while (reader.peek().kind === "word" && followsType(reader, 1)) {
    // `y[2]` is an array, not the type y before a name in brackets.
    if (reader.peek(1).text === "[" && reader.peek(2).kind === "number") break;
    bits = lookUp(widths, reader.take().text) ?? bits;
  }
  // What a pointer points to says nothing about its own width.
  while (reader.accept("*")) bits = undefined;
  return bits;
}

function register(reader: TokenReader, thread: number, line: number): InitialRegister {
  reader.accept("%");
  const name = reader.word("a register");
  const assigned = reader.accept("=");
  if (assigned && (reader.peek().text === "&" || reader.peek().kind === "word")) {
    reader.accept("&");
    return { thread, name, line, holds: { addressOf: reader.word("a location") } };
  }
  return { thread, name, line, holds: assigned ? reader.number("a value") : 0 };
}

/** The thread of `0:` or `P0:`, which is taken, or undefined. */
function threadPrefix(reader: TokenReader): number | undefined {
  const thread = /^P?(\d+)$/.exec(reader.peek().text);
  if (thread === null || reader.peek(1).text !== ":") return undefined;
  reader.take();
  reader.take();
  return Number(thread[1]);
}

/** Reads `x=1; [y]=2; 0:EAX=1; 1:rsi=x; uint64_t z;`. @throws {import("./litmus_source.ts").LitmusError} */
export function parseInit(file: string, part: TextPart): InitialState {
  const reader = new TokenReader(file, part);
  const locations = new Map<string, number>();
  const bits = new Map<string, number>();
  const registers: InitialRegister[] = [];
  while (reader.peek().kind !== "end") {
    if (reader.accept(";") || reader.accept(",")) continue;
    const width = typeWidth(reader);
    const first: Token = reader.peek();
    const thread = threadPrefix(reader);
    if (thread !== undefined) {
      registers.push(register(reader, thread, first.line));
    } else {
      const location = locationName(reader);
      if (width !== undefined) bits.set(location, width);
      if (!reader.accept("=")) locations.set(location, locations.get(location) ?? 0);
      else locations.set(location, initialValue(reader, location));
    }
    if (reader.peek().kind !== "end" && reader.peek().text !== ";" && reader.peek().text !== ",") {
      throw reader.error(`${quoted(reader.peek())} in the initial state where ; is expected`);
    }
  }
  return { locations, bits, registers };
}

function locationName(reader: TokenReader): string {
  const bracketed = reader.accept("[");
  if (lookUp(widths, reader.peek().text) !== undefined) {
    throw reader.error(
      `no location follows the type ${reader.peek().text}, accepted is ${reader.peek().text} x`,
    );
  }
  const location = reader.word("a location (x or [x]) or a register (0:EAX)");
  if (bracketed) reader.expect("]");
  if (reader.peek().text === "[") {
    throw reader.error(`the array ${location} is not supported, use one location per element`);
  }
  return location;
}

function initialValue(reader: TokenReader, location: string): number {
  if (reader.peek().kind === "word" || reader.peek().text === "&" || reader.peek().text === "{") {
    throw reader.error(
      `${location} starts with ${
        quoted(reader.peek())
      }, accepted is a number; locations do not hold addresses`,
    );
  }
  return reader.number("a value");
}
