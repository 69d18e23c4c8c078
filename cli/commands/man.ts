import { Command } from "@cliffy/command";
import type { AnyCommand } from "./_options.ts";

/** `auxtail man`: the manual page of the whole command line. */
export function manCommand(main: Command): AnyCommand {
  return new Command()
    .description(
      "Print the manual page, for man -l -.\n" +
        "man looks in share/man beside each folder of PATH: for an auxtail in ~/.deno/bin in " +
        "~/.deno/share/man, whose folder man1 takes the file as below. The completions of a shell are found as " +
        "~/.local/share/bash-completion/completions/auxtail, as _auxtail in a folder of zsh's fpath, " +
        "and as ~/.config/fish/completions/auxtail.fish. Folders that are missing have to be made.",
    )
    .example("Read the manual", "auxtail man | man -l -")
    .example("Install it", "auxtail man > ~/.deno/share/man/man1/auxtail.1")
    .action(async () => {
      const { manPage } = await import("../man.ts");
      const { Output } = await import("../output/output.ts");
      using out = new Output();
      out.write(manPage(main));
    });
}
