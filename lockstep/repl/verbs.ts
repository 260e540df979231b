/** One thing that the REPL can be told to do. */
export interface VerbHelp {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
}

/** What the REPL understands beside numbers and commands of the machine. */
export const verbs: readonly VerbHelp[] = [
  { name: "help", usage: "help", help: "this list" },
  { name: "list", usage: "list [kind]", help: "every possible command with its number" },
  { name: "state", usage: "state", help: "the whole state, field by field" },
  { name: "view", usage: "view", help: "what can be seen without disturbing anything" },
  { name: "diff", usage: "diff", help: "what the last step has changed" },
  { name: "trace", usage: "trace", help: "the steps up to here" },
  {
    name: "why",
    usage: "why [promise | command]",
    help: "how near a promise is to being broken or paid; which condition refuses a command",
  },
  { name: "undo", usage: "undo [steps]", help: "go back" },
  { name: "redo", usage: "redo [steps]", help: "go forward again" },
  { name: "goto", usage: "goto <step>", help: "go to the place after that step" },
  { name: "reset", usage: "reset [start]", help: "begin again, at another start by number" },
  { name: "random", usage: "random [steps] [seed]", help: "take random steps; 10 unless told otherwise" },
  {
    name: "until",
    usage: "until <label | promise>",
    help: "take the shortest way to where it is reached, broken or paid",
  },
  {
    name: "explore",
    usage: "explore [seconds]",
    help: "explore everything from here; 5 seconds unless told otherwise",
  },
  {
    name: "follow",
    usage: "follow <violation>",
    help: "take the steps of a violation that explore has found",
  },
  {
    name: "epilogue",
    usage: "epilogue",
    help: "the commands that follow every case and make hidden effects visible",
  },
  { name: "load", usage: "load <case.json>", help: "perform a stored case" },
  { name: "save", usage: "save <case.json>", help: "store the steps up to here as a case" },
  { name: "test", usage: "test <file.ts>", help: "store them as a test" },
  {
    name: "report",
    usage: "report <file.html|md|json|txt>",
    help: "with --real: store the report of these steps",
  },
  { name: "quit", usage: "quit", help: "leave; so does the end of the input" },
];

/** What other tools call the same. */
const aliases: Readonly<Record<string, string>> = { "?": "help", q: "quit", exit: "quit" };

/** The verb that a word means: its name, another word for it, or a beginning that no other verb has. */
export function verbOf(word: string): string | undefined {
  if (verbs.some(({ name }) => name === word)) return word;
  if (Object.hasOwn(aliases, word)) return aliases[word];
  const found = verbs.filter(({ name }) => name.startsWith(word));
  return word !== "" && found.length === 1 ? found[0]!.name : undefined;
}
