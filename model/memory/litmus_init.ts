/**
 * The initial state of a litmus test.
 *
 * @module
 */
import type { TextPart } from "./litmus_source.ts";
import { quoted, TokenReader } from "./litmus_source.ts";

/** Values of locations and registers; a register or a parameter can also hold the address of a location. */
export interface InitialState {
  readonly locations: ReadonlyMap<string, number>;
  /** By thread and name as written, `0:EAX`. */
  readonly registers: ReadonlyMap<string, number>;
  /** By thread and name as written, the location whose address it holds. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** Reads `x=1; [y]=2; 0:EAX=1; 1:rsi=x; uint64_t z;`. @throws {import("./litmus_source.ts").LitmusError} */
export function parseInit(file: string, part: TextPart): InitialState {
  const reader = new TokenReader(file, part);
  const locations = new Map<string, number>();
  const registers = new Map<string, number>();
  const addresses = new Map<string, string>();
  while (reader.peek().kind !== "end") {
    if (reader.accept(";") || reader.accept(",")) continue;
    // A type may come first: every word that is followed by a word, a bracket, a star or a thread.
    while (
      reader.peek().kind === "word" &&
      (/^[A-Za-z_\[*]/.test(reader.peek(1).text) || reader.peek(1).kind === "number")
    ) {
      if (reader.peek(1).kind === "end" || reader.peek(1).text === "[" && reader.peek(2).kind === "number") {
        break;
      }
      reader.take();
    }
    while (reader.accept("*"));
    const thread = /^P?(\d+)$/.exec(reader.peek().text);
    if (thread !== null && reader.peek(1).text === ":") {
      reader.take();
      reader.take();
      reader.accept("%");
      const key = `${Number(thread[1])}:${reader.word("a register")}`;
      if (!reader.accept("=")) registers.set(key, 0);
      else if (reader.accept("&") || reader.peek().kind === "word") {
        addresses.set(key, reader.word("a location"));
      } else registers.set(key, reader.number("a value"));
    } else {
      const bracketed = reader.accept("[");
      const location = reader.word("a location (x or [x]) or a register (0:EAX)");
      if (bracketed) reader.expect("]");
      if (reader.peek().text === "[") {
        throw reader.error(`the array ${location} is not supported, use one location per element`);
      }
      const value = reader.accept("=") ? initialValue(reader, location) : 0;
      locations.set(location, value);
    }
    if (reader.peek().kind !== "end" && reader.peek().text !== ";" && reader.peek().text !== ",") {
      throw reader.error(`${quoted(reader.peek())} in the initial state where ; is expected`);
    }
  }
  return { locations, registers, addresses };
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
