/**
 * The transitions of a search in compressed rows: what deciding liveness needs and nothing else does.
 *
 * @module
 */

function grown<Column extends Uint8Array | Uint16Array | Uint32Array>(
  column: Column,
  length: number,
): Column {
  if (length <= column.length) return column;
  const larger = new (column.constructor as new (length: number) => Column)(
    Math.max(length, column.length * 2),
  );
  larger.set(column);
  return larger;
}

/** The edges of each state, in the order in which states are expanded. */
export class EdgeStore {
  #offsets: Uint32Array = new Uint32Array(1024);
  #targets: Uint32Array = new Uint32Array(4096);
  #moves: Uint16Array = new Uint16Array(4096);
  #incomplete: Uint8Array = new Uint8Array(1024);
  #count = 0;
  readonly #mayGrow: (bytes: number) => boolean;
  #isFull = false;
  /** States whose edges are here, those of the last one perhaps not all. */
  expanded = 0;

  /** @param mayGrow Whether as many bytes may be taken for a while; if not, no more edges are kept. */
  constructor(mayGrow: (bytes: number) => boolean = () => true) {
    this.#mayGrow = mayGrow;
  }

  /** Begins the edges of the next state. */
  begin(): void {
    if (this.#isFull || this.expanded + 2 > this.#offsets.length && !this.#mayTake(1, 0)) return;
    this.#offsets = grown(this.#offsets, this.expanded + 2);
    this.#offsets[this.expanded++] = this.#count;
    this.#offsets[this.expanded] = this.#count;
  }

  /** Adds an edge of the state that was begun last. */
  add(target: number, move: number): void {
    if (this.#isFull) return;
    if (this.#count === this.#targets.length) {
      if (!this.#mayTake(0, 1)) return;
      this.#targets = grown(this.#targets, this.#count + 1);
      this.#moves = grown(this.#moves, this.#count + 1);
    }
    this.#targets[this.#count] = target;
    this.#moves[this.#count] = move;
    this.#offsets[this.expanded] = ++this.#count;
  }

  /** Whether so many states and edges more are kept without growing. */
  hasRoom(states: number, edges: number): boolean {
    return !this.#isFull && this.expanded + 1 + states <= this.#offsets.length &&
      this.#count + edges <= this.#targets.length;
  }

  /** Asks whether columns may become twice as long, those of states or those of edges. */
  #mayTake(states: number, edges: number): boolean {
    const { offsets, targets, moves } = this.columns;
    const more = 2 * (states * offsets.byteLength + edges * (targets.byteLength + moves.byteLength));
    if (this.#mayGrow(this.bytes + more)) return true;
    this.#isFull = true;
    if (edges > 0) this.markIncomplete(this.expanded - 1);
    return false;
  }

  /** Notes that a state has moves whose results are not here. */
  markIncomplete(state: number): void {
    this.#incomplete = grown(this.#incomplete, state + 1);
    this.#incomplete[state] = 1;
  }

  /** Whether all moves of a state are here as edges. */
  isComplete(state: number): boolean {
    return state < this.expanded && this.#incomplete[state] !== 1;
  }

  /** Columns to read from: `targets` and `moves` of state `s` are from `offsets[s]` to before `offsets[s + 1]`. */
  get columns(): {
    readonly offsets: Uint32Array;
    readonly targets: Uint32Array;
    readonly moves: Uint16Array;
  } {
    return { offsets: this.#offsets, targets: this.#targets, moves: this.#moves };
  }

  get bytes(): number {
    const { offsets, targets, moves } = this.columns;
    return offsets.byteLength + targets.byteLength + moves.byteLength + this.#incomplete.byteLength;
  }
}
