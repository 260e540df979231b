/**
 * What the suite says on a machine that offers less: tests run once more where something is refused to them, and each
 * that needs it is skipped with the reason instead of failing.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { skipUnless } from "../ffi/skip_unless.ts";

const root = new URL("..", import.meta.url).pathname;
const refusal = `${root}ffi/refusal.ts`;

/** Runs `deno test` behind `launcher`, which takes something away. */
async function tested(
  launcher: readonly string[],
  files: readonly string[],
  filter = "/./",
): Promise<{ readonly code: number; readonly said: string }> {
  const args = ["test", "--quiet", "--no-check", "-P=test", "--filter", filter, ...files];
  const [command, ...rest] = [...launcher, Deno.execPath(), ...args];
  const { code, stdout } = await new Deno.Command(command!, {
    args: rest,
    cwd: root,
    stdin: "null",
    stderr: "null",
  }).output();
  return { code, said: stripAnsiCode(new TextDecoder().decode(stdout)) };
}

/** Nothing has failed, something was skipped and says why, and what does not need it was run. */
function assertSkipped({ code, said }: Awaited<ReturnType<typeof tested>>, reasons: readonly string[]): void {
  assertEquals(code, 0, said);
  for (const reason of reasons) assertStringIncludes(said, reason);
  const [, passed, ignored] = /(\d+) passed.* 0 failed.* (\d+) ignored/.exec(said) ?? [];
  assert(Number(passed) > 0 && Number(ignored) > reasons.length, said);
}

const without = (name: string): readonly string[] => [
  Deno.execPath(),
  "run",
  "--quiet",
  "-A",
  refusal,
  name,
];

/** Why a launcher takes nothing away here, or `undefined` when it does. */
async function whyNot(launcher: readonly string[]): Promise<string | undefined> {
  try {
    const [command, ...args] = [...launcher, "true"];
    const { success, stderr } = await new Deno.Command(command!, { args, cwd: root }).output();
    return success ? undefined : stripAnsiCode(new TextDecoder().decode(stderr)).trim().split("\n")[0];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const filters = skipUnless("refused system calls", await whyNot(without("io_uring")));

Deno.test("refuse io_uring: every test that needs it is skipped and says why", filters, async () => {
  const refused = "Cannot open ring: io_uring is refused here (EPERM)";
  const files = [
    "impl/uring",
    "impl/historic/uring_test.ts",
    "props/buffer_ownership_test.ts",
    "props/lifetimes_test.ts",
    "props/buffer_ownership/lost_wake_up_test.ts",
  ];
  // What is only explored is the same everywhere, and takes its time.
  const filter = "/Ring|Pool|Ends|Early|ifetime|cancelFirst|running kernel|skipped/";
  assertSkipped(
    await tested(without("io_uring"), files, filter),
    ["io_uring", "lifetimes", "lost wake-ups", "buffer ownership in scope accept"].map((what) =>
      `skipped: tests of ${what}: ${refused}`
    ),
  );
});

Deno.test("refuse zero-copy: every test that needs it is skipped and says why", filters, async () => {
  const files = [
    "cli/soak_wrap_test.ts",
    "ffi/zerocopy_socket_test.ts",
    "impl/zerocopy_sender_test.ts",
    "impl/historic/zerocopy_test.ts",
    "impl/uring/owned_ring_test.ts",
    "props/zerocopy_index/wrap_soak_test.ts",
    "props/zerocopy_index_test.ts",
    "props/zerocopy_index/namespace_test.ts",
    "props/lifetimes_test.ts",
  ];
  assertSkipped(
    await tested(
      without("zero-copy"),
      files,
      "/Sender|Socket|Gather|Pool|wrapSoak|soakWrap|tour|OwnedRing|ifetime|skipped/",
    ),
    [
      "skipped: tests of zero-copy sockets: SO_ZEROCOPY answers ENOPROTOOPT",
      "skipped: tests of zero-copy senders: SO_ZEROCOPY answers ENOPROTOOPT",
      "(skipped: SO_ZEROCOPY answers ENOPROTOOPT)",
    ],
  );
});

/** A file system of its own over the shared memory, with these options, for one command. */
const over = (options: string): readonly string[] => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `mount -t tmpfs -o ${options} tmpfs /dev/shm && exec "$0" "$@"`,
];

const mounts = skipUnless("shared memory that is full or can not be written", await whyNot(over("ro")));
const sharedFiles = [
  "ffi/file_calls_test.ts",
  "ffi/file_lock_test.ts",
  "ffi/memory_test.ts",
  "ffi/process_resources_test.ts",
  "impl/shared_lease_ring_test.ts",
  "impl/shared_buffer_test.ts",
  "props/lease_ring/process_test.ts",
  "props/shared_buffer/findings_test.ts",
];

// The root of a file system takes one inode and nothing else fits: no name can be created.
Deno.test("full shared memory: every test that needs it is skipped and says why", mounts, async () => {
  assertSkipped(await tested(over("size=4k,nr_inodes=1"), sharedFiles), ["shared memory", "ENOSPC"]);
});

Deno.test("small shared memory: every test that needs more is skipped and says why", mounts, async () => {
  assertSkipped(await tested(over("size=4k"), sharedFiles), ["Cannot use 65536 bytes in /dev/shm: ENOSPC"]);
});

Deno.test("read-only shared memory: every test that writes it is skipped and says why", mounts, async () => {
  assertSkipped(await tested(over("ro"), sharedFiles), ["bytes in /dev/shm: EROFS"]);
});
