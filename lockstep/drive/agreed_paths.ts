/**
 * What is known to agree: every path of commands that was run, so that no beginning of one is run again.
 *
 * @module
 */

interface Node {
  readonly next: Map<string, Node>;
}

function within(nodes: Map<string, Node>, key: string): Node {
  const known = nodes.get(key);
  if (known !== undefined) return known;
  const node: Node = { next: new Map() };
  nodes.set(key, node);
  return node;
}

/** A tree of the commands that were carried out and agreed, from each start. */
export class AgreedPaths {
  readonly #starts: Map<string, Node> = new Map();

  /** Adds a path: the commands of `keys` agreed one after the other. */
  add(start: string, keys: readonly string[]): void {
    let node = within(this.#starts, start);
    for (const key of keys) node = within(node.next, key);
  }

  /** Whether a path, or a longer one that begins with it, was added. */
  has(start: string, keys: readonly string[]): boolean {
    let node = this.#starts.get(start);
    for (const key of keys) node = node?.next.get(key);
    return node !== undefined;
  }
}
