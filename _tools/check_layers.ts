/**
 * Checks that every file is in its room: what it imports, what it may touch, what it may know.
 *
 * Each finding says where the thing belongs. Run: `deno run --allow-read _tools/check_layers.ts`.
 *
 * @module
 */

/** A room: a folder whose files import each other freely, and other rooms through their doors. */
interface Room {
  /** Folder, or a file at the top. */
  readonly name: string;
  /** Rooms and packages that it may import, by the beginnings of their paths. */
  readonly imports: readonly string[];
  /** Whether it is free of side effects: no `Deno`, no console, no `node:`. */
  readonly pure: boolean;
}

const ROOMS: readonly Room[] = [
  { name: "text/", imports: [], pure: true },
  { name: "parsers/", imports: ["parsers/"], pure: true },
  { name: "encoders/", imports: ["parsers/perf/abi.ts"], pure: true },
  { name: "auxtrace/", imports: ["text/", "parsers/"], pure: true },
  { name: "packets/", imports: ["text/", "parsers/", "auxtrace/"], pure: true },
  { name: "convert/", imports: ["text/", "parsers/", "auxtrace/", "packets/"], pure: true },
  { name: "report/page_script/", imports: ["text/", "report/", "uplot"], pure: true },
  { name: "report/", imports: ["text/", "parsers/", "auxtrace/", "packets/"], pure: true },
  {
    name: "web/viewer/",
    imports: ["text/", "parsers/", "auxtrace/", "packets/", "report/", "fzstd", "uplot"],
    pure: true,
  },
  { name: "system/", imports: ["parsers/"], pure: false },
  {
    name: "live/",
    imports: ["text/", "parsers/", "encoders/", "auxtrace/", "system/"],
    pure: false,
  },
  {
    name: "cli/",
    imports: [
      "mod.ts",
      ...["text/", "parsers/", "auxtrace/", "packets/", "report/", "convert/", "system/", "live/"],
      ...["@cliffy/", "@std/"],
    ],
    pure: false,
  },
  { name: "mod.ts", imports: ["text/", "parsers/", "auxtrace/", "system/"], pure: true },
];

/** Folders whose subfolders are rooms. */
const NESTED = ["parsers/"];
/** Files through which rooms import each other. */
const DOOR = /\/(?:mod|internal)\.ts$|^parsers\/(?:formats|perf\/abi)\.ts$/;
/** Programs, and what the configuration names: no file imports them. */
const ENTRY = /^mod\.ts$|\/_?\w*(?:main|worker)\.ts$|^cli\/cliffy_\w+\.ts$/;
const IMPORT = /^\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/gms;
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|function\*?|const|let) (\w+)/gm;
const COMMENT = /\/\*.*?\*\/|\/\/[^\n]*/gs;
const SYSTEM = /\b(?:Deno|console|process)\s*[.[]/;
/** Only parsers/perf/ and the walk of auxtrace/ may know these of AUX and AUXTRACE records. */
const RAW_FIELDS: readonly (readonly [pattern: RegExp, knows: string])[] = [
  [/\b(?:cursor|record)\.(?:u32|u64|low|high)\(\s*\d/, "reads a record's field by offset"],
  [/\b0xffffffff\b/i, "knows the -1 of a record"],
  [
    /\b(?:AUX(?:TRACE)?_SIZE|\w*PADDING|MAX_(?:QUEUES|RINGS))\s*=/,
    "knows a size or cap of AUX data",
  ],
];

/**
 * Compares a file with the rules of its room.
 *
 * @param path Where the file is, from the project's root.
 * @returns What breaks a rule, a line each.
 */
export function roomViolations(path: string, source: string): string[] {
  if (isTest(path) || path.startsWith("testing/")) return [];
  const code = source.replace(COMMENT, "");
  const room = roomRules(path);
  if (room === undefined) {
    return importsOf(path, code)
      .filter((target) => roomRules(target) !== undefined && !isWithinReach(path, target))
      .map((target) => pastTheDoor(path, target));
  }
  const found: string[] = [];
  for (const target of importsOf(path, code)) {
    const isOwn = roomOf(path) === roomOf(target) || target.startsWith(room.name);
    if (target.startsWith("testing/") || /\/_(?:assert|damage)_/.test(target)) {
      found.push(`${path} imports ${target}, which is for tests`);
    } else if (!isOwn && !room.imports.some((start) => target.startsWith(start))) {
      found.push(`${path} imports ${target}: ${room.name} may import ${listOf(room.imports)}`);
    } else if (!isWithinReach(path, target)) {
      found.push(pastTheDoor(path, target));
    } else if (/^parsers\/(?!perf\/)\w+\/mod\.ts$/.test(target) && !mayKnowFormats(path)) {
      found.push(
        `${path} imports ${target}: make it a member of TraceFormat, which parsers/formats.ts lists`,
      );
    } else if (/\/mod\.ts$/.test(path) && isOwn && /\/_\w+\.ts$/.test(target)) {
      found.push(
        `${path} exports private ${target}: rename the file, or export it from internal.ts`,
      );
    }
  }
  if (room.pure && SYSTEM.test(code)) {
    found.push(`${path} touches the system: that belongs to system/, live/ or cli/`);
  }
  if (path.startsWith("system/") && path !== "system/files.ts" && SYSTEM.test(code)) {
    found.push(`${path} touches the system in one runtime only: that belongs to system/files.ts`);
  }
  if (/node:zlib/.test(code) && path !== "system/zstd.ts") {
    found.push(`${path} uses node:zlib: that belongs to system/zstd.ts`);
  }
  if (/^(?:packets|report|convert|cli|web)\//.test(path)) {
    for (const [pattern, knows] of RAW_FIELDS) {
      if (pattern.test(code)) {
        found.push(`${path} ${knows}: that belongs to parsers/perf/aux_fields.ts`);
      }
    }
  }
  return found;
}

/**
 * Finds what a file alone cannot show: circles of imports, types included, names that two files
 * export, and product files that only tests import.
 *
 * @param sources Text of every TypeScript file by its path from the project's root.
 */
export function treeViolations(sources: ReadonlyMap<string, string>): string[] {
  const imports = new Map<string, string[]>();
  for (const [path, source] of sources) {
    const targets = importsOf(path, source.replace(COMMENT, ""));
    imports.set(path, targets.filter((target) => sources.has(target)));
  }
  return [...circles(imports), ...namesTwice(sources), ...onlyForTests(imports)];
}

/** Walks the imports depth first: one that leads back to an open file closes a circle. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (path: string) => {
    if (open.includes(path)) {
      const circle = [...open.slice(open.indexOf(path)), path].join(" -> ");
      found.push(`${circle}: move what both need to a file that imports neither`);
    }
    if (done.has(path) || open.includes(path)) return;
    open.push(path);
    imports.get(path)!.forEach(visit);
    open.pop();
    done.add(path);
  };
  for (const path of imports.keys()) visit(path);
  return found;
}

function namesTwice(sources: ReadonlyMap<string, string>): string[] {
  const places = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    if (isTest(path) || path.startsWith("testing/")) continue;
    for (const [, name = ""] of source.replace(COMMENT, "").matchAll(EXPORT)) {
      places.set(name, (places.get(name) ?? new Set()).add(path));
    }
  }
  return [...places].filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${listOf([...paths])} export ${name}: use one, or name what differs`);
}

function onlyForTests(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const used = new Set<string>();
  const tested = new Set<string>();
  for (const [path, targets] of imports) {
    for (const target of targets) {
      (isTest(path) || path.startsWith("testing/") ? tested : used).add(target);
    }
  }
  return [...tested].filter((path) => roomRules(path) && !isTest(path) && !used.has(path))
    .filter((path) => !DOOR.test(path) && !ENTRY.test(path))
    .map((path) => `${path} is imported by tests only: it belongs to testing/`);
}

/** Checks all files of a project. */
export function checkLayers(root: URL): string[] {
  const sources = new Map<string, string>();
  for (const path of sourceFiles(root, "")) {
    sources.set(path, Deno.readTextFileSync(new URL(path, root)));
  }
  return [...sources].flatMap(([path, source]) => roomViolations(path, source))
    .concat(treeViolations(sources));
}

const NOT_OURS = /^(?:\.|node_modules|dist|testdata|docs)/;

function* sourceFiles(root: URL, folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    if (NOT_OURS.test(name)) continue;
    if (isDirectory) yield* sourceFiles(root, `${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

function importsOf(path: string, code: string): string[] {
  return [...code.matchAll(IMPORT)].map(([, from, imported]) => resolve(path, from ?? imported!));
}

/** Path of an imported file from the project's root; the names of packages stay. */
function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function roomRules(path: string): Room | undefined {
  return ROOMS.find(({ name }) => path.startsWith(name));
}

/** The folder that a file belongs to: `live/`, `parsers/perf/`. */
function roomOf(path: string): string {
  const nested = NESTED.find((folder) => path.startsWith(folder)) ?? "";
  const end = path.indexOf("/", nested.length);
  return end === -1 ? nested : path.slice(0, end + 1);
}

/** Whether a file is in the room of the importing one, or a door of another, or of no room. */
function isWithinReach(path: string, target: string): boolean {
  return !target.includes("/") || target.startsWith("@") || roomOf(path) === roomOf(target) ||
    DOOR.test(target);
}

function pastTheDoor(path: string, target: string): string {
  return `${path} imports ${target}: export it from the room's mod.ts if it is public, else from its internal.ts`;
}

/** The list of the formats, and the command that writes arguments for the tools of some. */
function mayKnowFormats(path: string): boolean {
  return path === "parsers/formats.ts" || path === "cli/actions/extract.ts";
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts");
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

if (import.meta.main) {
  const violations = checkLayers(new URL("../", import.meta.url));
  for (const violation of violations) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${violation}\n`));
  }
  if (violations.length > 0) Deno.exit(1);
}
