import { Command, EnumType } from "@cliffy/command";
import type { PacketsCommandOptions } from "../actions/packets.ts";
import { RAW_TYPES } from "../_raw_types.ts";
import type { InputOptions } from "../_inputs.ts";
import { answerOptions, type AnyCommand, inputOptions } from "./_options.ts";

/** `auxtail packets FILE…`: the packets of the AUX payload, one per line. */
export function packetsCommand(): AnyCommand {
  const command = new Command()
    .description(
      "Print the packets of the AUX payload, one per line.\n" +
        "Position in the AUX stream, bytes, name and payload, queue by queue. Between them stand " +
        "marks, as -- gap of 4096 bytes: what was lost, and bytes that are no packets. Exit code " +
        "2 if the recording was cut, or has trace that there is no decoder for; all other packets " +
        "are printed. Of several recordings, each line of NDJSON says its recording.",
    )
    .type("payload-type", new EnumType(RAW_TYPES))
    .option("--queue <idx:integer>", "Only this queue.", { collect: true })
    .option("--cpu <number:integer>", "Only queues of this CPU.", { collect: true })
    .option(
      "--range <range:string>",
      "FROM,TO: only packets that start at AUX positions from one to before the other, hexadecimal " +
        "after 0x or decimal; either may be left out.",
    )
    .option(
      "--kind <name:string>",
      "Only packets of this kind, such as TIP, or marks, such as gap, bad, skipped.",
      { collect: true },
    )
    .option(
      "-n, --limit <number:integer>",
      "Stop after this many packets and marks, of each recording.",
    )
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
        "writes them, ETMv4.2 and ETE 1.3. What the lengths of their packets depend on is assumed, " +
        "unless registers are given.",
    )
    .option(
      "--trcidr0 <value:string>",
      "TRCIDR0 of the CoreSight units of --raw, as 0x28000ea1: whether cycle counts have commits, " +
        "and whether there are Q elements and conditional instructions. Default: no commits " +
        "(COMMOPT is 1), and neither of these.",
    )
    .option(
      "--trcidr2 <value:string>",
      "Their TRCIDR2: sizes of context ids, virtual machine ids and cycle counts. Default: 4 and 4 " +
        "bytes, 12 bits.",
    )
    .option(
      "--trcconfigr <value:string>",
      "Their TRCCONFIGR: whether conditional instructions and data are traced. Default: neither.",
    )
    .option(
      "--trcdevarch <value:string>",
      "Their TRCDEVARCH: the version of ETMv4 or ETE, as 0x47724a13 (ETMv4.2), 0x47705a13 (ETE 1.0). " +
        "info shows all four registers of a recording.",
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
  return answerOptions(inputOptions(command), {
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
    .example(
      "Bare bytes of an ETE with Q elements",
      "auxtail packets --raw ete --trcidr0 0x2801cea1 --trcidr2 0xd0001088 trace.bin",
    )
    .action(async (options: PacketsCommandOptions & InputOptions, ...paths: string[]) => {
      const { packets } = await import("../actions/packets.ts");
      const { expandInputs } = await import("../_inputs.ts");
      await packets(
        options,
        expandInputs(paths, { ...options, areBare: options.raw !== undefined }),
      );
    });
}
