import type { Mistake } from "../lockstep/protocol.ts";
export const leaseRingMistakes: readonly Mistake[] = [];
