/**
 * Ctrl-C: the first asks for a truthful partial result, the second ends at once.
 *
 * @module
 */
import { exitCode } from "./exit_code.ts";

/** A flag that Ctrl-C sets while the object lives. */
export class Interrupt implements Disposable {
  aborted = false;
  readonly #listener = (): void => {
    if (this.aborted) Deno.exit(exitCode.interrupted);
    this.aborted = true;
  };

  constructor() {
    Deno.addSignalListener("SIGINT", this.#listener);
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#listener);
  }
}
