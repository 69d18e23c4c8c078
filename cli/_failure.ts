import { FormatError } from "../parsers/format_error.ts";

/** Puts an error into one line: what, where, what to do. A stack trace means a bug. */
export function failure(error: unknown, args: readonly string[]): string {
  if (error instanceof FormatError) {
    const cure: Record<FormatError["fault"], string> = {
      "bad-magic": "give a file that perf record wrote",
      "truncated": "copy the file again, or look at what is left with `auxtail info`",
      "corrupt": "copy the file again, or look for damage with `auxtail check`",
      "unsupported": "report it with the output of `auxtail info`",
    };
    return `auxtail: ${error.message}: ${cure[error.fault]}\n`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    const [, access, path] = error.message.match(/Requires (\w+) access to "?([^",]+)"?/) ?? [];
    return access === undefined
      ? `auxtail: ${error.message}\n`
      : `auxtail: no permission: run with --allow-${access}=${path}\n`;
  }
  if (error instanceof Error && error.constructor.name in Deno.errors) {
    return `auxtail: ${error.message}: check the path (${args.at(-1) ?? ""})\n`;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  return `auxtail: this is a bug, please report it\n${trace}\n`;
}
