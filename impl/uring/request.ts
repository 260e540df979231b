/**
 * One request and the cells that it has been handed.
 *
 * @module
 */
import type { Lifetime } from "./lifetime.ts";
import type { Operation } from "./operation.ts";
import type { Cell, Holder } from "./pool.ts";

/** A request between its preparation and its last completion; afterwards only its name and kind mean something. */
export class Request implements Holder {
  readonly operation: Operation;
  /** The ring's word for it in entries and completions. */
  readonly slot: number;
  readonly #sequence: number;
  /** Whether its last completion has been read. */
  done = false;
  /** Place of its entry among all that were ever prepared, modulo 2^32. */
  entryIndex = 0;
  /** Whether it was handed a cell that comes back when its entry is fetched. */
  awaitsFetch = false;
  /** Most requests hold one cell: it costs no list. */
  #first: Cell | undefined;
  #others: Cell[] | undefined;

  /** Made by its ring. */
  constructor(operation: Operation, slot: number, sequence: number) {
    this.operation = operation;
    this.slot = slot;
    this.#sequence = sequence;
  }

  /** For sentences: the operation and a running number, for example `accept #3`. */
  get name(): string {
    return `${this.operation.kind} #${this.#sequence}`;
  }

  /** For its ring: hands `cell` to this request. @throws {TypeError} when it is not the application's */
  claim(cell: Cell, until: Lifetime): void {
    cell.lend(this, until);
    if (until === "until-submit") this.awaitsFetch = true;
    if (this.#first === undefined) this.#first = cell;
    else (this.#others ??= []).push(cell);
  }

  /** For its ring: gives back all its cells. */
  giveBackAll(): void {
    if (this.#first !== undefined) this.#first.giveBack(this);
    if (this.#others !== undefined) { for (const cell of this.#others) cell.giveBack(this); }
  }

  /** For its ring: gives back the cells whose claim lasts until its entry is fetched. */
  giveBackFetched(): void {
    if (this.#isUntilSubmit(this.#first)) this.#first!.giveBack(this);
    this.#others?.forEach((cell) => this.#isUntilSubmit(cell) && cell.giveBack(this));
  }

  #isUntilSubmit(cell: Cell | undefined): boolean {
    return cell !== undefined && cell.until === "until-submit" && cell.holder === this;
  }
}
