#!/usr/bin/env node
/**
 * `auxtail` of the npm package: starts Deno on the bundled command line, with read permission.
 *
 * Deno is that of npm's package `deno`, else one of PATH. The words `--allow-…`, `--deny-…` and
 * `--no-prompt` before the command are Deno's: `auxtail --allow-write report FILE -o OUT.html`.
 * Nothing of the folder that it is started in is looked at.
 */

// CommonJS, which Node.js starts faster than a module.
const { spawn } = require("node:child_process");
const { closeSync, existsSync, openSync } = require("node:fs");
const { delimiter, dirname, join } = require("node:path");
const process = require("node:process");

const DENO = process.platform === "win32" ? "deno.exe" : "deno";

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
    .map((folder) => join(folder, DENO)).find((path) => existsSync(path));
}

/** Whether Ctrl-C comes from a terminal, which sends it to Deno, too. */
function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty"));
    return true;
  } catch {
    return false;
  }
}

const words = process.argv.slice(2);
const isPermission = (word) => /^--(?:(?:allow|deny)-|no-prompt$)/.test(word);
const command = words.findIndex((word) => !isPermission(word));
const permissions = words.splice(0, command < 0 ? words.length : command);
if (!permissions.some((word) => /^--allow-(?:all|read)\b/.test(word))) {
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
    join(__dirname, "../cli/main.js"),
    ...words,
  ],
  { stdio: "inherit", env: { ...process.env, DENO_NO_PACKAGE_JSON: "1" } },
);

const signals = ["SIGTERM", "SIGHUP", "SIGUSR2"];
process.on("SIGINT", () => hasTerminal() || child.kill("SIGINT"));
for (const signal of signals) process.on(signal, () => child.kill(signal));

child.on("error", ({ message }) => {
  process.stderr.write(`auxtail: Cannot start Deno: ${message}\n`);
  process.exitCode = 2;
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of ["SIGINT", ...signals]) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
