/** A mistake of the person at the keyboard: said, and the REPL goes on. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
