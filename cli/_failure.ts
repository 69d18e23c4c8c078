import { printable } from "../text/mod.ts";
import { FormatError } from "../parsers/internal.ts";
import { NoPermission } from "./_permissions.ts";

/** Puts an error into one line: what, where, what to do. A stack trace means a bug. */
export function failure(error: unknown): string {
  const line = oneLine(error);
  if (line !== null) return `auxtail: ${printable(line)}\n`;
  const trace = error instanceof Error ? error.stack ?? String(error) : String(error);
  const lines = trace.split("\n").map(printable).join("\n");
  return `auxtail: this is a bug, please report it\n${lines}\n`;
}

/** What a failure that is no bug means, in a line; null for a bug. */
export function oneLine(error: unknown): string | null {
  if (error instanceof FormatError) return `${error.message}; ${error.cure}`;
  if (error instanceof NoPermission) return error.message;
  if (error instanceof Deno.errors.NotCapable) {
    const [, name, path = ""] =
      error.message.match(/Requires (read|write|run|ffi) access(?: to "(.*)")?, run/s) ?? [];
    if (name === "ffi") return new NoPermission([{ name }]).message;
    if (name === "run") return new NoPermission([{ name, command: path }]).message;
    if (name === "read" || name === "write") return new NoPermission([{ name, path }]).message;
    return error.message.replace(
      /, run again.*/,
      ": Deno opens such files with --allow-all only; - is a stream",
    );
  }
  if (!(error instanceof Error)) return null;
  // By its name: the class would have every command load all of live/.
  if (error.name === "EventSyntaxError") return error.message;
  const fromSystem = error.constructor.name in Deno.errors || "code" in error ||
    / \(os error \d+\)/.test(error.message);
  return fromSystem ? error.message : null;
}

/** Says why one of several recordings has no answer: a bug does not stop the others. */
export function recordingError(error: unknown): string {
  return oneLine(error) ?? `this is a bug, please report it: ${error}`;
}

/** What is wrong with an output: there is no use in the other recordings then. */
export class OutputFailure extends Error {
  override readonly name = "OutputFailure";
}

/**
 * Writes to an output.
 *
 * @throws {OutputFailure} If that fails; its cause is the error.
 */
export function toOutput<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new OutputFailure("an output cannot be written", { cause: error });
  }
}
