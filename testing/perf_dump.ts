/** What `perf` prints where it did not read a recording to its end, often with exit code 0. */
const FAILURE = /couldn't|error|incompatible|bad event|failed|invalid/i;
/** What it says of its cache of build ids, which other perfs change at the same time. */
const OF_CACHE = /util\/build-id\.c/;
/** The line of a record; those at `(null)` perf has made up. */
const RECORD = /^0(?:x[0-9a-f]+)?(?:@(?!\(null\))\S+)? \[0x[0-9a-f]+\]: event: (\d+)$/;
const STATISTIC = /^ *(\w+) events: +(\d+)/;
const AUX_LINE = / PERF_RECORD_AUX(?:TRACE)? /;
const PIPE_HEADER_SIZE = 16;
/** Records that have no line, by their names in the statistics. */
const UNPRINTED: Readonly<Record<string, number>> = { COMPRESSED: 81, COMPRESSED2: 83 };

/** What `perf report -D` prints of a recording, as far as it is compared. */
export interface PerfDump {
  /** Records by type number, decompressed ones included. */
  readonly counts: ReadonlyMap<number, number>;
  /** Perf's own count of the records that it handled, by name, and `TOTAL`. */
  readonly statistics: ReadonlyMap<string, number>;
  /** Lines that describe PERF_RECORD_AUX and PERF_RECORD_AUXTRACE. */
  readonly auxLines: readonly string[];
  /** The first line that says that perf did not read everything; null if it did. */
  readonly failure: string | null;
}

/** Which perf is run, and what it gets. */
export interface PerfOptions {
  /** Its path; by default the one that is installed. */
  readonly perf?: string;
  /** Its standard input, through a pipe; nothing unless given. */
  readonly input?: Uint8Array<ArrayBuffer>;
}

/**
 * Runs perf without configuration files, and hands out what it prints line by line.
 *
 * @returns The first line on standard error that reports a failure, or null.
 */
export async function runPerf(
  args: readonly string[],
  takeLine: (line: string) => void,
  { perf = "perf", input }: PerfOptions = {},
): Promise<string | null> {
  const child = new Deno.Command(perf, {
    args: [...args],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // perf may give up before it has read everything.
  const fed = input && new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const message = new Response(child.stderr).text();
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(takeLine);
  }
  takeLine(rest);
  await fed;
  const { code } = await child.status;
  const failure = (await message).split("\n").find((line) =>
    FAILURE.test(line) && !OF_CACHE.test(line)
  );
  return failure ?? (code === 0 ? null : `exit code ${code}`);
}

/**
 * Counts the records of a recording with `perf report -D`.
 *
 * Every record has one line that ends in `event: N`, except compressed ones, whose count is in the
 * statistics at the end. AUX data of files is not decoded: newer perfs do not survive that of a
 * CoreSight trace that breaks off. In streams they do not find the end of what they do not decode.
 *
 * @param options What is run; `takeLine` gets all that it prints.
 */
export async function perfDump(
  path: string,
  { takeLine, ...options }: PerfOptions & { readonly takeLine?: (line: string) => void } = {},
): Promise<PerfDump> {
  const counts = new Map<number, number>();
  const statistics = new Map<string, number>();
  const auxLines: string[] = [];
  let aggregated = false;
  const decoded = isStream(path) ? [] : ["--no-itrace"];
  const failure = await runPerf(["report", "-D", ...decoded, "-i", path], (line) => {
    takeLine?.(line);
    const type = RECORD.exec(line)?.[1];
    if (type !== undefined) counts.set(Number(type), (counts.get(Number(type)) ?? 0) + 1);
    else if (AUX_LINE.test(line)) auxLines.push(line);
    else if (/^Aggregated stats:/.test(line)) aggregated = true;
    else if (!line.startsWith(" ")) aggregated = false;
    else if (aggregated) {
      const [, name, count] = STATISTIC.exec(line) ?? [];
      if (name !== undefined) statistics.set(name, Number(count));
    }
  }, options);
  for (const [name, type] of Object.entries(UNPRINTED)) {
    const count = statistics.get(name);
    if (count !== undefined) counts.set(type, count);
  }
  return { counts, statistics, auxLines, failure };
}

/** Whether a recording was written through a pipe. */
export function isStream(path: string): boolean {
  if (Deno.statSync(path).isDirectory) return false;
  using file = Deno.openSync(path);
  const head = new Uint8Array(PIPE_HEADER_SIZE);
  return file.readSync(head) === PIPE_HEADER_SIZE && isPipe(head);
}

/** Whether the size of the header is that of a stream's, in any byte order. */
export function isPipe(file: Uint8Array): boolean {
  return file.subarray(8, 16).every((byte, n) =>
    byte === 0 || (byte === PIPE_HEADER_SIZE && (n === 0 || n === 7))
  );
}
