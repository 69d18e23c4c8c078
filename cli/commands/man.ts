import { Command } from "@cliffy/command";
import type { AnyCommand } from "./_options.ts";

/** `auxtail man`: the manual page of the whole command line. */
export function manCommand(main: Command): AnyCommand {
  return new Command()
    .description("Print the manual page, for man -l -.")
    .example("Read the manual", "auxtail man | man -l -")
    .example("Install it", "auxtail man > ~/.local/share/man/man1/auxtail.1")
    .action(async () => {
      const { manPage } = await import("../man.ts");
      const { Output } = await import("../output/output.ts");
      using out = new Output();
      out.write(manPage(main));
    });
}
