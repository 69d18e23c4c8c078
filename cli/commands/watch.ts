import { Command, EnumType, ValidationError } from "@cliffy/command";
import type { WatchCommandOptions } from "../actions/watch.ts";
import { liveOptions } from "./_live_options.ts";
import { type AnyCommand, colorOption } from "./_options.ts";

/** `auxtail watch`: how the rings of live events fill, and how far the 32-bit limit is. */
export function watchCommand(): AnyCommand {
  const command = liveOptions(new Command())
    .description(
      "Watch how the rings of events fill: head, tail, the distance to the 32-bit limit, the " +
        "rate, the time left and what was lost, for each ring.\n" +
        "Opens the events as record does, empties the rings and keeps nothing. Give a command " +
        "after --, or -a, -C, -p or -t, or both; without any, all CPUs are watched. Ends with the " +
        "command, on Ctrl-C, or after --ticks. Exit code 1 if a 32-bit reader would have " +
        "stopped.\n\n" +
        "Needs --allow-ffi, and for a command --allow-run=sh. What may be observed is the kernel's " +
        "decision: auxtail pmus tells what stands in the way.",
    )
    .type("watch-format", new EnumType(["table", "ndjson"]))
    .option("--interval <seconds:number>", "Seconds from one tick to the next.", { default: 1 })
    .option("--ticks <number:integer>", "End after N ticks.")
    .option(
      "-f, --format <format:watch-format>",
      "table in place, or a line of JSON per tick; by default, a table on a terminal alone.",
    );
  return colorOption(command)
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
