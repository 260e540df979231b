/**
 * Packed states with as much in them as a schema allows: every part of a codec's code has work to do on them.
 *
 * @module
 */
import { leafCount } from "./layout.ts";
import type { Bits, Place, Placement } from "./placement.ts";

/**
 * The words of a state in which every list is full and every leaf has its first value.
 *
 * @param variant Which alternative each union takes, counted round.
 */
export function largestState({ root, words }: Placement, variant: number): Int32Array {
  const target = new Int32Array(words);
  const write = ({ offset, width }: Bits, code: number): void => {
    for (let bit = 0; bit < width; bit++) {
      if (Math.floor(code / 2 ** bit) % 2 === 1) target[(offset + bit) >>> 5]! |= 1 << ((offset + bit) & 31);
    }
  };
  const fill = (place: Place): void => {
    switch (place.kind) {
      case "leaf":
        return;
      case "object":
        return place.fields.forEach((field) => fill(field.place));
      case "list":
        write(place.length, place.items.length - place.minimum);
        return place.items.forEach(fill);
      case "union": {
        const { leaf, tag, alternatives } = place;
        const leaves = leafCount(leaf) > 0 ? 1 : 0;
        const pick = variant % (leaves + alternatives.length);
        if (pick < leaves) return;
        write(tag, leafCount(leaf) + pick - leaves);
        return fill(alternatives[pick - leaves]!.place);
      }
    }
  };
  fill(root);
  return target;
}

/** How many variants show every alternative of the widest union. */
export function variantCount(place: Place): number {
  switch (place.kind) {
    case "leaf":
      return 1;
    case "object":
      return Math.max(1, ...place.fields.map((field) => variantCount(field.place)));
    case "list":
      return Math.max(1, ...(place.block ? [place.block.item] : place.items).map(variantCount));
    case "union":
      return Math.max(
        place.alternatives.length + 1,
        ...place.alternatives.map((alternative) => variantCount(alternative.place)),
      );
  }
}
