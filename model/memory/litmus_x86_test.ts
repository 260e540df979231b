import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkLitmus } from "./check_litmus.ts";
import { LitmusError, parseLitmus } from "./litmus.ts";
import { sc } from "./sc.ts";
import { tso } from "./tso.ts";

const att = (rows: string, condition: string, init = "") =>
  parseLitmus("t.litmus", `X86_64 t\n{${init}}\n${rows}\n${condition}\n`);
const intel = (rows: string, condition: string, init = "") =>
  parseLitmus("t.litmus", `X86 t\n{${init}}\n${rows}\n${condition}\n`);
const column = (...instructions: string[]) =>
  [" P0 ;", ...instructions.map((text) => ` ${text} ;`)].join("\n");

/** One thread that ends in one way: what it leaves behind. */
function leaves(test: ReturnType<typeof att>): string {
  const { states } = checkLitmus(test, sc);
  assertEquals(states.length, 1);
  return states[0]!.join();
}

function refuses(instruction: string, says: string, init = ""): void {
  const error = assertThrows(() => att(column(instruction), "exists (x=1)", init), LitmusError);
  assertStringIncludes(error.message, "t.litmus:");
  assertStringIncludes(error.message, says);
}

Deno.test("parseX86 follows jumps forward, also to a label that stands earlier in the text", () => {
  const test = att(
    ` P0          | P1            ;
 movl $2,(x) | movl (y),%eax ;
 movl $1,(y) | cmp $1,%eax   ;
 ret         | je Take       ;
             | Leave:        ;
             | movl %eax,(z) ;
             | ret           ;
             | Take:         ;
             | movl $1,(x)   ;
             | jmp Leave     ;`,
    "exists (x=1 /\\ z=1)",
    "x=0; y=0; z=7;",
  );
  const { states, holds } = checkLitmus(test, tso);
  assertEquals([states, holds], [[[1, 1], [2, 0]], true]);
  for (const { instructions } of test.program.threads) {
    for (const [at, instruction] of instructions.entries()) {
      if ("to" in instruction) assertEquals(instruction.to > at, true);
    }
  }
});

Deno.test("parseX86 takes any number of labels in front of one instruction", () => {
  const labels = Array.from({ length: 20_000 }, (_, index) => `L${index}:`).join(" ");
  const rows = column(
    "jmp L1",
    "movl $1,(x)",
    `${labels} movl $1,(y)`,
    "jmp L20000",
    "movl $2,(x)",
    "L20000 : ",
  );
  assertEquals(leaves(att(rows, "forall (x=0 /\\ y=1)", "x=0;")), "0,1");
});

Deno.test("parseX86 compares signed numbers, sums and bits for conditional jumps", () => {
  const taken = (jump: string, ...before: string[]) =>
    leaves(att(column(...before, `${jump} Yes`, "movl $0,(x)", "ret", "Yes: movl $1,(x)"), "forall (x=9)"));
  const all = ["je", "jne", "jl", "jle", "jg", "jge", "js", "jns"];
  const results = (...before: string[]) => all.filter((jump) => taken(jump, ...before) === "1").join(" ");
  assertEquals(results("movl $3,%eax", "cmpl $3,%eax"), "je jle jge jns");
  assertEquals(results("movl $-3,%eax", "cmpl $2,%eax"), "jne jl jle js");
  assertEquals(results("movl $3,%eax", "cmpl $2,%eax"), "jne jg jge jns");
  assertEquals(results("movl $3,%eax", "subl $3,%eax"), "je jle jge jns");
  assertEquals(results("movl $-3,%eax", "addl $2,%eax"), "jne jl jle js");
  assertEquals(results("movl $6,%eax", "testl $8,%eax"), "je jle jge jns");
  assertEquals(results("movl $1,(y)", "lock decl (y)"), "je jle jge jns");
  assertEquals(results("movl $5,(y)", "movl $2,%eax", "lock xaddl %eax,(y)"), "jne jg jge jns");
  assertEquals(results("movl $5,(y)", "movl $5,%eax", "lock cmpxchgl %ebx,(y)"), "je jle jge jns");
  assertEquals(results("movl $5,(y)", "movl $4,%eax", "lock cmpxchgl %ebx,(y)"), "jne jl jle js");
  assertEquals(results("movl $5,%eax", "negl %eax"), "jne jl jle js");
  // Sums and differences of 8 bits that do not fit into them.
  assertEquals(results("movb $128,%al", "addb $128,%al"), "je jl jle jns");
  assertEquals(results("movb $127,%al", "incb %al"), "jne jg jge js");
  assertEquals(results("movb $127,%al", "cmpb $-1,%al"), "jne jg jge js");
  assertEquals(results("movb $-128,%al", "subb $1,%al"), "jne jl jle jns");
  assertEquals(results("movw $-32768,%ax", "negw %ax"), "jne jg jge js");
  // Moves leave the condition codes alone.
  assertEquals(results("movl $3,%eax", "cmpl $3,%eax", "movl $4,%eax"), "je jle jge jns");
});

Deno.test("parseX86 keeps the upper bits of a register when a part of it is written", () => {
  const run = (...instructions: string[]) => leaves(att(column(...instructions), "forall (0:rax=0)"));
  assertEquals(run("movl $0x1234,%eax", "movb $-1,%al"), String(0x12ff));
  assertEquals(run("movl $0x12345678,%eax", "movw $1,%ax"), String(0x12340001));
  assertEquals(run("movl $0x12ff,%ebx", "movzbl %bl,%eax"), "255");
  assertEquals(run("movl $0x12ff,%ebx", "movsbl %bl,%eax"), "-1");
  assertEquals(run("movl $-1,%eax", "notl %eax"), "0");
});

Deno.test("parseX86 gives locations of 8 and 16 bits values of their width", () => {
  const byte = att(column("movb $255,(x)", "movb (x),%al", "movzbl (x),%ebx"), "forall (x=255)", "int8_t x;");
  assertEquals([leaves(byte), checkLitmus(byte, tso).holds], ["-1", true]);
  const sum = intel(
    column("MOV BYTE PTR [x],$100", "ADD BYTE PTR [x],$100", "MOVZX EAX,BYTE PTR [x]"),
    "forall (x=-56 /\\ 0:EAX=200)",
  );
  assertEquals(checkLitmus(sum, tso).observation, "Always");
  const words = att(
    " P0 | P1 ;\n movw $2,(x) | movw $2,(y) ;\n movw $1,(y) | movw $1,(x) ;",
    "exists (x=2 /\\ y=2)",
    "int16_t x=0; int16_t y=0;",
  );
  assertEquals(checkLitmus(words, tso).states.length, 3);
});

Deno.test("parseX86 takes the width of an instruction without one from its register or from the declaration", () => {
  assertEquals(leaves(att(column("mov $3,(x)", "mov (x),%rax"), "forall (0:rax=3)", "uint64_t x;")), "3");
  assertEquals(leaves(att(column("movb $3,(x)"), "forall (x=3)", "toString x;")), "3");
  assertEquals(leaves(att(column("mov $3,%al", "xchg %al,(x)"), "forall (x=3)")), "3");
});

Deno.test("parseX86 refuses what it would have to guess, and says what is accepted", () => {
  refuses("movl $1,(x) ;\n movq $1,(x)", "mixed sizes");
  refuses("movl $1,(x)", "x has 64 bits and is accessed with 32", "uint64_t x;");
  refuses("jne L0", "before any instruction that sets the condition codes");
  refuses("cmpl $1,%eax ;\n jne L0", "there is no label L0");
  refuses("cmpl $1,%eax ;\n ja L0 ;\n L0: nop", "accepted are JMP, JE");
  refuses("cmpl $1,%eax ;\n jconstructor L0 ;\n L0: nop", "accepted are JMP, JE");
  refuses("L0: ;\n movl (x),%eax ;\n cmpl $1,%eax ;\n jne L0", "the jump back to L0 makes a loop");
  refuses("L0: nop ;\n L0: nop", "label L0 is given twice");
  refuses("jmp $1", "accepted is a label");
  refuses("movl $1,4(%rsi)", "operand");
  refuses("movl (%rsi),%eax", "computed address");
  refuses("movb $256,(x)", "does not fit into 8 bits");
  refuses("movq $0x202020202020202,(x)", "does not fit into 32 bits");
  refuses("movb %eax,(x)", "%eax has 32 bits where 8 are needed");
  refuses("movzbl $1,%eax", "to a wider register");
  refuses("lock addb $1,(x)", "locked sums of less than 32 bits");
  refuses("lock movl $1,(x)", "LOCK movl does not exist");
  refuses("lock mfence", "LOCK mfence does not exist");
  refuses("mfence $1", "takes no operands");
  refuses("movl $1", "takes 2 operands, not 1");
  refuses("movl $1,$2", "an immediate can not be written to");
  refuses("cmpl %eax,$1", "does not compare an immediate");
  refuses("movl (x),(y)", "memory to memory");
  refuses("nop", "there is no thread 1", "1:rax=1;");
  refuses("nop", "accepted are 32- and 64-bit registers", "0:rip=0;");
  const part = assertThrows(() => att(column("movb $1,%al"), "exists (0:al=1)"), LitmusError);
  assertStringIncludes(part.message, "register 0:al is not declared, accepted are: 0:rax");
});
