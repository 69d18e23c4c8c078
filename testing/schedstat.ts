import { run } from "./run_program.ts";

/** The first counter of the later text; each has one more than the one before it. */
export const FIRST_COUNTER = 100;

/** When the two texts were made, in the kernel's ticks. */
export const SCHEDSTAT_TIMES: readonly [number, number] = [4295000001, 4295000501];

/**
 * Prepares a folder in which perf finds a `/proc/schedstat` of two CPUs with two domains each: all
 * counters are 0 when perf looks first, and different numbers from then on.
 *
 * @param folder Where the files go.
 * @param version Version of the text: 15, 16 or 17.
 * @param seen The folder as perf sees it.
 * @returns Variables for perf's environment.
 */
export async function fakeSchedstat(
  folder: string,
  version: number,
  seen: string = folder,
): Promise<Record<string, string>> {
  const source = decodeURIComponent(new URL("schedstat_file.c", import.meta.url).pathname);
  await run("gcc", ["-shared", "-fPIC", "-O", "-o", `${folder}/schedstat.so`, source]);
  await Deno.writeTextFile(`${folder}/schedstat.0`, schedstatText(version, 0));
  await Deno.writeTextFile(`${folder}/schedstat.1`, schedstatText(version, 1));
  return {
    PERF_PRELOAD: `${seen}/schedstat.so`,
    SCHEDSTAT: `${seen}/schedstat.0`,
    SCHEDSTAT_LATER: `${seen}/schedstat.1`,
  };
}

function schedstatText(version: number, look: 0 | 1): string {
  let next = FIRST_COUNTER;
  const counters = (count: number) => Array.from({ length: count }, () => look * next++).join(" ");
  const lines = [`version ${version}`, `timestamp ${SCHEDSTAT_TIMES[look]}`];
  for (const cpu of [0, 1]) {
    lines.push(`cpu${cpu} ${counters(9)}`);
    for (const [domain, name] of ["MC", "PKG"].entries()) {
      const named = version < 17 ? "" : `${name} `;
      lines.push(`domain${domain} ${named}3 ${counters(version < 17 ? 36 : 45)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
