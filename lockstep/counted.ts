/** How many there are of something, in words: `1 step`, `1,234 steps`. */
export function counted(count: number, one: string, more: string = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : more}`;
}
