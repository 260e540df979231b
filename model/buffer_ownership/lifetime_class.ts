/**
 * Until when the kernel may touch what an io_uring request points to: the class of each pointer.
 *
 * This is what the protocol says, gathered from `io_uring(7)` and the kernel's code; it refuses to know how the
 * kernel does it. `deno task lifetimes` asks the running kernel the same questions by experiment.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/io_uring.7.html}
 * @module
 */

/** The event after which the kernel does not touch the memory any more, and not before. */
export type LifetimeClass = "until-submit" | "until-completion" | "until-notification";

/** Every operation and pointer of the suite. "Submit" means that the kernel has fetched the entry, whenever that is. */
export const lifetimeClasses: Readonly<Record<string, Readonly<Record<string, LifetimeClass>>>> = {
  "accept": { address: "until-completion", length: "until-completion" },
  "connect": { address: "until-submit" },
  "bind": { address: "until-submit" },
  "read": { payload: "until-completion" },
  "write": { payload: "until-completion" },
  "readv": { vector: "until-submit", payload: "until-completion" },
  "writev": { vector: "until-submit", payload: "until-completion" },
  "send": { payload: "until-completion" },
  "recv": { payload: "until-completion" },
  "recv-provided": { payload: "until-completion" },
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
  "epoll-ctl": { event: "until-submit" },
  "files-update": { fds: "until-completion" },
};
