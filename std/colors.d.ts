/** Bold text, when colours are on. */
export function bold(text: string): string;
/** Cyan text, when colours are on. */
export function cyan(text: string): string;
/** Dimmed text, when colours are on. */
export function dim(text: string): string;
/** Green text, when colours are on. */
export function green(text: string): string;
/** Red text, when colours are on. */
export function red(text: string): string;
/** Yellow text, when colours are on. */
export function yellow(text: string): string;
/** Whether escape sequences are written; off when `NO_COLOR` is set. */
export function getColorEnabled(): boolean;
/** Switches escape sequences on or off. */
export function setColorEnabled(enabled: boolean): void;
/** The text without its escape sequences. */
export function stripAnsiCode(text: string): string;
