import { assertEquals } from "@std/assert";
import { Command, EnumType } from "./cliffy_npm.ts";
import { manPage } from "./man.ts";

Deno.test("manPage() writes name, synopsis, options, commands and examples", () => {
  const replay = new Command()
    .description("Replay the tails.\n\nSecond paragraph.")
    .type("format", new EnumType(["table", "json"]))
    .option("-f, --format <format:format>", "Output format.", { default: "table" })
    .arguments("<file:string>")
    .example("A plain replay", "auxtail replay perf.data");
  const main = new Command().name("auxtail").version("0.1.0").description("Read recordings.")
    .command("replay", replay);
  assertEquals(
    manPage(main),
    String.raw`.TH "AUXTAIL" 1 "" "auxtail 0.1.0" "User Commands"
.SH NAME
auxtail \- Read recordings
.SH SYNOPSIS
\fBauxtail\fR [options] <command>
.SH DESCRIPTION
Read recordings.
.SH OPTIONS
.TP
\fB\-h\fR, \fB\-\-help\fR
Show this help.
.TP
\fB\-V\fR, \fB\-\-version\fR
Show the version number.
.SH COMMANDS
.SS auxtail replay
\fBauxtail replay\fR [options] <file>
.PP
Replay the tails.
.PP
Second paragraph.
.TP
\fB\-h\fR, \fB\-\-help\fR
Show this help.
.TP
\fB\-f\fR, \fB\-\-format\fR <format>
Output format. (one of table, json; default: table)
.SH EXAMPLES
A plain replay
.PP
.RS 4
.nf
auxtail replay perf.data
.fi
.RE
`,
  );
});

Deno.test("manPage() lets no text become a request or an escape", () => {
  const texts = [".so /etc/passwd", "'so /etc/passwd", "one\n.de x", "a \\fBb", 'say "so"'];
  const main = new Command().name("p").description("P.");
  for (const [index, text] of texts.entries()) {
    main.option(`--option-${index}`, text).example(`Example ${index}`, text);
  }
  const known = /^\.(TH|SH|SS|TP|IP|PP|RS|nf|fi|RE)\b/;
  const lines = manPage(main).split("\n");
  assertEquals(lines.filter((line) => /^[.']/.test(line) && !known.test(line)), []);
  assertEquals(lines.filter((line) => /\\(?!-|fB|fR|&|e|\(aq|\(dq)/.test(line)), []);
  assertEquals(lines.filter((line) => line === "a \\efBb").length, 2);
});
