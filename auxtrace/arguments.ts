/**
 * Throws if an argument is not what a function works on, such as a path in place of a recording.
 *
 * @param expected What it has to be, in words.
 * @throws {TypeError}
 */
export function checkArgument(isRight: boolean, expected: string, actual: unknown): void {
  if (isRight) return;
  const type = typeof actual === "object" ? actual?.constructor?.name ?? "null" : typeof actual;
  throw new TypeError(`Expected ${expected}, got ${type}`);
}
