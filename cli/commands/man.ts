import { Command } from "@cliffy/command";
import type { AnyCommand } from "./_options.ts";

/** `auxtail man`: the manual page of the whole command line. */
export function manCommand(main: Command): AnyCommand {
  return new Command()
    .description(
      "Print the manual page, for man -l -.\n" +
        "man searches share/man beside each folder of PATH. If auxtail is in ~/.deno/bin, write the " +
        "page to ~/.deno/share/man/man1. The shells find completions in these files: bash in " +
        "~/.local/share/bash-completion/completions/auxtail, zsh in _auxtail in a folder of its " +
        "fpath, fish in ~/.config/fish/completions/auxtail.fish. Make the folders that are missing.",
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
