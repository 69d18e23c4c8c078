import { auxPmuKind, cpuListText, probeAux } from "../../live/internal.ts";
import { findObstacles, kernelFiles, listPmus, type Obstacle, type Pmu } from "../../live/mod.ts";
import type { AnswerOptions } from "../_common.ts";
import { requirePermissions } from "../_permissions.ts";
import { Output, outputAccesses } from "../output/output.ts";
import { type Style, style } from "../output/style.ts";
import { textTable, wrap } from "../output/table.ts";
import { jsonText, printable } from "../../text/mod.ts";

const COLUMNS = 80;
const SHORTEST_FORMATS = 20;

/** Prints the machine's PMUs and what stands in the way of using them. */
export function pmus(options: AnswerOptions): void {
  requirePermissions({ name: "ffi" }, ...outputAccesses(options.output));
  const all = listPmus(kernelFiles, {
    isAux: (name, type) => auxPmuKind(name) !== null || probeAux({ type }),
  });
  const obstacles = findObstacles(kernelFiles, all);
  using out = new Output(options.output);
  if (options.format === "json") {
    out.line(jsonText({ schema: "auxtail.pmus/1", pmus: all.map(pmuJson), obstacles }, 2));
  } else if (options.format === "ndjson") {
    for (const pmu of all) out.line(jsonText(pmuJson(pmu)));
    out.line(jsonText({ obstacles }));
  } else {
    out.lines(tableLines(all, obstacles, style(options)));
  }
  out.commit();
}

function pmuJson({ name, type, aux, formats, cpus, caps, events }: Pmu): object {
  return {
    name,
    type,
    aux,
    formats: Object.fromEntries(formats),
    cpus,
    caps: Object.fromEntries(caps),
    events: [...events.keys()],
  };
}

/** The answer for people, at most 80 columns wide unless names are long. */
export function* tableLines(
  pmus: readonly Pmu[],
  obstacles: readonly Obstacle[],
  paint: Style,
): Generator<string> {
  const rows = pmus.map(({ name, type, aux, cpus }) => [
    printable(name),
    `${type}`,
    aux ? "yes" : "no",
    cpus === null ? "any" : cpuListText(cpus),
  ]);
  const [heading = "", ...lines] = textTable(["name", "type", "AUX", "cpus"], rows);
  const width = Math.max(heading.length, ...lines.map((line) => line.length)) + 2;
  const room = Math.max(COLUMNS - width, SHORTEST_FORMATS);
  yield paint.strong(`${heading.padEnd(width)}formats`);
  for (const [i, line] of lines.entries()) {
    const formats = printable([...pmus[i]!.formats.keys()].join(" "));
    const short = formats.length > room ? `${formats.slice(0, room - 3)}...` : formats;
    yield `${line.padEnd(width)}${short}`.trimEnd();
  }
  yield "";
  yield obstacles.length === 0
    ? paint.good("Nothing stands in the way.")
    : paint.strong("In the way:");
  for (const { what, cure } of obstacles) {
    const [first = "", ...rest] = wrap(printable(what), COLUMNS - 2);
    yield `- ${paint.bad(first)}`;
    for (const line of rest) yield `  ${paint.bad(line)}`;
    const cureLines = wrap(printable(cure), COLUMNS - 8);
    for (const [i, line] of cureLines.entries()) yield `  ${i === 0 ? "cure: " : "      "}${line}`;
  }
}
