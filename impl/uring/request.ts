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
  /** Cells that it holds until each one's event. */
  readonly claims: { readonly cell: Cell; readonly until: Lifetime }[] = [];

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

  /** For its ring: gives back the cells whose claim lasts until one of `ended`, or all of them. */
  giveBack(ended?: Lifetime): void {
    const { claims } = this;
    for (let index = claims.length - 1; index >= 0; index--) {
      const { cell, until } = claims[index]!;
      if (ended !== undefined && until !== ended) continue;
      cell.giveBack(this);
      claims.splice(index, 1);
    }
  }
}
