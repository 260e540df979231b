import type { Mistake } from "../../lockstep/protocol.ts";
export const bufferOwnershipMistakes: readonly Mistake[] = [];
