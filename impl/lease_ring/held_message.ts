/** A message that the reader has taken and whose bytes it has not given back: a link of the reader's queue. */
export class HeldMessage {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Where the start goes once this and all older messages are released. */
  readonly endBytes: number;
  released = false;
  next: HeldMessage | undefined = undefined;

  constructor(offsetBytes: number, lengthBytes: number, endBytes: number) {
    this.offsetBytes = offsetBytes;
    this.lengthBytes = lengthBytes;
    this.endBytes = endBytes;
  }
}
