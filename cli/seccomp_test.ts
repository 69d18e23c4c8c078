import { assertEquals, assertMatch } from "@std/assert";
import { oracleTest } from "../testing/corpus.ts";

const filter = new URL("../testing/seccomp_filter.py", import.meta.url).pathname;
const root = new URL("..", import.meta.url);
const LIVE = ["--allow-read", "--allow-write", "--allow-run=sh", "--allow-ffi"];
const ERRNOS = { EPERM: 1, EACCES: 13, ENOSYS: 38 };

/** Runs the command line under a filter that answers perf_event_open with an error. */
async function filtered(
  errno: number,
  args: readonly string[],
  before: readonly string[],
): Promise<{ code: number; text: string }> {
  const program = [Deno.execPath(), "run", "--no-prompt", ...LIVE, "cli/main.ts", ...args];
  const [command = "", ...rest] = [...before, "python3", filter, `${errno}`, ...program];
  const output = await new Deno.Command(command, { args: rest, cwd: root, stdin: "null" }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    text: (text.decode(output.stdout) + text.decode(output.stderr)).replaceAll(/\s+/g, " "),
  };
}

oracleTest(
  "live commands blame the seccomp filter of a container, and say what lifts it",
  ["python3", "perf events"],
  async () => {
    // As a container has them: without both capabilities, and with them.
    const none = ["setpriv", "--bounding-set=-perfmon,-sys_admin", "--inh-caps=-all"];
    for (const [before, cure] of [[none, /--cap-add PERFMON/], [[], /--security-opt/]] as const) {
      for (const [name, errno] of Object.entries(ERRNOS)) {
        for (const command of ["record", "watch"]) {
          const args = [command, "-e", "cpu-clock", "--", "true"];
          const { code, text } = await filtered(errno, args, before);
          assertEquals(code, 2, text);
          assertMatch(
            text,
            new RegExp(`perf_event_open: .*\\(${name}\\): a seccomp filter refuses`),
          );
          assertMatch(text, cure);
        }
      }
      const { code, text } = await filtered(ERRNOS.EPERM, ["pmus"], before);
      assertEquals(code, 0, text);
      assertMatch(text, /- a seccomp filter refuses perf_event_open.* cure: /);
    }
  },
);
