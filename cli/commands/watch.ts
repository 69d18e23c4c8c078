import { type Command, EnumType, ValidationError } from "@cliffy/command";
import { liveCommand, type LiveOptions } from "./live_options.ts";

/** Options of `auxtail watch`. */
export interface WatchCommandOptions extends LiveOptions {
  readonly interval: number;
  readonly ticks?: number | undefined;
  readonly format?: "table" | "ndjson" | undefined;
  readonly color: string;
}

/** `auxtail watch`: how the rings of live events fill, and how far the 32-bit limit is. */
export function watchCommand(): Command {
  return liveCommand()
    .description(
      "Watch how the rings of events fill: head, tail, the distance to the 32-bit limit, the " +
        "rate, the time left and what was lost, for each ring.\n" +
        "Opens the events as record does, empties the rings and keeps nothing. Give a command " +
        "after --, or -a, -C, -p or -t; without any, all CPUs are watched. Ends with the " +
        "command, on Ctrl-C, or after --ticks. Exit code 1 if a 32-bit reader could not " +
        "have gone on.\n\n" +
        "Needs --allow-ffi, and for a command --allow-run=sh: deno task auxtail:live has them. " +
        "What may be observed is the kernel's decision: auxtail pmus tells what stands in the way.",
    )
    .type("watch-format", new EnumType(["table", "ndjson"]))
    .type("when", new EnumType(["auto", "always", "never"]))
    .option("--interval <seconds:number>", "Seconds from one tick to the next.", { default: 1 })
    .option("--ticks <number:integer>", "End after so many ticks.")
    .option(
      "-f, --format <format:watch-format>",
      "table in place, or a line of JSON per tick; by default, a table on a terminal alone.",
    )
    .option("--color <when:when>", "When to use colour.", { default: "auto" })
    .example("How long until 4 GiB?", "auxtail watch -e intel_pt//u -- make -j8")
    .example("For scripts", "auxtail watch -a --ticks 1 -f ndjson | jq '.rings[].data.head'")
    .action(async function (this: Command, options: WatchCommandOptions) {
      if (!(options.interval > 0)) {
        throw new ValidationError(`Option "--interval" takes seconds above 0`);
      }
      if (options.ticks !== undefined && options.ticks < 1) {
        throw new ValidationError(`Option "--ticks" takes a number above 0, got ${options.ticks}`);
      }
      const { watch } = await import("../actions/watch.ts");
      await watch(options, this.getLiteralArgs());
    });
}
