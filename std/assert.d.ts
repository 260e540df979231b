/** A class whose instances are errors. */
export type ErrorClass<E extends Error> = new (...parameters: never[]) => E;
/** Throws when `expression` is falsy; narrows its type otherwise. */
export function assert(expression: unknown, message?: string): asserts expression;
/** Throws when the two values are not deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
/** Throws when the two values are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
/** Throws when the two values are not the same by `Object.is`; narrows the first otherwise. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
/** Throws when `actual` does not contain `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
/** Throws when `actual` does not match `expected`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
/** Throws unless `body` throws (an error of the class, whose message includes the text); returns the error. */
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): E;
/** Rejects unless the promise of `body` rejects (with such an error); resolves to the error. */
export function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
/** Throws always. */
export function fail(message?: string): never;
