import { assertEquals } from "@std/assert";
import { testOutputFaults } from "../testing/output_faults.ts";
import { WRITING_COMMANDS } from "../testing/writing_commands.ts";
import { program } from "./main.ts";

testOutputFaults(WRITING_COMMANDS.filter(({ isWeb }) => !isWeb));

Deno.test("every command that has --output is run into faults, but record, which writes in place", () => {
  const writing = program().getCommands().filter((command) =>
    command.getOptions().some(({ name }) => name === "output")
  ).map((command) => command.getName());
  const tested = WRITING_COMMANDS.map(({ args }) => args[0]!);
  assertEquals(new Set(writing), new Set([...tested, "record"]));
});
