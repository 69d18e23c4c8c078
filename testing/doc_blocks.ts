/**
 * Executes what documents show.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { type Oracle, oracleTest } from "./corpus.ts";

const root = new URL("../", import.meta.url);

/** What is not the project's own, or is made from it: what Git ignores, and Git's. */
const NOT_COPIED = Deno.readTextFileSync(new URL(".gitignore", root)).trim().split("\n")
  .concat(".git").map((path) => new URL(path.replace(/^\/|\/$/g, ""), root).href);

/** Where commands run: a copy of the project, so that nobody's files are overwritten. */
let copy: string | null = null;
let denoDir: string | null = null;

/** A fenced block of a document. */
interface Block {
  readonly language: string;
  readonly text: string;
}

/** Languages of blocks that are executed. */
const EXECUTED = ["sh", "console", "ts", "js"];

/** Reads the blocks of a document, given by its path from the project's root. */
export function blocksOf(path: string): Block[] {
  const document = Deno.readTextFileSync(new URL(path, root));
  return [...document.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

/**
 * Declares a test for each command, program and output of a document.
 *
 * `sh`: each line is run, and has to exit with the code that a comment after it says, as `# exit
 * code 1`, else 0. `console`: a command after `$ `, and what it prints. `ts` and `js`: programs for
 * Deno and Node.js. Other blocks are not executed: a test elsewhere has to say what of them is true.
 *
 * @param isMine Whether a command or program is to be tested here.
 */
export function testDocument(path: string, isMine: (text: string) => boolean): void {
  for (const { language, text } of blocksOf(path)) {
    if (language === "sh") {
      for (const command of text.trim().split("\n").filter(isMine)) {
        if (isDoor(command)) continue;
        testOn(command, `${path}: ${command}`, async () => {
          const { code, output } = await shell(command);
          assertEquals(code, expectedCode(command), output);
          if (command.includes("|")) assertNotEquals(output, "");
        });
      }
    } else if (language === "console" && isMine(text)) {
      const [first = "", ...expected] = text.split("\n");
      testOn(first, `${path} shows what ${first.slice(2)} prints`, async () => {
        const { output } = await shell(first.slice(2));
        assertEquals(output.split("\n"), expected);
      });
    } else if (EXECUTED.includes(language) && isMine(`${language}\n${text}`)) {
      testOn(text, `${path}: ${text.split("\n")[0]}`, async () => {
        const { code, output } = await program({ language, text });
        assertEquals(code, 0, output);
      });
    }
  }
}

/** Whether a command needs npm's registry or a server: `deno task test:doors` runs those. */
function isDoor(command: string): boolean {
  return /^npm |task pack\b|https:\/\/HOST/.test(command);
}

/** Whether a command needs packages that most do not: web/docs_test.ts runs it. */
export function needsPackages(text: string): boolean {
  return /auxtail:files|deno cache|task (?:bundle|web)\b|dist\/|fzstd_decoder/.test(text);
}

/** Copies the project to a folder that goes when the tests are done. */
function copied(): string {
  if (copy !== null) return copy;
  const folder = copy = Deno.makeTempDirSync({ prefix: "auxtail-documents-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  copyFolder(root, new URL(`file://${folder}/`));
  const bin = `${homeIn(folder)}/.deno/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
  return folder;
}

/** The home of who runs the commands. */
function homeIn(folder: string): string {
  return `${folder}/.home`;
}

/** Where Deno keeps what it fetched, whatever the home is. */
function findDenoDir(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function copyFolder(from: URL, to: URL): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isFile, isDirectory } of Deno.readDirSync(from)) {
    const path = new URL(name, from);
    if (NOT_COPIED.includes(path.href)) continue;
    if (isDirectory) copyFolder(new URL(`${path}/`), new URL(`${name}/`, to));
    else if (isFile) Deno.copyFileSync(path, new URL(name, to));
  }
}

/** Declares a test; it may need jq, or a kernel that lets it observe, or what that left. */
function testOn(command: string, name: string, run: () => Promise<void>): void {
  const needs: Oracle[] = [];
  if (/auxtail:live|auxtail\/live| perf\.data/.test(command)) needs.push("perf events");
  if (command.includes("| jq")) needs.push("jq");
  oracleTest(name, needs, run);
}

function expectedCode(command: string): number {
  const said = /# exit code (\d)$/.exec(command)?.[1];
  if (said) return Number(said);
  const finds = /\b(?:replay|report) .*exceeds/.test(command) &&
    !/--from-arch|--exit-zero|\|/.test(command);
  return finds ? 1 : 0;
}

/** Runs a command with the Deno that runs the test, and with a home where things are installed. */
function shell(command: string): Promise<{ code: number; output: string }> {
  return output("bash", ["-c", command.replace(/^npx -y deno@[\d.]+/, "deno")]);
}

function program({ language, text }: Block): Promise<{ code: number; output: string }> {
  if (language === "js") return output("node", ["--input-type=module", "--eval", text]);
  return output(Deno.execPath(), ["eval", text]);
}

async function output(
  command: string,
  args: string[],
): Promise<{ code: number; output: string }> {
  const cwd = copied();
  const home = homeIn(cwd);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: {
      NO_COLOR: "1",
      HOME: home,
      DENO_DIR: denoDir ??= findDenoDir(),
      PATH: `${home}/.deno/bin:${Deno.env.get("PATH")}`,
    },
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(code > 1 ? stderr : stdout) };
}
