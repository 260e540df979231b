/**
 * System calls that are refused to this thread and to every process that it starts: a machine that offers less, on one
 * that offers more.
 *
 * Run as a program, it runs another one there: `deno run -A ffi/refusal.ts io_uring deno test impl/uring`.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/seccomp.2.html}
 * @module
 */
import { checked } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
});

const [PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER] = [22, 38, 2n];
const [RET_ALLOW, RET_ERRNO] = [0x7fff_0000, 0x0005_0000];

/** What can be refused: rings and zero-copy sockets. */
export type Refusal = "io_uring" | "zero-copy";

/** The system call (x86-64), the value of its third argument that is meant, and the errno that it answers. */
interface Rule {
  readonly call: number;
  readonly thirdArgument?: number;
  readonly errno: number;
}

const rules: Readonly<Record<Refusal, Rule>> = {
  "io_uring": { call: 425, errno: 1 }, // io_uring_setup answers EPERM
  "zero-copy": { call: 54, thirdArgument: 60, errno: 92 }, // setsockopt(SO_ZEROCOPY) answers ENOPROTOOPT
};

/** One instruction of a filter: code, the ways to go on, and a constant. */
function instruction(code: number, constant: number, otherwise: number = 0): bigint {
  return BigInt(code) | BigInt(otherwise) << 24n | BigInt(constant) << 32n;
}

const [LOAD, JUMP_IF_EQUAL, RETURN] = [0x20, 0x15, 0x06];

function filterOf({ call, thirdArgument, errno }: Rule): BigUint64Array<ArrayBuffer> {
  // Offsets are those of `struct seccomp_data`: the call's number, the low half of the third argument.
  const narrower = thirdArgument === undefined
    ? []
    : [instruction(LOAD, 32), instruction(JUMP_IF_EQUAL, thirdArgument, 1)];
  return new BigUint64Array([
    instruction(LOAD, 0),
    instruction(JUMP_IF_EQUAL, call, narrower.length + 1),
    ...narrower,
    instruction(RETURN, RET_ERRNO | errno),
    instruction(RETURN, RET_ALLOW),
  ]);
}

/** Refuses from now on, for ever: there is no way back for this thread. @throws {ErrnoError} */
export function refuse(refusal: Refusal): void {
  const at = (words: BigUint64Array<ArrayBuffer>): bigint =>
    Deno.UnsafePointer.value(Deno.UnsafePointer.of(words));
  const filter = filterOf(rules[refusal]);
  const program = new BigUint64Array([BigInt(filter.length), at(filter)]);
  checked("give up new privileges", libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n));
  checked(`refuse ${refusal}`, libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, at(program), 0n, 0n));
}

if (import.meta.main) {
  const [refusal, command, ...args] = Deno.args;
  if (refusal === undefined || !Object.hasOwn(rules, refusal) || command === undefined) {
    throw new RangeError(
      `Cannot refuse ${refusal}: must be one of ${Object.keys(rules).join(", ")}, then a command`,
    );
  }
  refuse(refusal as Refusal);
  // Started by this thread, and therefore refused as well.
  const { code } = new Deno.Command(command, { args, stdin: "null", stdout: "inherit", stderr: "inherit" })
    .outputSync();
  Deno.exit(code);
}
