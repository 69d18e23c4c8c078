import { Command } from "@cliffy/command";
import type { AnyCommand } from "./_options.ts";

/** `auxtail man`: the manual page of the whole command line. */
export function manCommand(main: Command): AnyCommand {
  return new Command()
    .description(
      "Print the manual page, for man -l -.\n" +
        "Written to a file as below, it is found by man if ~/.local/bin is in PATH, or in " +
        "/usr/local/share/man always. The completions of a shell are found as " +
        "~/.local/share/bash-completion/completions/auxtail, as _auxtail in a folder of zsh's fpath, " +
        "and as ~/.config/fish/completions/auxtail.fish. Folders that are missing have to be made.",
    )
    .example("Read the manual", "auxtail man | man -l -")
    .example("Install it", "auxtail man > ~/.local/share/man/man1/auxtail.1")
    .action(async () => {
      const { manPage } = await import("../man.ts");
      const { Output } = await import("../output/output.ts");
      using out = new Output();
      out.write(manPage(main));
    });
}
