/**
 * What the chunks of a search have found, in memory that all its threads see.
 *
 * @module
 */

/** How much one chunk may find; what does not fit is done in another way. */
export const chunkLimits = { candidates: 4096, edges: 32_768, reasons: 32 } as const;

/** What a store's threads have to agree upon. */
export interface ChunkShape {
  /** 32-bit words per state. */
  readonly words: number;
  /** Moves of the machine. */
  readonly moves: number;
  /** Whether all transitions are kept, not only those to states that may be new. */
  readonly keepsEdges: boolean;
  /** Chunks that may be under way at the same time. */
  readonly slots: number;
}

/** Where one chunk at a time leaves what it finds. */
export interface Chunk {
  /** `words` each: states that were not in the store, once each, in the order in which they were found. */
  readonly states: Int32Array;
  readonly hashes: Int32Array;
  /** The state that each was first reached from. */
  readonly parents: Int32Array;
  readonly moves: Int32Array;
  /** Of all transitions in order: the number of the state that each leads to, or `-1 - n` for the n-th new one. */
  readonly edgeTargets: Int32Array;
  readonly edgeMoves: Int32Array;
  /** The state that each comes from. */
  readonly edgeParents: Int32Array;
  /** How often each move was carried out. */
  readonly taken: Int32Array;
  /** How often each reason ended a path, numbered as its worker has met them. */
  readonly cuts: Int32Array;
}

/** Columns for all chunks that may be under way. */
export class Chunks {
  readonly slots: readonly Chunk[];

  /** @param memory Shared by all; see {@link Chunks.bytes}. */
  constructor(memory: SharedArrayBuffer, { words, moves, keepsEdges, slots }: ChunkShape) {
    const { candidates, edges, reasons } = chunkLimits;
    const edgeCount = keepsEdges ? edges : 0;
    let at = 0;
    const column = (length: number): Int32Array => {
      const taken = new Int32Array(memory, at * 4, length);
      at += length;
      return taken;
    };
    this.slots = Array.from({ length: slots }, () => ({
      states: column(candidates * words),
      hashes: column(candidates),
      parents: column(candidates),
      moves: column(candidates),
      edgeTargets: column(edgeCount),
      edgeMoves: column(edgeCount),
      edgeParents: column(edgeCount),
      taken: column(moves),
      cuts: column(reasons),
    }));
  }

  /** The memory that the columns take. */
  static bytes({ words, moves, keepsEdges, slots }: ChunkShape): number {
    const { candidates, edges, reasons } = chunkLimits;
    return slots * 4 * (candidates * (words + 3) + (keepsEdges ? 3 * edges : 0) + moves + reasons);
  }
}
