import { assertEquals } from "@std/assert";
import { getColorEnabled, setColorEnabled } from "@std/fmt/colors";
import { helpText } from "./_cliffy_help.ts";
import { Command } from "./cliffy_npm.ts";

function plainHelp(command: Command): string[] {
  const hadColor: boolean = getColorEnabled();
  setColorEnabled(false);
  try {
    return helpText(command).split("\n");
  } finally {
    setColorEnabled(hadColor);
  }
}

Deno.test("helpText() puts texts beside labels of up to 28 characters, and below longer ones", () => {
  // With four blanks before a flag that has no letter, `--` and the name.
  const name = "x".repeat(22);
  const lines = plainHelp(
    new Command().name("p").description("P.")
      .option(`--${name}`, "Fits.")
      .option(`--${name}y`, "Is below."),
  );
  assertEquals(lines.slice(lines.indexOf("Options:") + 2), [
    `  -h, --help${" ".repeat(18)}  Show this help.`,
    `      --${name}  Fits.`,
    `      --${name}y`,
    `${" ".repeat(32)}Is below.`,
    "",
  ]);
});

Deno.test("helpText() wraps texts beside their labels, within 80 columns", () => {
  const text = new Array(20).fill("word").join(" ");
  const lines = plainHelp(new Command().name("p").description(text).option("-o, --out", text));
  const body = lines.slice(lines.indexOf("Options:") + 3, -1);
  // "-h, --help" is the widest: 14 columns are left out, 66 hold thirteen words.
  assertEquals(body, [
    `  -o, --out   ${new Array(13).fill("word").join(" ")}`,
    `              ${new Array(7).fill("word").join(" ")}`,
  ]);
  // The description has 78 columns: fifteen words.
  assertEquals(lines.slice(lines.indexOf("Description:") + 2).slice(0, 2), [
    `  ${new Array(15).fill("word").join(" ")}`,
    `  ${new Array(5).fill("word").join(" ")}`,
  ]);
});

Deno.test("helpText() uses all 80 columns, and has one blank line between its sections", () => {
  const [left, right] = ["x".repeat(38), "y".repeat(39)];
  const command = (text: string) =>
    new Command().name("p").description(text).example("An example", "p x");
  const description = (text: string) => {
    const lines = plainHelp(command(text));
    return lines.slice(lines.indexOf("Description:") + 2, lines.indexOf("Options:") - 1);
  };
  assertEquals(description(`${left} ${right}`), [`  ${left} ${right}`]);
  assertEquals(description(`${left}x ${right}`), [`  ${left}x`, `  ${right}`]);
  const text = plainHelp(command("P.")).join("\n");
  assertEquals(text.endsWith("Examples:\n\n  An example\n    p x\n"), true, text);
  assertEquals(text.includes("\n\n\n"), false);
});
