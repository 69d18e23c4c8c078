import { assertEquals } from "@std/assert";
import { Progress } from "./progress.ts";

/** Steps of a progress, each a time in milliseconds and a position; returns what is written at each. */
function shown(
  steps: readonly (readonly [ms: number, position: number, bytes?: number])[],
  { total = 2 ** 22, unit, progress = true, quiet = false, isTerminal = true }: {
    total?: number;
    unit?: string;
    progress?: boolean;
    quiet?: boolean;
    isTerminal?: boolean;
  } = {},
): string[] {
  using undo = new DisposableStack();
  const { writeSync, isTerminal: before } = Deno.stderr;
  const { now } = performance;
  undo.defer(() => Object.assign(Deno.stderr, { writeSync, isTerminal: before }));
  undo.defer(() => Object.assign(performance, { now }));
  const texts = [""];
  let ms = 0;
  performance.now = () => 1000 + ms;
  Deno.stderr.isTerminal = () => isTerminal;
  Deno.stderr.writeSync = (bytes) => {
    texts[texts.length - 1] += new TextDecoder().decode(bytes).replace("\r\x1b[K", "");
    return bytes.length;
  };
  {
    using bar = new Progress(total, { progress, quiet, ...(unit !== undefined && { unit }) });
    for (const [at, position, bytes] of steps) {
      ms = at;
      bar.show(position, bytes);
      texts.push("");
    }
  }
  return texts.slice(0, steps.length);
}

const HALF = `[${"#".repeat(15)}${"-".repeat(15)}] 50 % 2 MiB`;

Deno.test("Progress shows a bar after half a second, and again a tenth of a second later", () => {
  const at = (...times: number[]) => times.map((ms) => [ms, 2 ** 21] as const);
  assertEquals(shown(at(0, 499, 500, 599, 600, 1000)), [
    "",
    "",
    `${HALF}, 4 MiB/s, 0.5 s left`,
    "",
    `${HALF}, 3.33 MiB/s, 0.6 s left`,
    `${HALF}, 2 MiB/s, 1 s left`,
  ]);
});

Deno.test("Progress ends at the whole, and has no bar where the end is not known", () => {
  assertEquals(shown([[500, 0], [1000, 2 ** 22], [2000, 2 ** 23]]), [
    `[${"-".repeat(30)}] 0 % 0 MiB, 0 bytes/s`,
    `[${"#".repeat(30)}] 100 % 4 MiB, 4 MiB/s, 0 s left`,
    `[${"#".repeat(30)}] 100 % 8 MiB, 4 MiB/s, 0 s left`,
  ]);
  assertEquals(shown([[500, 3 << 20]], { total: Infinity }), ["3 MiB, 6 MiB/s"]);
});

Deno.test("Progress of recordings says how many and how many bytes come in a second, and what is left", () => {
  assertEquals(
    shown([[500, 0], [1000, 3], [2000, 100, 3 << 20], [86_400_000, 500_000, 2 ** 43]], {
      total: 1_000_000,
      unit: "recordings",
    }),
    [
      "0 of 1000000 recordings, 0/s",
      "3 of 1000000 recordings, 3/s, 3.86 days left",
      "100 of 1000000 recordings, 50/s, 3 MiB, 1.5 MiB/s, 5.55 h left",
      "500000 of 1000000 recordings, 6/s, 8 TiB, 97.1 MiB/s, 24 h left",
    ],
  );
});

Deno.test("Progress is silent with --no-progress, with --quiet, and where there is no terminal", () => {
  for (const options of [{ progress: false }, { quiet: true }, { isTerminal: false }]) {
    assertEquals(shown([[500, 1], [700, 2]], options), ["", ""]);
  }
});

/** Runs `use` on a terminal, long after the start; returns what is written, call by call. */
function written(use: (bar: Progress) => void): string[] {
  using undo = new DisposableStack();
  const { writeSync, isTerminal } = Deno.stderr;
  const { now } = performance;
  undo.defer(() => Object.assign(Deno.stderr, { writeSync, isTerminal }));
  undo.defer(() => Object.assign(performance, { now }));
  const texts: string[] = [];
  let ms = 0;
  performance.now = () => ms += 1000;
  Deno.stderr.isTerminal = () => true;
  Deno.stderr.writeSync = (bytes) => {
    texts.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  {
    using bar = new Progress(Infinity, { progress: true });
    use(bar);
  }
  return texts;
}

Deno.test("Progress takes its bar away at the end, if there was one", () => {
  assertEquals(written((bar) => bar.show(1 << 20)), ["\r\x1b[K1 MiB, 1 MiB/s", "\r\x1b[K"]);
  assertEquals(written(() => {}), []);
});

Deno.test("Progress.at() looks at the clock every 4,096 records", () => {
  const calls = (count: number) =>
    written((bar) => {
      for (let n = 1; n <= count; n++) bar.at(n * 2 ** 20);
    }).slice(0, -1);
  assertEquals(calls(4095), []);
  assertEquals(calls(4096), ["\r\x1b[K4096 MiB, 4 GiB/s"]);
  assertEquals(calls(8192).length, 2);
});
