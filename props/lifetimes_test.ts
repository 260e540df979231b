import { assert, assertEquals } from "@std/assert";
import { skipUnless } from "../ffi/skip_unless.ts";
import { sockets } from "../ffi/socket.ts";
import { whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
import { lifetimes } from "../impl/uring/lifetime.ts";
import { whyNoUring } from "../impl/uring/why_no_uring.ts";
import { lifetimeClasses } from "../model/buffer_ownership/lifetime_class.ts";
import { findLifetime, pointersOf, tryOnce } from "./lifetimes/experiment.ts";
import { triedOperations } from "./lifetimes/operations.ts";
import { lifetimePage, lifetimeTable } from "./lifetimes/table.ts";

const answer = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const uring = skipUnless("lifetimes", whyNoUring() ?? (answer && `SO_ZEROCOPY answers ${answer}`));

Deno.test(
  "lifetimeTable finds on this kernel what the model says, for every operation of the model",
  uring,
  () => {
    const table = lifetimeTable();
    assertEquals(table.rows.filter((row) => !row.agrees), []);
    const asked = new Set(table.rows.map((row) => `${row.operation.split(" ")[0]} ${row.pointer}`));
    const known = Object.entries(lifetimeClasses).flatMap(([operation, pointers]) =>
      Object.keys(pointers).map((pointer) => `${operation} ${pointer}`)
    );
    assertEquals([...asked].toSorted(), known.toSorted());
    const page = lifetimePage(table);
    assert(
      page.includes("| accept | length | until completion | set to -1 after submit: EINVAL, connection lost"),
    );
  },
);

Deno.test("lifetimes of the ownership layer are those of the model", () => {
  for (const [operation, pointers] of Object.entries(lifetimes)) {
    assertEquals({ ...pointers }, { ...lifetimeClasses[operation] }, operation);
  }
});

Deno.test("findLifetime needs more than one moment to tell a class", uring, () => {
  const connect = triedOperations.find(({ operation }) => operation === "connect")!;
  assertEquals(pointersOf(connect), ["address"]);
  assertEquals(tryOnce(connect, "address", "unmap", "never"), "done");
  assertEquals(tryOnce(connect, "address", "unmap", "after-submit"), "done");
  assertEquals(tryOnce(connect, "address", "unmap", "before-submit"), "EFAULT");
  assertEquals(findLifetime(connect, "address").harmless, "unmapped after submit: done");
});
