/**
 * What the specification allows reading completions to answer.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { operationShapes } from "./ownership_operations.ts";
import {
  type BufferOwnershipState,
  fetchEntries,
  fillsPerCell,
  giveBack,
  type OwnershipRequest,
  retire,
} from "./ownership_state.ts";
import {
  type BufferOwnershipReply,
  type BufferOwnershipScope,
  completedReply,
  refusals,
} from "./ownership_vocabulary.ts";

type Reply = BufferOwnershipReply;

/** One of several answers that a correct implementation may give, with what follows from it. */
export interface Allowed {
  readonly reply: Reply;
  effect(): void;
}

function same(first: Reply, second: Reply): boolean {
  const fields = Object.keys(first) as (keyof Reply)[];
  return fields.every((field) => first[field] === second[field]);
}

/** Has the world pick one of `allowed`, and carries it out. */
export function answerOne(world: World<Reply>, allowed: readonly Allowed[]): Reply {
  const pick = allowed.length === 1 ? 0 : world.choose(allowed.length, (heard) => {
    const index = allowed.findIndex(({ reply }) => same(reply, heard));
    return index < 0 ? "impossible" : index;
  });
  const { reply, effect } = allowed[pick]!;
  effect();
  return reply;
}

/** The completions with which one running request may come now. */
class Completions {
  readonly allowed: Allowed[] = [];
  readonly #state: BufferOwnershipState;
  readonly #name: number;
  readonly #request: OwnershipRequest;

  constructor(state: BufferOwnershipState, name: number) {
    this.#state = state;
    this.#name = name;
    this.#request = state.requests[name]!;
    const { waitsFor } = operationShapes[this.#request.operation];
    switch (waitsFor) {
      case "connection":
        this.#connections();
        break;
      case "data":
        this.#data();
        break;
      case "room":
        this.#room();
        break;
      case "nothing":
        this.#immediate();
        break;
      case "worker":
        this.#end({ content: this.#content() });
        break;
      case "never":
        break;
    }
    if (waitsFor !== "nothing" && !this.#request.sent) this.#cancelled();
  }

  /** What a good completion has brought. */
  #content(): "right" | "none" {
    const { pointers } = operationShapes[this.#request.operation];
    return pointers.some(({ touch }) => touch !== "reads") ? "right" : "none";
  }

  /** The last completion. */
  #end(more: Parameters<typeof completedReply>[1], effect: () => void = () => {}): void {
    this.allowed.push({
      reply: completedReply(this.#name, more),
      effect: () => {
        effect();
        giveBack(this.#state.cells, this.#name);
        if (this.#request.timer === "owed") this.#request.timer = "stopped";
        retire(this.#request);
      },
    });
  }

  /** One completion of several. */
  #more(more: Parameters<typeof completedReply>[1], effect: () => void): void {
    this.allowed.push({ reply: completedReply(this.#name, { ...more, more: true }), effect });
  }

  #connections(): void {
    const { multishot } = operationShapes[this.#request.operation];
    this.#state.connections.forEach((status, connection) => {
      if (status !== "waiting") return;
      const taken = (): void => void (this.#state.connections[connection] = "none");
      if (!multishot) return this.#end({ content: this.#content(), connection }, taken);
      for (const content of ["right", "other"] as const) {
        this.#more({ content, connection }, taken);
        this.#end({ content, connection }, taken);
      }
    });
  }

  #data(): void {
    const [state, name] = [this.#state, this.#name];
    const { provided, multishot } = operationShapes[this.#request.operation];
    if (provided && (this.#request.starved || state.provided.length === 0)) this.#end({ result: "ENOBUFS" });
    if (state.channels[name] !== "data") return;
    const taken = (): void => void (state.channels[name] = "quiet");
    if (!provided) return this.#end({ content: this.#content() }, taken);
    const first = state.provided[0];
    if (first === undefined) return;
    const { cell, filled } = first;
    const kept = filled + 1 < fillsPerCell;
    const fill = (): void => {
      taken();
      if (kept) first.filled++;
      else {
        state.provided.shift();
        if (state.cells[cell]!.status === "provided") state.cells[cell]!.status = "application";
      }
    };
    const what = { content: "right", cell, kept } as const;
    this.#end(what, fill);
    if (multishot) this.#more(what, fill);
  }

  #room(): void {
    const [state, name] = [this.#state, this.#name];
    if (this.#request.sent) this.#end({});
    else if (state.channels[name] === "room") this.#end({}, () => void (state.channels[name] = "carrying"));
  }

  #immediate(): void {
    const { operation } = this.#request;
    if (operation === "faulty") return this.#end({ result: "EINVAL" });
    if (!operationShapes[operation].notifies) return this.#end({ content: this.#content() });
    const shut = this.#state.channels[this.#name] === "shut";
    const result = shut ? "EPIPE" : "ok";
    this.#more({ result }, () => void (this.#request.phase = "notifying"));
    // Nothing was taken from the payload: nothing more need be said about it.
    if (shut) this.#end({ result });
  }

  /** Ends without what was waited for: it was cancelled, or its timer has fired. */
  #cancelled(): void {
    const { cancel, operation } = this.#request;
    const cancelled = cancel === "fetched" || cancel === "answered";
    const { timer } = operationShapes[operation];
    const expired = timer === "soon" && (this.#request.timer === "owed" || this.#request.timer === "fired");
    if (!cancelled && !expired) return;
    this.allowed.push({
      reply: completedReply(this.#name, { result: "ECANCELED" }),
      effect: () => {
        giveBack(this.#state.cells, this.#name);
        // When it was both, nothing tells which of them came first.
        if (this.#request.timer === "owed" && !(cancelled && expired)) {
          this.#request.timer = expired ? "expired" : "stopped";
        }
        retire(this.#request);
      },
    });
  }
}

/** The completions with which the timer of a request may come now. */
function timersOf(request: OwnershipRequest, name: number, mayEnd: boolean): readonly Allowed[] {
  const results = {
    none: [],
    fired: [],
    expired: ["ETIME"],
    stopped: ["ECANCELED"],
    owed: [
      ...(operationShapes[request.operation].timer === "soon" ? ["ETIME"] as const : []),
      ...(mayEnd || request.phase === "done" ? ["ECANCELED"] as const : []),
    ],
  } as const;
  return results[request.timer].map((result) => ({
    reply: { kind: "timer completed", request: name, result },
    effect: () => {
      request.timer = result === "ETIME" ? "fired" : "none";
      if (request.phase === "done") retire(request);
    },
  }));
}

/** Everything that may be read about one request now. */
function completionsOf(state: BufferOwnershipState, name: number): readonly Allowed[] {
  const request = state.requests[name]!;
  const allowed: Allowed[] = [];
  if (request.cancel === "fetched") {
    for (const result of ["ok", "ENOENT", "EALREADY"] as const) {
      const effect = (): void => {
        request.cancel = "answered";
        if (request.phase === "done") retire(request);
      };
      allowed.push({ reply: { kind: "cancel completed", request: name, result }, effect });
    }
  }
  const own = request.phase === "running" ? new Completions(state, name).allowed : [];
  if (request.phase === "notifying") {
    const effect = (): void => {
      giveBack(state.cells, name);
      retire(request);
    };
    allowed.push({ reply: completedReply(name, { notification: true }), effect });
  }
  return [...allowed, ...own, ...timersOf(request, name, own.length > 0)];
}

/** Reads one completion; whatever a polling thread has to have fetched for it was fetched. */
export function reapOne(
  scope: BufferOwnershipScope,
  state: BufferOwnershipState,
  world: World<Reply>,
): Reply | undefined {
  if (scope.class === "polling" && state.published > 0) {
    const fetched = world.choose(state.published + 1);
    if (fetched > 0) {
      const { request } = state.queue[fetched - 1]!;
      fetchEntries(scope, state, fetched);
      const allowed = completionsOf(state, request);
      return allowed.length === 0 ? world.refuse(refusals.notYetFetched) : answerOne(world, allowed);
    }
  }
  const allowed: Allowed[] = [{ reply: { kind: "empty" }, effect: () => {} }];
  state.requests.forEach((_, name) => allowed.push(...completionsOf(state, name)));
  return answerOne(world, allowed);
}
