import { assert } from "@std/assert";

/** Kinds that no libipt knows, and those of event tracing and triggers with the version that does. */
const NEVER_KNOWN = ["BBP", "BIP", "BEP", "BEP_IP"];
const KNOWN_SINCE: readonly (readonly [version: number, kinds: readonly string[]])[] = [
  [2.1, ["CFE", "CFE_IP", "EVD"]],
  [2.2, ["TRIG"]],
];

/**
 * Lets the installed libipt find the packets of streams of Intel PT bytes.
 *
 * @param options `fromStart`: from the first byte of each stream, not from its first PSB packet.
 * @returns Of each stream, a line "OFFSET SIZE" for each packet, and "bad OFFSET" where there is none.
 */
export function askLibipt(
  streams: readonly Uint8Array[],
  { fromStart = false }: { readonly fromStart?: boolean } = {},
): string[][] {
  return answers(streams, fromStart).slice(1);
}

/** Names of the kinds that the installed libipt does not know. */
export function kindsUnknownToLibipt(): string[] {
  const version = Number(answers([], false)[0]);
  const newer = KNOWN_SINCE.flatMap(([since, kinds]) => since > version ? kinds : []);
  return [...NEVER_KNOWN, ...newer];
}

/** The version of libipt, then what it says of the streams. */
function answers(streams: readonly Uint8Array[], fromStart: boolean): string[][] {
  const folder = Deno.makeTempDirSync();
  try {
    const program = `${folder}/libipt_count`;
    const source = new URL("libipt_count.c", import.meta.url).pathname;
    run("gcc", ["-O2", "-o", program, decodeURIComponent(source), "-lipt"]);
    using file = Deno.openSync(`${folder}/streams`, { write: true, create: true });
    for (const bytes of streams) {
      file.writeSync(new Uint8Array(Uint32Array.of(bytes.length).buffer));
      file.writeSync(bytes);
    }
    const flags = fromStart ? ["from-start"] : [];
    const script = 'streams="$1"; shift; "$0" "$@" < "$streams"';
    const text = run("sh", ["-c", script, program, `${folder}/streams`, ...flags]);
    const found: string[][] = [[]];
    for (const line of text.split("\n")) {
      if (line === "") found.push([]);
      else found.at(-1)!.push(line);
    }
    return found.slice(0, 1 + streams.length);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function run(program: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
