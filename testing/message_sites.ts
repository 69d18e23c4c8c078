import { CheckResults } from "../parsers/perf/_check_results.ts";

const ROOT = new URL("../", import.meta.url);
/** Rooms whose messages say what is wrong with an input. */
const ROOMS = ["parsers", "auxtrace", "packets", "system", "cli"];
const COMMENT = /\/\*.*?\*\/|\/\/[^\n]*/gs;
/** Calls that make an error of a recording: of the class, or of a cursor's two methods. */
const ERROR_CALL = /\bnew FormatError\(|\.(?:refuse|fail)\(/g;
/** A function that returns such an error, or always throws one. */
const ERROR_MAKER =
  /\bfunction (\w+)\((?:(?!\bfunction\b|\): (?!FormatError|never)[^\n]*\{).)*?\): (?:FormatError|never) \{/gs;
/** Calls that report a finding, in files that know the type of such a function. */
const FINDING_CALL = /(?:\breport|\bwarn|this\.#(?:loss|continuity|present|announced))\(/g;
const FRAME = /(file:\/\/[^)\s]+?):(\d+):\d+/g;

/** The places in the code that make a message on an input, as `path:line`. */
export function messageSites(): Set<string> {
  const sites = new Set<string>();
  for (const path of ROOMS.flatMap((room) => [...sources(`${room}/`)])) {
    const code = Deno.readTextFileSync(new URL(path, ROOT)).replace(COMMENT, blank);
    const makers = [...code.matchAll(ERROR_MAKER)].map(([, name]) => name);
    const calls = [
      ERROR_CALL,
      ...makers.map((name) => new RegExp(`(?<!function )\\b${name}\\(`, "g")),
    ];
    if (/\b(?:ReportFinding|RecordCheck|CheckGroup)\b/.test(code)) calls.push(FINDING_CALL);
    for (const call of calls) {
      for (const { index } of code.matchAll(call)) {
        sites.add(`${path}:${code.slice(0, index).split("\n").length}`);
      }
    }
  }
  return sites;
}

/** The places of the code in a stack, as `path:line`. */
export function placesIn(stack: string | undefined): string[] {
  return [...(stack ?? "").matchAll(FRAME)].map(([, url, line]) =>
    `${url!.slice(ROOT.href.length)}:${line}`
  );
}

/** Runs `use`, and returns the places of the code that led to the findings in it. */
export function findingPlaces(use: () => void): string[] {
  const places: string[] = [];
  const { add } = CheckResults.prototype;
  CheckResults.prototype.add = function (finding) {
    places.push(...placesIn(new Error().stack));
    add.call(this, finding);
  };
  try {
    use();
  } finally {
    CheckResults.prototype.add = add;
  }
  return places;
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) yield `${folder}${name}`;
  }
}

/** Keeps the lines of a comment. */
function blank(comment: string): string {
  return comment.replace(/[^\n]/g, " ");
}
