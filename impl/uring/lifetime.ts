/**
 * Until when each pointer of an operation must stay valid and untouched, as the ownership layer believes it.
 *
 * Not taken from the model on purpose: the layer says what it does, the model what it must do, and a test holds the two
 * beside each other. The running kernel can be asked as well: `deno task lifetimes` makes one experiment per row.
 *
 * @module
 */
import type { LifetimeClass } from "../../model/buffer_ownership/lifetime_class.ts";
import type { EntryKind } from "./prepare.ts";

/** The event that gives memory back to the application. */
export type Lifetime = LifetimeClass;

/** What a request does with memory. */
export type Pointer =
  | "address"
  | "length"
  | "payload"
  | "vector"
  | "header"
  | "name"
  | "timespec"
  | "path"
  | "result";

/** How a sentence names the event that ends a lifetime. */
export const endOf: Readonly<Record<Lifetime, string>> = {
  "until-submit": "the kernel has fetched its entry",
  "until-completion": "its last completion",
  "until-notification": "its notification",
};

/** Every operation that is handed memory, pointer by pointer. */
export const lifetimes: Readonly<Partial<Record<EntryKind, Readonly<Partial<Record<Pointer, Lifetime>>>>>> = {
  "accept": { address: "until-completion", length: "until-completion" },
  "connect": { address: "until-submit" },
  "bind": { address: "until-submit" },
  "read": { payload: "until-completion" },
  "write": { payload: "until-completion" },
  "readv": { vector: "until-submit", payload: "until-completion" },
  "writev": { vector: "until-submit", payload: "until-completion" },
  "send": { payload: "until-completion" },
  "recv": { payload: "until-completion" },
  "send-zc": { payload: "until-notification" },
  "sendmsg": { header: "until-submit", vector: "until-submit", payload: "until-completion" },
  "sendmsg-zc": { header: "until-submit", vector: "until-submit", payload: "until-notification" },
  "recvmsg": {
    header: "until-completion",
    vector: "until-submit",
    name: "until-completion",
    payload: "until-completion",
  },
  "timeout": { timespec: "until-submit" },
  "link-timeout": { timespec: "until-submit" },
  "statx": { path: "until-submit", result: "until-completion" },
  "openat": { path: "until-submit" },
};
