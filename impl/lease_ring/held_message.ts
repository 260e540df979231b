/** A message that the reader has taken and whose bytes it has not given back: a link of the reader's queue. */
export class HeldMessage {
  /** Where it begins in the data. */
  readonly offsetBytes: number;
  /** Its bytes; they go on at 0 past the end of the data. */
  readonly lengthBytes: number;
  /** Where the start goes once this and all older messages are released. */
  readonly endBytes: number;
  /** True once nobody looks at its bytes any more. */
  released = false;
  /** The message that was taken after it. */
  next: HeldMessage | undefined = undefined;

  /** A message that has just been taken. */
  constructor(offsetBytes: number, lengthBytes: number, endBytes: number) {
    this.offsetBytes = offsetBytes;
    this.lengthBytes = lengthBytes;
    this.endBytes = endBytes;
  }
}
