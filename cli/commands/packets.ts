import { Command, EnumType } from "@cliffy/command";
import type { CommonOptions } from "../_common.ts";

/** Options of `auxtail packets`. */
export interface PacketsCommandOptions extends CommonOptions {
  readonly queue?: readonly number[] | undefined;
  readonly cpu?: readonly number[] | undefined;
  readonly range?: string | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly records?: boolean | undefined;
  readonly summary?: boolean | undefined;
  readonly jobs: number;
  readonly raw?: RawType | undefined;
}

/** What bare payload bytes can be. */
export type RawType = typeof RAW_TYPES[number];

const RAW_TYPES = [
  "intel_pt",
  "intel_bts",
  "cs_etm",
  "coresight",
  "etmv4",
  "ete",
  "arm_spe",
  "s390_cpumsf",
  "hisi_ptt",
  "vpa_dtl",
] as const;

/** `auxtail packets FILE`: the packets of the AUX payload, one per line. */
export function packetsCommand(): Command {
  return new Command()
    .description(
      "Print the packets of the AUX payload, one per line.\n" +
        "Position in the AUX stream, bytes, name and payload, queue by queue. Between them stand " +
        "marks, as -- gap of 4096 bytes: what was lost, and bytes that are no packets. Exit code " +
        "2 if the recording was cut; the packets before the cut are printed.",
    )
    .type("packets-format", new EnumType(["table", "json", "ndjson"]))
    .type("payload-type", new EnumType(RAW_TYPES))
    .type("when", new EnumType(["auto", "always", "never"]))
    .arguments("<file:string>")
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("--cpu <number:integer>", "Only queues of this CPU.", { collect: true })
    .option(
      "--range <from,to:string>",
      "Only packets that start at AUX positions from one to before the other, hexadecimal after " +
        "0x or decimal; either may be left out.",
    )
    .option(
      "--kind <name:string>",
      "Only packets of this kind, such as TIP, or marks, such as gap, bad, skipped.",
      { collect: true },
    )
    .option("-n, --limit <number:integer>", "Stop after this many packets and marks.")
    .option("--records", "Arm SPE: print a line for each record rather than for each packet.")
    .option(
      "--summary",
      "Print only the number of packets and bytes by kind, and what is damaged, of those that pass " +
        "the filters.",
    )
    .option(
      "--raw <type:payload-type>",
      "FILE holds bare payload bytes of this type. Those of cs_etm, or coresight, are taken to be " +
        "frames of ETMv4.2 units; etmv4 and ete are those of one unit without frames, as TRBE " +
        "writes them. Context ids have 4 bytes.",
    )
    .option(
      "-j, --jobs <number:integer>",
      "Decode in this many threads, 1 to 64: the answer is the same. It pays from some 10 MiB of " +
        "payload on; each thread takes some 30 MiB of memory.",
      { default: 1 },
    )
    .option("-f, --format <format:packets-format>", "How to write; json goes with --summary.", {
      default: "table",
    })
    .option("-o, --output <path:string>", "Write the answer to a file.")
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .option("--no-progress", "Show no progress bar.")
    .option("-q, --quiet", "Print nothing but the answer.")
    .example("What was traced?", "auxtail packets --summary perf.data")
    .example("Where did CPU 1 branch to?", "auxtail packets --cpu 1 --kind TIP perf.data")
    .example(
      "A page of the first ring",
      "auxtail packets --queue 0 --range 0x1000,0x2000 perf.data",
    )
    .action(async (options: PacketsCommandOptions, path: string) => {
      const { packets } = await import("../actions/packets.ts");
      await packets(options, path);
    });
}
