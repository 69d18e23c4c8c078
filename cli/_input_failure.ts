import { oneLine } from "./_failure.ts";

/** What is wrong with one of several inputs; the others can be read all the same. */
export class InputFailure extends Error {
  override readonly name = "InputFailure";
}

/**
 * Reads from an input.
 *
 * @throws {InputFailure} If that fails and is no bug; its cause is the error.
 */
export function fromInput<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const line = oneLine(error);
    throw line === null ? error : new InputFailure(line, { cause: error });
  }
}
