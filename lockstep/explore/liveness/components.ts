/**
 * Strongly connected components of a part of a graph, without recursion.
 *
 * @module
 */

/** A graph in compressed rows. */
export interface Graph {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
}

/** Memory for {@link components}, reused from call to call over the same graph. */
export class ComponentScratch {
  readonly index: Uint32Array;
  readonly low: Uint32Array;
  readonly stack: Uint32Array;
  readonly call: Uint32Array;
  readonly edge: Uint32Array;
  /** Counts up over all calls, so that `index` need not be cleared. */
  next = 1;

  constructor(states: number) {
    this.index = new Uint32Array(states);
    this.low = new Uint32Array(states);
    this.stack = new Uint32Array(states);
    this.call = new Uint32Array(states);
    this.edge = new Uint32Array(states);
  }
}

/**
 * Tarjan's algorithm over the states of one region: those with `regionOf[state] === region`.
 *
 * @param regionOf Is changed: a state leaves the region, for region 0, once its component is known.
 * @param found Is called with each component, in reverse topological order; the array is valid during the call only.
 */
export function components(
  { offsets, targets }: Graph,
  members: Uint32Array,
  regionOf: Uint32Array,
  region: number,
  scratch: ComponentScratch,
  found: (component: Uint32Array) => void,
): void {
  const { index, low, stack, call, edge } = scratch;
  const first = scratch.next;
  let next = first;
  let height = 0;
  let depth = 0;
  for (const root of members) {
    if (regionOf[root] !== region || index[root]! >= first) continue;
    call[depth++] = root;
    index[root] = low[root] = next++;
    edge[root] = offsets[root]!;
    stack[height++] = root;
    while (depth > 0) {
      const state = call[depth - 1]!;
      const at = edge[state]!;
      if (at < offsets[state + 1]!) {
        edge[state] = at + 1;
        const target = targets[at]!;
        if (regionOf[target] !== region) continue;
        if (index[target]! < first) {
          index[target] = low[target] = next++;
          edge[target] = offsets[target]!;
          stack[height++] = target;
          call[depth++] = target;
        } else if (index[target]! < low[state]!) {
          low[state] = index[target]!;
        }
        continue;
      }
      depth--;
      if (depth > 0) {
        const parent = call[depth - 1]!;
        if (low[state]! < low[parent]!) low[parent] = low[state]!;
      }
      if (low[state] !== index[state]) continue;
      const end = height;
      do regionOf[stack[--height]!] = 0; while (stack[height] !== state);
      found(stack.subarray(height, end));
    }
  }
  scratch.next = next;
}
