/**
 * A final length taken for final contents: SHRINK and GROW do not stop a hole from being punched, which zeroes what
 * was already checked.
 *
 * Source: `F_GET_SEALS(2const)`: only WRITE and FUTURE_WRITE stop it.
 *
 * @module
 */
import { getSealsCall } from "../../ffi/file_calls.ts";
import { fixedLength, operations, type SharedBufferOperations } from "../shared_buffer/operations.ts";

/** The operations with this one changed. */
export const punchHolePastLengthSeals: Partial<SharedBufferOperations> = {
  open(fd, place) {
    const opened = operations.open(fd, place);
    if (typeof opened !== "object") return opened;
    return { ...opened, stable: (getSealsCall(fd) & fixedLength) === fixedLength };
  },
};
