/** Options of `perf record` and `auxtail record` whose value can be the next argument. */
const SHORT_WITH_VALUE = "cCDeFGjkmoprtu";
const LONG_WITH_VALUE = new Set([
  ...["accessor", "affinity", "branch-filter", "call-graph", "cgroup", "clang-opt", "clang-path"],
  ...["clockid", "control", "count", "cpu", "delay", "event", "filter", "freq", "max-size", "mmap"],
  ...["mmap-flush", "mmap-pages", "num-thread-synthesize", "output", "pid", "proc-map-timeout"],
  ...["realtime", "switch-max-files", "switch-output-event", "synth", "tid", "uid", "vmlinux"],
]);
/** What can follow in the same argument: the value of an option that needs none. */
const SHORT_WITH_REST = "Iz";

/**
 * Whether a command line asks `perf record` or `auxtail record` for snapshots. What follows the first
 * argument that is no option is the traced command's. Source: perf's `record_options`, which are
 * parsed by `parse_options()` with PARSE_OPT_STOP_AT_NON_OPTION.
 */
export function asksForSnapshots(commandLine: readonly string[]): boolean {
  const command = commandLine.indexOf("record", 1);
  if (command < 0) return false;
  const args = commandLine.slice(command + 1);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!/^-./.test(arg) || arg === "--") return false;
    if (arg.startsWith("--")) {
      const [, name = "", value] = /^--([^=]*)(=.*)?$/s.exec(arg) ?? [];
      if (name === "snapshot") return true;
      if (value === undefined && LONG_WITH_VALUE.has(name)) at++;
      continue;
    }
    for (let index = 1; index < arg.length; index++) {
      const letter = arg[index]!;
      if (letter === "S") return true;
      if (SHORT_WITH_REST.includes(letter)) break;
      if (!SHORT_WITH_VALUE.includes(letter)) continue;
      if (index === arg.length - 1) at++;
      break;
    }
  }
  return false;
}
