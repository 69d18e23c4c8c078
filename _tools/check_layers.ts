/** What the files of a folder may import, and what they may not say. */
interface Layer {
  /** Folder, or a file at the top. */
  readonly name: string;
  /** Beginnings of the paths, or of the package names, that it may import. */
  readonly imports: readonly string[];
  /** Whether it is free of side effects: no `Deno`, no console, no `node:`. */
  readonly pure: boolean;
}

const LAYERS: readonly Layer[] = [
  { name: "text/", imports: ["text/"], pure: true },
  { name: "parsers/", imports: ["parsers/"], pure: true },
  { name: "encoders/", imports: ["encoders/", "parsers/perf/abi.ts"], pure: true },
  { name: "auxtrace/", imports: ["text/", "parsers/", "auxtrace/"], pure: true },
  { name: "packets/", imports: ["parsers/", "auxtrace/", "packets/"], pure: true },
  {
    name: "report/page_script/",
    imports: ["text/", "report/", "uplot"],
    pure: true,
  },
  {
    name: "report/",
    imports: ["text/", "parsers/", "auxtrace/", "packets/", "report/"],
    pure: true,
  },
  {
    name: "convert/",
    imports: ["text/", "parsers/", "auxtrace/", "packets/", "convert/"],
    pure: true,
  },
  {
    name: "web/viewer/",
    imports: [
      "text/",
      "parsers/",
      "auxtrace/",
      "packets/",
      "report/",
      "web/viewer/",
      "fzstd",
      "uplot",
    ],
    pure: true,
  },
  { name: "system/", imports: ["parsers/", "system/"], pure: false },
  {
    name: "live/",
    imports: ["parsers/", "encoders/", "auxtrace/", "system/", "live/"],
    pure: false,
  },
  {
    name: "cli/",
    imports: [
      "mod.ts",
      "text/",
      "parsers/",
      "auxtrace/",
      "packets/",
      "report/",
      "convert/",
      "system/",
      "live/",
      "cli/",
      "@cliffy/",
      "@std/",
    ],
    pure: false,
  },
  { name: "mod.ts", imports: ["parsers/", "auxtrace/", "system/"], pure: true },
];

const IMPORT = /^\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/gms;
const COMMENT = /\/\*.*?\*\/|\/\/[^\n]*/gs;
/** What only parsers/perf/ and the walk of auxtrace/ may know of AUX and AUXTRACE records. */
const RAW_FIELDS: readonly (readonly [pattern: RegExp, knows: string])[] = [
  [/\b(?:cursor|record)\.(?:u32|u64|low|high)\(\s*\d/, "reads a record's field by offset"],
  [/\b0xffffffff\b/i, "knows the -1 of a record"],
  [
    /\b(?:AUX(?:TRACE)?_SIZE|\w*PADDING|MAX_(?:QUEUES|RINGS))\s*=/,
    "knows a size or cap of AUX data",
  ],
];
const SYSTEM = /\b(?:Deno|console|process)\s*[.[]/;

/**
 * Compares a file with the import rules of its layer.
 *
 * @param path Where the file is, from the project's root.
 * @returns What breaks a rule, a line each.
 */
export function layerViolations(path: string, source: string): string[] {
  const layer = LAYERS.find(({ name }) => path.startsWith(name));
  if (layer === undefined || /_test\.ts$/.test(path)) return [];
  const code = source.replace(COMMENT, "");
  const violations: string[] = [];
  for (const [, from, imported] of code.matchAll(IMPORT)) {
    const target = resolve(path, from ?? imported!);
    if (isHelperOfTests(path)) continue;
    if (path === CONSTANTS) {
      violations.push(`${path} imports ${target}: constants depend on nothing`);
    } else if (!layer.imports.some((start) => target.startsWith(start))) {
      violations.push(`${path} imports ${target}`);
    } else if (!isWithinReach(path, target)) {
      violations.push(
        `${path} imports ${target}: rooms import each other through mod.ts or internal.ts`,
      );
    }
  }
  if (layer.pure && SYSTEM.test(code)) violations.push(`${path} touches the system`);
  if (/^(?:packets|report|convert|cli|web)\//.test(path)) {
    for (const [pattern, knows] of RAW_FIELDS) {
      if (pattern.test(code)) {
        violations.push(
          `${path} ${knows}: parsers/perf/aux_fields.ts and auxtrace/aux_walk.ts tell`,
        );
      }
    }
  }
  return violations;
}

/** Checks all files of a project. */
export function checkLayers(root: URL): string[] {
  return [...sourceFiles(root, "")].flatMap((path) =>
    layerViolations(path, Deno.readTextFileSync(new URL(path, root)))
  );
}

function* sourceFiles(root: URL, folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (isDirectory && LAYERS.some((layer) => isWithin(`${path}/`, layer.name))) {
      yield* sourceFiles(root, `${path}/`);
    } else if (/\.ts$/.test(name)) {
      yield path;
    }
  }
}

/** Whether one folder is in the other, or the other way round. */
function isWithin(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** Path of an imported file from the project's root; the names of packages stay. */
function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Constants of the kernel and perf, without logic: a door beside `mod.ts` and `internal.ts`. */
const CONSTANTS = "parsers/perf/abi.ts";

/** Whether a file is in the room of the importing one, or a door of another, or of no room. */
function isWithinReach(path: string, target: string): boolean {
  return !target.includes("/") || target.startsWith("@") || roomOf(path) === roomOf(target) ||
    target === CONSTANTS || /\/(?:mod|internal)\.ts$/.test(target);
}

/** Folders whose rooms are their subfolders. */
const NESTED = ["parsers/", "web/"];

/** The folder that a file belongs to: `live/`, `parsers/perf/`. */
function roomOf(path: string): string {
  const nested = NESTED.find((folder) => path.startsWith(folder)) ?? "";
  const end = path.indexOf("/", nested.length);
  return end === -1 ? nested : path.slice(0, end + 1);
}

/** `_assert_record.ts`, `_damage_sweep.ts`: parts of tests that stand beside them. */
function isHelperOfTests(path: string): boolean {
  return /\/_(?:assert|damage)_\w+\.ts$/.test(path);
}

if (import.meta.main) {
  const violations = checkLayers(new URL("../", import.meta.url));
  for (const violation of violations) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${violation}\n`));
  }
  if (violations.length > 0) Deno.exit(1);
}
