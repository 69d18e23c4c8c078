#!/usr/bin/env node
/**
 * `auxtail` of the npm package: starts Deno on the bundled command line, with read permission.
 *
 * Deno is that of npm's package `deno`, else one of PATH. Flags of permissions before the command
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

/** The program of npm's `deno`; its own launcher would take the time of a second Node.js. */
function denoOfNpm() {
  const { platform, arch } = process;
  const libc = platform === "linux" ? "-glibc" : "";
  try {
    const paths = [dirname(require.resolve("deno/package.json"))];
    const found = require.resolve(`@deno/${platform}-${arch}${libc}/package.json`, { paths });
    return join(dirname(found), DENO);
  } catch {
    return undefined;
  }
}

/** Deno of PATH. What npm has put there is looked for by {@linkcode denoOfNpm}. */
function denoOfPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((folder) => folder !== "" && !/node_modules.\.bin$/.test(folder))
    .map((folder) => join(folder, DENO)).find(isProgram);
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
    "auxtail: Cannot find Deno, which runs this program: npm has not installed its package deno, " +
      "and PATH has none; run npm install deno, or install Deno from https://deno.com\n",
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
