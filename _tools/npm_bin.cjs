#!/usr/bin/env node
/**
 * `auxtail` of the npm package: starts Deno on the bundled command line, with read permission.
 *
 * Deno is that of the optional dependencies, else one of PATH. Flags of permissions before the command
 * are Deno's: `auxtail --allow-write report FILE -o OUT.html`. Nothing of the folder that it is
 * started in is looked at.
 */

// CommonJS, which Node.js starts faster than a module.
const { spawn } = require("node:child_process");
const { accessSync, constants, statSync } = require("node:fs");
const { delimiter, dirname, join } = require("node:path");
const process = require("node:process");

const DENO = process.platform === "win32" ? "deno.exe" : "deno";
/** What `program.js` ends in for exit code 1, which is Deno's own where it cannot start a program. */
const FOUND = 90;
/** How long Deno may take to end by a signal that it got, too, before it is passed on. */
const ENDING_MS = 200;

/** Deno of the package that npm has installed for this machine. */
function denoOfNpm() {
  const { platform, arch } = process;
  const libc = platform === "linux" ? "-glibc" : "";
  try {
    return join(dirname(require.resolve(`@deno/${platform}-${arch}${libc}/package.json`)), DENO);
  } catch {
    return undefined;
  }
}

function denoOfPath() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, DENO)).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Deno would preload what Node.js is told to, such as Yarn's resolver, without its permission. */
function withoutPreloads({ NODE_OPTIONS = "", ...env }) {
  const hasPreload = /(?:^|[\s"])(?:-r|--require|--import)\b/.test(NODE_OPTIONS);
  return hasPreload || NODE_OPTIONS === "" ? env : { NODE_OPTIONS, ...env };
}

const words = process.argv.slice(2);
const isPermission = (word) => /^(?:--(?:allow|deny)-|--no-prompt$|-[ARWNESI]+(?:=|$))/.test(word);
const command = words.findIndex((word) => !isPermission(word));
const permissions = words.splice(0, command < 0 ? words.length : command);
if (!permissions.some((word) => /^(?:--allow-(?:all|read)\b|-[A-Z]*[AR])/.test(word))) {
  permissions.push("--allow-read");
}

const deno = denoOfNpm() ?? denoOfPath();
if (deno === undefined) {
  process.stderr.write(
    "auxtail: Cannot find Deno, which runs this program: npm installed none for this machine, and " +
      "PATH has none; install this package without --omit=optional, or Deno from https://deno.com\n",
  );
  process.exit(2);
}
const child = spawn(
  deno,
  [
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--node-modules-dir=none",
    ...permissions,
    join(__dirname, "program.js"),
    ...words,
  ],
  { stdio: "inherit", env: { ...withoutPreloads(process.env), DENO_NO_PACKAGE_JSON: "1" } },
);

// A terminal or `timeout` sends a signal to Deno, too, `kill` to this process alone; it looks the same.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
  process.on(name, () => setTimeout(() => child.kill(name), ENDING_MS));
}
process.on("SIGUSR2", () => child.kill("SIGUSR2"));

child.on("error", ({ message }) => {
  process.stderr.write(`auxtail: Cannot start Deno: ${message}\n`);
  process.exitCode = 2;
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code === 1 ? 2 : code === FOUND ? 1 : code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
