import { Command, EnumType } from "@cliffy/command";
import type { PacketsCommandOptions } from "../actions/packets.ts";
import { RAW_TYPES } from "../_raw_types.ts";
import { answerOptions } from "./_options.ts";

/** `auxtail packets FILE`: the packets of the AUX payload, one per line. */
export function packetsCommand(): Command {
  const command = new Command()
    .description(
      "Print the packets of the AUX payload, one per line.\n" +
        "Position in the AUX stream, bytes, name and payload, queue by queue. Between them stand " +
        "marks, as -- gap of 4096 bytes: what was lost, and bytes that are no packets. Exit code " +
        "2 if the recording was cut; the packets before the cut are printed.",
    )
    .type("payload-type", new EnumType(RAW_TYPES))
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
      "--from-start",
      "Trust that a packet starts with the first byte of FILE; in a recording with that of each " +
        "queue, snapshot, AUX sample and CoreSight run, and after each loss. Without it, what is " +
        "before the first PSB of Intel PT, or A-Sync of ETM and ETE, is skipped.",
    )
    .option(
      "-j, --jobs <number:integer>",
      "Decode in this many threads, 1 to 64: the answer is the same. It pays from some 10 MiB of " +
        "payload on; each thread takes some 30 MiB of memory.",
      { default: 1 },
    );
  return answerOptions(command, {
    formats: ["table", "json", "ndjson"],
    format: "How to write; json goes with --summary.",
  })
    .example("What was traced?", "auxtail packets --summary perf.data")
    .example("Where did CPU 1 branch to?", "auxtail packets --cpu 1 --kind TIP perf.data")
    .example(
      "A page of the first queue",
      "auxtail packets --queue 0 --range 0x1000,0x2000 perf.data",
    )
    .example(
      "Bytes of a hypervisor that have no PSB",
      "auxtail packets --raw intel_pt --from-start trace.bin",
    )
    .action(async (options: PacketsCommandOptions, path: string) => {
      const { packets } = await import("../actions/packets.ts");
      await packets(options, path);
    });
}
