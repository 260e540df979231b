/**
 * Cases and verdicts, as data: what was driven, and what came out of it.
 *
 * @module
 */

/** A sequence of commands that can be replayed without a seed, and without the code that generated it. */
export interface Case<Command, Start> {
  /** {@link Protocol.name} of the protocol that both sides follow. */
  readonly protocol: string;
  /** A key of {@link Protocol.scopes}. */
  readonly scope: string;
  /** One of {@link Machine.starts}, or any value that the start schema accepts. */
  readonly start: Start;
  /** In order; one that is not possible when its turn comes is left out. */
  readonly commands: readonly Command[];
}

/** What was heard from the subject: an answer, or that there was none. */
export type Heard<Reply> =
  | { readonly kind: "replied"; readonly reply: Reply }
  | { readonly kind: "hung" }
  | { readonly kind: "crashed"; readonly error: string };

/** What one performed command was answered with: enough to judge the run once more without the subject. */
export interface Answered {
  /** The answer, or that there was none. */
  readonly heard: Heard<unknown>;
  /** What the subject showed afterwards; absent where nobody looked. */
  readonly view?: unknown;
}

/** How a run of one case ended. Indices count commands from 0; the epilogue follows the commands. */
export type Verdict<Reply, View> =
  | { readonly kind: "agreed" }
  | {
    /** The subject's answer is not one that the machine allows. */
    readonly kind: "diverged";
    readonly at: number;
    readonly machine: string;
    readonly heard: Reply;
    readonly allowed: readonly Reply[];
  }
  | {
    /** The answer is allowed, but what can be seen afterwards is not. */
    readonly kind: "diverged view";
    readonly at: number;
    readonly machine: string;
    readonly heard: Reply;
    readonly seen: View;
    readonly allowed: readonly View[];
  }
  | {
    /** Both sides agree, and a promise of the machine is broken. */
    readonly kind: "violated";
    readonly at: number;
    readonly machine: string;
    readonly property: string;
  }
  | { readonly kind: "hung"; readonly at: number }
  | { readonly kind: "crashed"; readonly at: number; readonly error: string }
  | {
    /** The machine itself is at fault: it threw, or its believed states disagree on what is possible. */
    readonly kind: "broken machine";
    readonly at: number;
    readonly machine: string;
    readonly reason: string;
  };

/** A verdict that is not an agreement. */
export type Failure<Reply, View> = Exclude<Verdict<Reply, View>, { kind: "agreed" }>;

/** What must stay the same while a case is shrunk: the kind of verdict, and the promise that was broken. */
export function failureSignature(failure: Failure<unknown, unknown>): string {
  switch (failure.kind) {
    case "diverged":
    case "diverged view":
      return `diverged from ${failure.machine}`;
    case "violated":
      return `${failure.kind} ${failure.machine} ${failure.property}`;
    case "broken machine":
      return `${failure.kind} ${failure.machine}`;
    case "hung":
    case "crashed":
      return failure.kind;
  }
}
