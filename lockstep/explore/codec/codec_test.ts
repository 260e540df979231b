import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { compileCodec } from "./codec.ts";
import { plainKey } from "../plain_key.ts";

/** A schema together with its values, those at the boundaries more often. */
interface Sample {
  readonly schema: z.ZodType;
  readonly values: fc.Arbitrary<unknown>;
}

const integer: fc.Arbitrary<Sample> = fc.tuple(
  fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-(2 ** 31), 0, 2 ** 31, -(2 ** 40))),
  fc.oneof(
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52),
  ),
).map(([minimum, span]) => {
  const maximum = minimum + span;
  return {
    schema: z.int().min(minimum).max(maximum),
    values: fc.oneof(
      fc.constantFrom(minimum, maximum),
      fc.maxSafeInteger().map((value) => minimum + Math.abs(value) % (span + 1)),
    ),
  };
});

const literals: fc.Arbitrary<Sample> = fc.uniqueArray(
  fc.constantFrom("idle", "busy", `it's "quoted"`, "", 0, 1, 2.5, -7, null, true, false),
  { minLength: 1 },
).map((values) => ({ schema: z.literal(values), values: fc.constantFrom(...values) }));

const boolean: fc.Arbitrary<Sample> = fc.constant({ schema: z.boolean(), values: fc.boolean() });

const leaf = fc.oneof(integer, literals, boolean);

const fieldNames = ["one", "two words", "3", "constructor", "kind_"];

function objectOf(samples: readonly Sample[], kind?: string): Sample {
  const shape: Record<string, z.ZodType> = kind === undefined ? {} : { kind: z.literal(kind) };
  const values: Record<string, fc.Arbitrary<unknown>> = kind === undefined ? {} : { kind: fc.constant(kind) };
  samples.forEach(({ schema, values: each }, at) => {
    shape[fieldNames[at]!] = schema;
    values[fieldNames[at]!] = each;
  });
  return { schema: z.strictObject(shape), values: fc.record(values, { noNullPrototype: true }) };
}

function unionOf(samples: readonly Sample[]): Sample {
  return {
    schema: z.union(samples.map(({ schema }) => schema) as [z.ZodType, z.ZodType]),
    values: fc.oneof(...samples.map(({ values }) => values)),
  };
}

const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("sample"), { maxLength: 5 }).map((samples) => objectOf(samples)),
    fc.array(tie("sample"), { maxLength: 4 }).map((samples) => ({
      schema: z.tuple(samples.map(({ schema }) => schema) as unknown as [z.ZodType]),
      values: fc.tuple(...samples.map(({ values }) => values)),
    })),
    fc.tuple(tie("sample"), fc.nat(2), fc.nat(3)).map(([{ schema, values }, minimum, more]) => ({
      schema: z.array(schema).min(minimum).max(minimum + more),
      values: fc.array(values, { minLength: minimum, maxLength: minimum + more }),
    })),
    fc.tuple(tie("sample"), fc.uniqueArray(fc.constantFrom(...fieldNames), { minLength: 1, maxLength: 3 }))
      .map((
        [{ schema, values }, names],
      ) => ({
        schema: z.record(z.enum(names), schema),
        values: fc.record(Object.fromEntries(names.map((name) => [name, values])), { noNullPrototype: true }),
      })),
    tie("sample").map(({ schema, values }) => ({
      schema: schema.nullable(),
      values: fc.option(values, { nil: null }),
    })),
    fc.tuple(
      fc.array(fc.array(tie("sample"), { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.option(literals, { nil: undefined }),
    ).map(([objects, other]) =>
      unionOf([
        ...objects.map((samples, at) => objectOf(samples, `kind ${at}`)),
        ...(other === undefined ? [] : [other]),
      ])
    ),
  ),
}));

/** Beside 33 words: what is made for large states is other code than for small ones. */
function inLargeState({ schema, values }: Sample): Sample {
  const beside = fc.int32Array({ minLength: 33, maxLength: 33 }).map((numbers) => [...numbers]);
  const many = z.array(z.int().min(-(2 ** 31)).max(2 ** 31 - 1)).length(33);
  return { schema: z.tuple([many, schema]), values: fc.tuple(beside, values) };
}

/** Mostly small ones. */
const samples: fc.Arbitrary<Sample> = fc.oneof({ weight: 4, arbitrary: sample }, sample.map(inLargeState));

Deno.test("compileCodec gives back what was packed, for random schemas and values", () => {
  const labels = { "several words": 0, "more than 32 words": 0, "straddles": 0, "wide": 0, "union": 0 };
  fc.assert(
    fc.property(
      samples.chain(({ schema, values }) =>
        fc.tuple(fc.constant(schema), fc.array(values, { minLength: 1 }))
      ),
      ([schema, values]) => {
        const codec = compileCodec(schema);
        if (codec.words > 1) labels["several words"]++;
        if (codec.words > 32) labels["more than 32 words"]++;
        const places = JSON.stringify(codec.placement);
        if (places.includes(`"kind":"union"`)) labels["union"]++;
        for (const [, offset, width] of places.matchAll(/"offset":(\d+),"width":(\d+)/g)) {
          if (Number(width) > 32) labels["wide"]++;
          if (Number(width) <= 32 && Number(offset) % 32 + Number(width) > 32) labels["straddles"]++;
        }
        const words = new Int32Array(codec.words + 2).fill(0x5a5a5a5a);
        for (const value of values) {
          assert(codec.pack(value, words, 1), `refused ${JSON.stringify(value)}: ${codec.explain(value)}`);
          assert(codec.isExact(value));
          assertEquals(codec.explain(value), undefined);
          assertEquals([words[0], words[codec.words + 1]], [0x5a5a5a5a, 0x5a5a5a5a]);
          assertEquals(plainKey(codec.unpack(words, 1)), plainKey(value));
        }
      },
    ),
    { numRuns: 1_000, seed: 1 },
  );
  for (const [label, count] of Object.entries(labels)) assert(count > 0, `never reached: ${label}`);
});

Deno.test("compileCodec packs equal states equal and different states different", () => {
  let equal = 0;
  let different = 0;
  fc.assert(
    fc.property(
      samples.chain(({ schema, values }) =>
        fc.tuple(fc.constant(schema), fc.array(values, { minLength: 2 }))
      ),
      ([schema, values]) => {
        const codec = compileCodec(schema);
        const words = new Int32Array(codec.words);
        const byWords = new Map<string, string>();
        const byValue = new Map<string, string>();
        for (const value of values) {
          codec.pack(value, words, 0);
          const packed = words.join();
          const key = plainKey(value);
          if (byValue.has(key)) equal++;
          else if (byValue.size > 0) different++;
          assertEquals(byWords.get(packed) ?? key, key);
          assertEquals(byValue.get(key) ?? packed, packed);
          byWords.set(packed, key);
          byValue.set(key, packed);
        }
      },
    ),
    { numRuns: 1_000, seed: 2 },
  );
  assert(equal > 100 && different > 100);
});

Deno.test("compileCodec accepts exactly what the schema accepts", () => {
  let refused = 0;
  fc.assert(
    fc.property(sample, sample, fc.context(), (one, other, context) => {
      const codec = compileCodec(one.schema);
      const words = new Int32Array(codec.words);
      for (
        const value of fc.sample(fc.oneof(one.values, other.values, fc.jsonValue()), { numRuns: 10, seed: 3 })
      ) {
        context.log(JSON.stringify(value));
        const valid = one.schema.safeParse(value).success;
        const packs = codec.pack(value, words, 0) && codec.isExact(value);
        assertEquals(packs, valid);
        assertEquals(codec.explain(value) === undefined, valid);
        if (!valid) refused++;
      }
    }),
    { numRuns: 500, seed: 3 },
  );
  assert(refused > 100);
});

Deno.test("compileCodec packs every value of a small schema into its own code", () => {
  const codec = compileCodec(
    z.tuple([z.int().min(-1).max(1), z.literal(["a", null]).or(z.int().min(5).max(6))]),
  );
  const words = new Int32Array(1);
  const seen = new Set<number>();
  for (const number of [-1, 0, 1]) {
    for (const other of ["a", null, 5, 6] as const) {
      assert(codec.pack([number, other], words, 0));
      seen.add(words[0]!);
    }
  }
  assertEquals([seen.size, codec.bits], [12, 4]);
});

Deno.test("compileCodec refuses a union of more values than numbers tell apart", () => {
  const wide = (most: number): z.ZodType => z.union([z.int().min(0).max(most), z.literal(["one", "other"])]);
  const codec = compileCodec(z.tuple([wide(2 ** 53 - 3), z.boolean()]));
  const words = new Int32Array(codec.words);
  for (const value of ["one", "other", 0, 2 ** 53 - 3]) {
    assert(codec.pack([value, false], words, 0));
    assertEquals(codec.unpack(words, 0), [value, false]);
  }
  const halves = z.union([z.int().min(-(2 ** 52)).max(0), z.int().min(0).max(2 ** 53 - 2)]);
  for (const schema of [wide(2 ** 53 - 2), halves]) {
    assertThrows(
      () => compileCodec(z.tuple([schema, z.boolean()])),
      TypeError,
      "Cannot pack state[0]: more than 2^53 values in a union, use tighter bounds",
    );
  }
});

Deno.test("compileCodec reads an enum of numbers, not the names that lead back from them", () => {
  const colour = z.enum({ red: 0, green: 1, 0: "red", 1: "green" });
  const codec = compileCodec<unknown>(z.strictObject({ colour, seen: z.record(colour, z.boolean()) }));
  const words = new Int32Array(1);
  const state = { colour: 1, seen: { 0: true, 1: false } };
  assertEquals([codec.bits, codec.pack(state, words, 0), codec.isExact(state)], [3, true, true]);
  assertEquals(codec.unpack(words, 0), state);
  assertEquals(
    codec.explain({ ...state, colour: "green" }),
    'state.colour is "green", must be 0, 1',
  );
});

Deno.test("compileCodec refuses and explains values that are no plain data", () => {
  const codec = compileCodec<unknown>(
    z.strictObject({ count: z.int().min(0).max(3), list: z.array(z.int().min(2).max(3)).max(3) }),
  );
  const holes: number[] = [];
  holes[2] = 2;
  const round: Record<string, unknown> = { list: [] };
  round["count"] = round;
  const states = [
    { count: 0, list: holes },
    { count: 1n, list: [] },
    { count: 0, list: [Symbol("two")] },
    round,
  ];
  assertEquals(states.map((state) => codec.pack(state, new Int32Array(codec.words), 0)), [
    false,
    false,
    false,
    false,
  ]);
  assertEquals(states.map((state) => codec.explain(state)), [
    "state.list[0] is missing, must be 2 to 3",
    "state.count is 1n, must be 0 to 3",
    "state.list[0] is Symbol(two), must be 2 to 3",
    "state.count is [object Object], must be 0 to 3",
  ]);
});

Deno.test("compileCodec needs no more words than its bits", () => {
  const codec = compileCodec(z.array(z.int().min(0).max(2 ** 20 - 1)).length(8));
  assertEquals([codec.bits, codec.words], [160, 5]);
});

Deno.test("compileCodec unpacks into containers of its own, another codec into others", () => {
  const codec = compileCodec(z.strictObject({ list: z.array(z.int().min(0).max(3)).max(2) }));
  const other = codec.another();
  const words = new Int32Array(2);
  codec.pack({ list: [1] }, words, 0);
  codec.pack({ list: [2, 3] }, words, 1);
  const one = codec.unpack(words, 0);
  assertEquals([one, other.unpack(words, 1)], [{ list: [1] }, { list: [2, 3] }]);
});

Deno.test("compileCodec repairs pooled containers that a step has stretched, replaced or shared", () => {
  const item = z.strictObject({ id: z.int().min(0).max(3) });
  const codec = compileCodec(z.strictObject({ queue: z.array(item).max(3), other: z.array(item).max(3) }));
  const words = new Int32Array(1);
  const state = { queue: [{ id: 1 }, { id: 2 }], other: [{ id: 3 }] };
  codec.pack(state, words, 0);
  for (let round = 0; round < 3; round++) {
    const copy = codec.unpack(words, 0);
    assertEquals(copy, state);
    copy.other.push(copy.queue.shift()!);
    copy.other[0]!.id = 0;
    const after = new Int32Array(1);
    assert(codec.pack(copy, after, 0));
    assertEquals(codec.another().unpack(after, 0), { queue: [{ id: 2 }], other: [{ id: 0 }, { id: 1 }] });
  }
  const copy = codec.unpack(words, 0);
  copy.queue = copy.other;
  copy.queue.length = 0;
  assertEquals(codec.unpack(words, 0), state);
});

Deno.test("compileCodec unpacks clean containers after a step has made one alternative of a union into another", () => {
  const mode = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("idle") }),
    z.strictObject({ kind: z.enum(["busy", "stuck"]), since: z.int().min(0).max(3) }),
  ]);
  type Mode = { kind: string; since?: number };
  const beside = z.array(z.int().min(-(2 ** 31)).max(2 ** 31 - 1));
  const schemas = [
    z.strictObject({ modes: z.tuple([mode, mode]), beside: beside.length(0) }),
    z.strictObject({ modes: z.array(mode).max(3), beside: beside.length(0) }),
    z.strictObject({ modes: z.array(mode).max(3), beside: beside.length(33) }),
  ];
  for (const [at, schema] of schemas.entries()) {
    const codec = compileCodec<{ modes: Mode[]; beside: number[] }>(schema);
    const [before, after] = [new Int32Array(codec.words), new Int32Array(codec.words)];
    const numbers = Array.from({ length: at === 2 ? 33 : 0 }, (_, number) => number);
    const idle: { modes: Mode[]; beside: number[] } = {
      modes: [{ kind: "busy", since: 1 }, { kind: "idle" }],
      beside: numbers,
    };
    assert(codec.pack(idle, before, 0));
    const state = codec.unpack(before, 0);
    Object.assign(state.modes[1]!, { kind: "stuck", since: 3 });
    assert(codec.pack(state, after, 0) && codec.isExact(state));
    assertEquals(codec.unpack(before, 0), idle);
    assertEquals(codec.unpack(after, 0).modes, [{ kind: "busy", since: 1 }, { kind: "stuck", since: 3 }]);
  }
});

Deno.test("compileCodec explains which field of a state is outside", () => {
  const codec = compileCodec(z.strictObject({
    rm: z.array(z.int().min(0).max(3)).length(2),
    mode: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("idle") }),
      z.strictObject({ kind: z.literal("busy"), since: z.int().min(0).max(9) }),
    ]).nullable(),
  }));
  const problems = [
    { rm: [0, 4], mode: null },
    { rm: [0], mode: null },
    { rm: [0, "1"], mode: null },
    { rm: [0, 0], mode: { kind: "asleep" } },
    { rm: [0, 0], mode: { kind: "busy", since: 1.5 } },
    { rm: [0, 0], mode: { kind: "idle", extra: 1 } },
    { rm: [0, 0] },
    null,
  ].map((state) => codec.explain(state));
  assertEquals(problems, [
    "state.rm[1] is 4, must be 0 to 3",
    "state.rm has 1 items, must have 2",
    'state.rm[1] is "1", must be 0 to 3',
    'state.mode.kind is "asleep", must be "idle", "busy"',
    "state.mode.since is 1.5, must be 0 to 9",
    "state.mode.extra is not a field of the schema",
    "state.mode is missing, must be one of the alternatives of its union",
    "state is null, must be an object",
  ]);
});

Deno.test("compileCodec refuses what can not be packed, naming the field and the remedy", () => {
  const refusal = (field: z.ZodType): string =>
    assertThrows(() => compileCodec(z.strictObject({ a: z.array(field).max(2) })), TypeError).message;
  assertEquals(
    [
      z.int(),
      z.int().min(0),
      z.int().max(0),
      z.number().min(0).max(1),
      z.string().max(3),
      z.array(z.boolean()),
      z.boolean().optional(),
      z.int().min(0).max(10).multipleOf(2),
      z.union([z.strictObject({ x: z.boolean() }), z.strictObject({ x: z.boolean(), y: z.boolean() })]),
      z.record(z.string(), z.boolean()),
      z.partialRecord(z.enum(["x", "y"]), z.boolean()),
      z.object({}).loose(),
      z.date(),
      z.int().min(-(2 ** 53) + 1).max(2 ** 53 - 1),
      z.int().min(2).max(1),
      z.boolean().refine(() => true),
    ].map(refusal),
    [
      "Cannot pack state.a[]: an integer without bounds, use z.int().min(...).max(...)",
      "Cannot pack state.a[]: an integer without an upper bound, add .max(...)",
      "Cannot pack state.a[]: an integer without a lower bound, add .min(...)",
      "Cannot pack state.a[]: a number that is not an integer can not be counted, use z.int().min(...).max(...)",
      "Cannot pack state.a[]: there are infinitely many strings, use z.enum([...]) or a number",
      "Cannot pack state.a[]: an array without a longest length, add .max(...) or .length(...)",
      "Cannot pack state.a[]: an optional field is two spellings of absence, use .nullable()",
      'Cannot pack state.a[]: packing can not enforce the check "multiple_of", say it as an invariant of the machine',
      "Cannot pack state.a[]: no field of literals tells the objects of this union apart, give each its own kind",
      "Cannot pack state.a[]: a record with arbitrary keys has no longest form, use z.enum([...]) as its key",
      "Cannot pack state.a[]: a record that may lack keys is two spellings of absence, use z.record(...) of .nullable() values",
      "Cannot pack state.a[]: an object with unnamed fields has no longest form, use z.strictObject({...})",
      'Cannot pack state.a[]: the type "date" can not be packed, use integers, booleans, enums, arrays and objects',
      "Cannot pack state.a[]: -9007199254740991 to 9007199254740991 are more than 2^53 integers, use tighter bounds",
      "Cannot pack state.a[]: no integer is at least 2 and at most 1",
      'Cannot pack state.a[]: packing can not enforce the check "custom", say it as an invariant of the machine',
    ],
  );
});

Deno.test("compileCodec refuses states of too many values, also where they are items of lists", () => {
  const pair = z.strictObject({ one: z.boolean(), other: z.boolean() });
  for (const schema of [z.array(z.array(z.boolean()).max(40_000)).max(2), z.array(pair).max(35_000)]) {
    assertThrows(
      () => compileCodec(z.strictObject({ list: schema })),
      TypeError,
      "Cannot pack state: more than 65536 values in one state, use a smaller scope",
    );
  }
});

Deno.test("Codec.release lends a codec to the next one that asks for such a layout, unless a step has spoilt it", () => {
  const schema = () =>
    z.strictObject({ at: z.int().min(0).max(6), marks: z.array(z.strictObject({ on: z.boolean() })).max(2) });
  type Some = { at: number; marks: { on: boolean }[]; extra?: number };
  const [words, other] = [new Int32Array(1), new Int32Array(1)];
  const first = compileCodec<Some>(schema());
  first.pack({ at: 5, marks: [{ on: true }] }, words, 0);
  first.pack({ at: 2, marks: [] }, other, 0);
  const state = first.unpack(words, 0);
  const beside = compileCodec<Some>(schema());
  assertEquals(beside === first, false);
  beside.unpack(other, 0);
  assertEquals(state, { at: 5, marks: [{ on: true }] });

  first.release();
  first.release();
  const second = compileCodec<Some>(schema());
  assertEquals(second === first, true);
  assertEquals(compileCodec<Some>(schema()) === first, false);
  assertEquals(second.unpack(words, 0), { at: 5, marks: [{ on: true }] });

  const spoil: ((state: Some) => void)[] = [
    (state) => state.extra = 1,
    (state) => Object.freeze(state),
    (state) => Object.assign(state.marks[0]!, { extra: 1 }),
    (state) => Object.assign(state.marks, { extra: 1 }),
    (state) => Object.setPrototypeOf(state.marks, Object.prototype),
  ];
  for (const spoils of spoil) {
    const codec = compileCodec<Some>(schema());
    spoils(codec.unpack(words, 0));
    codec.release();
    assertEquals(compileCodec<Some>(schema()) === codec, false);
  }
});
