/**
 * The other side of a lease ring has done something that no correct peer does, or is gone.
 *
 * What it left in the shared area is not used: the call that noticed has changed nothing.
 */
export class PeerError extends Error {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "PeerError";
}
