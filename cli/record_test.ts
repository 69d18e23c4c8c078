import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { kernelFiles } from "../live/mod.ts";
import { FormatError } from "../parsers/perf/mod.ts";
import { openPerfFile } from "../system/mod.ts";
import { oracleTest } from "../testing/corpus.ts";
import { callCli } from "../testing/call_cli.ts";
import { type CliRun, runCli } from "../testing/run_cli.ts";

const LIVE = ["--allow-read", "--allow-write", "--allow-run=sh", "--allow-ffi"];
const root = new URL("..", import.meta.url);

/** Records to a file in a folder of its own. */
async function recorded(
  args: readonly string[],
  use: (path: string, run: CliRun) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/perf.data`;
    const run = await runCli(["record", "-o", path, ...args], { permissions: LIVE });
    await use(path, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function perf(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("perf", { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

/** Records by type, as `perf report -D` lists them; those inside compressed ones included. */
async function countsOfPerf(path: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, type] of (await perf("report", "-D", "-i", path)).matchAll(/PERF_RECORD_(\w+)/g)) {
    counts[type!] = (counts[type!] ?? 0) + 1;
  }
  return counts;
}

async function countsOfOurs(path: string): Promise<Record<string, number>> {
  const args = ["dump", "--count", "--format", "json", path];
  const { stdout } = await callCli(args);
  const { records } = JSON.parse(stdout) as { records: Record<string, number> };
  return Object.fromEntries(
    Object.entries(records).map(([type, count]) => [type.replace("PERF_RECORD_", ""), count]),
  );
}

const BUSY = ["--", "sh", "-c", "for i in 1 2 3 4; do ls -R /usr/share/doc >/dev/null; done"];
const RECORDINGS: readonly (readonly [string, readonly string[]])[] = [
  ["cpu-clock of a command", ["-e", "cpu-clock", ...BUSY]],
  ["page-faults", ["-e", "page-faults", "-c", "1", ...BUSY]],
  ["context switches", ["-e", "context-switches", "-c", "1", ...BUSY]],
  ["several events", ["-e", "cpu-clock,page-faults:u", "-e", "context-switches", ...BUSY]],
  ["a group", ["-e", "{cpu-clock,page-faults}", ...BUSY]],
  ["a group that is read with its leader", ["-e", "{cpu-clock,page-faults}:S", ...BUSY]],
  ["callchains", ["-e", "cpu-clock/call-graph=fp/", ...BUSY]],
  ["a tracepoint", ["-e", "sched:sched_process_fork", ...BUSY]],
  ["tracepoints system-wide", ["-e", "sched:sched_switch", "-a", "--", "sleep", "0.2"]],
  ["everything on all CPUs", ["-a", "-F", "2000", "--", "sleep", "0.2"]],
  ["one CPU", ["-C", "0", "--", "sleep", "0.1"]],
  ["rings per thread", ["--per-thread", ...BUSY]],
  ["compressed records", ["-z", "-F", "max", ...BUSY]],
  ["small rings", ["-m", "1", "-F", "max", ...BUSY]],
  ["another clock", ["-k", "monotonic", ...BUSY]],
];

for (const [name, args] of RECORDINGS) {
  oracleTest(`record: perf reads all records of ${name}`, ["perf", "perf events"], async () => {
    await recorded(args, async (path, { code, stderr }) => {
      assertEquals(code, 0, stderr);
      const ours = await countsOfOurs(path);
      const theirs = await countsOfPerf(path);
      for (const type of ["SAMPLE", "COMM", "FORK", "EXIT", "MMAP2", "LOST", "FINISHED_ROUND"]) {
        assertEquals(ours[type] ?? 0, theirs[type] ?? 0, type);
      }
      const lines = (await perf("script", "-F", "comm,tid,time", "-G", "-i", path)).split("\n")
        .filter(Boolean);
      // perf delivers a sample that reads its group once for each member that counted something
      const extra = lines.length - (theirs.SAMPLE ?? 0);
      if (name.includes("read with its leader")) assert(extra >= 0 && extra <= theirs.SAMPLE!);
      else assertEquals(extra, 0);
      const [, records, samples] = stderr.match(/(\d+) records \((\d+) samples\)/) ?? [];
      assertEquals(Number(samples), theirs.SAMPLE ?? 0);
      assert(Number(records) >= Number(samples));
      const check = await callCli(["check", path]);
      assertEquals(check.code, 0, check.stdout);
    });
  });
}

oracleTest(
  "record: perf shows the facts about machine and events",
  ["perf", "perf events"],
  async () => {
    await recorded(["-e", "cpu-clock:u", ...BUSY], async (path) => {
      const header = await perf("report", "--header-only", "-i", path);
      for (const fact of ["hostname", "os release", "arch", "nrcpus online", "total memory"]) {
        assertMatch(header, new RegExp(`^# ${fact} : \\S`, "m"));
      }
      assertMatch(header, /^# perf version : auxtail/m);
      assertMatch(header, /^# event : name = cpu-clock:u, .*exclude_kernel = 1/m);
      assertMatch(header, /^# cmdline : auxtail record -o/m);
      assertMatch(header, /^# time of first sample : \d+\.\d+/m);
    });
  },
);

oracleTest("record: a pipe holds what a file holds", ["perf", "perf events"], async () => {
  const args = ["record", "-e", "cpu-clock,page-faults", "-o", "-", ...BUSY];
  const { code, stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      '"$@" | perf script -F comm,event -i -',
      "sh",
      Deno.execPath(),
      "run",
      ...LIVE,
      "cli/main.ts",
      ...args,
    ],
    cwd: root,
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0);
  assertMatch(text, /ls +(?:page-faults|cpu-clock)/);
});

oracleTest(
  "record: what the command prints stays out of the stream",
  ["perf", "perf events"],
  async () => {
    const args = [
      "record",
      "-e",
      "cpu-clock",
      "-o",
      "-",
      "--",
      "sh",
      "-c",
      "ls -R /usr/share/doc; echo end",
    ];
    const { code, stdout, stderr } = await runCli(args, { permissions: LIVE });
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^end$/m);
    assertEquals(stdout.includes("/usr/share/doc:"), false);
  },
);

oracleTest("record: a tracepoint with a count is one sample, and perf's count", [
  "perf",
  "perf events",
], async () => {
  const args = ["-e", "sched:sched_stat_runtime", "--", "sh", "-c", "ls /; ls /"];
  await recorded(args, async (path, { code, stderr }) => {
    assertEquals(code, 0, stderr);
    const { SAMPLE = 0 } = await countsOfOurs(path);
    assert(SAMPLE < 200, `${SAMPLE} samples`);
    assertMatch(
      await perf("evlist", "-v", "-i", path),
      /sample_type: IP\|TID\|TIME\|CPU\|PERIOD\|RAW/,
    );
  });
});

oracleTest("record: the file is its owner's alone", ["perf events"], async () => {
  await recorded(["--", "true"], (path) => {
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  });
});

oracleTest("record: groups are groups to perf", ["perf", "perf events"], async () => {
  await recorded(
    ["-e", "{cpu-clock,page-faults}", "-e", "context-switches", ...BUSY],
    async (path) => {
      assertEquals((await perf("evlist", "-g", "-i", path)).trim().split("\n"), [
        "{cpu-clock,page-faults}",
        "context-switches",
      ]);
    },
  );
});

oracleTest(
  "record: a task with a name cut inside a character is recorded",
  ["perf events"],
  async () => {
    const folder = await Deno.makeTempDir();
    await Deno.copyFile("/bin/cat", `${folder}/${"é".repeat(9)}`);
    // It lives until its input ends, and the recording ends after its first pass.
    const child = new Deno.Command(`${folder}/${"é".repeat(9)}`, { stdin: "piped" }).spawn();
    await recorded(["-p", `${child.pid}`, "--max-size", "1"], (path, { code, stderr }) => {
      assertEquals(code, 0, stderr);
      using file = openPerfFile(path);
      const [map] = [...file.records()].filter((record) => record.type === "thread_map");
      assertEquals(map?.type === "thread_map" && map.threads[0]?.comm, "é".repeat(7));
    });
    await child.stdin.close();
    await child.status;
    await Deno.remove(folder, { recursive: true });
  },
);

oracleTest(
  "record: a command beside -p or -t says how long those are recorded",
  ["perf", "perf events"],
  async () => {
    const child = new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn();
    try {
      for (const option of ["-p", "-t"]) {
        const args = ["-e", "cpu-clock", option, `${child.pid}`, "--", "sh", "-c", "sleep 0.3"];
        await recorded(args, async (path, { code, stderr }) => {
          assertEquals(code, 0, stderr);
          const tids = new Set((await perf("script", "-F", "tid", "-i", path)).match(/\d+/g));
          assertEquals([...tids], [`${child.pid}`]);
        });
      }
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  },
);

oracleTest("record: sizes of rings that are rounded up are said", ["perf events"], async () => {
  const args = ["-C", "0", "-m", "3", "--", "true"];
  await recorded(args, (_, { code, stderr }) => {
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /^auxtail: --mmap: rounded the rings of records up to \d+ KiB \(4 pages\)/m,
    );
  });
  await recorded(["-q", ...args], (_, { stderr }) => assertEquals(stderr, ""));
});

oracleTest("record: CPUs that are named twice have one ring", ["perf events"], async () => {
  await recorded(["-C", "1,0,1", "--", "true"], (path) => {
    using file = openPerfFile(path);
    assertEquals(file.events[0]!.ids.length, 2);
  });
});

oracleTest("record: rings per thread are of any CPU to perf", ["perf", "perf events"], async () => {
  await recorded(["--per-thread", "--", "true"], async (path) => {
    assertMatch(await perf("report", "-D", "-i", path), /PERF_RECORD_CPU_MAP: -1$/m);
  });
});

/** Looks again and again, however long it takes, until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Whether a recording that is being written has a sample, after what the recorder wrote at first. */
function hasSample(path: string): boolean {
  try {
    using file = openPerfFile(path);
    const cursor = file.recordCursor();
    while (cursor.next()) if (cursor.type === 9) return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return false;
}

/** Starts a recording that does not end by itself, and signals it when there is something in it. */
async function signalled(
  signal: Deno.Signal,
  args: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...LIVE, "cli/main.ts", "record", ...args],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const path = args.at(-1)!;
  await until(() => hasSample(path));
  child.kill(signal);
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  oracleTest(
    `record: ${signal} ends the recording, not the file`,
    ["perf", "perf events"],
    async () => {
      const path = await Deno.makeTempFile();
      const { code, stderr } = await signalled(signal, ["-a", "-F", "max", "-o", path]);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /records \(\d+ samples\), \d+ lost/);
      assertEquals((await countsOfOurs(path)).SAMPLE, (await countsOfPerf(path)).SAMPLE);
      await Deno.remove(path);
      await Deno.remove(`${path}.old`).catch(() => {});
    },
  );
}

oracleTest(
  "record: a signal before the command has started leaves nothing behind",
  ["perf events"],
  async () => {
    const forever = ["tail", "-f", "/dev/null", `--pid=${Deno.pid}`];
    for (const afterMs of [60, 90, 120, 150, 180]) {
      const path = await Deno.makeTempFile();
      const child = new Deno.Command("setsid", {
        args: [
          Deno.execPath(),
          "run",
          "--no-prompt",
          ...LIVE,
          "cli/main.ts",
          "record",
          "-o",
          path,
          "--",
          ...forever,
        ],
        cwd: root,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      child.kill("SIGTERM");
      await child.status;
      await until(() =>
        kernelFiles.list("/proc").every((pid) =>
          !(kernelFiles.text(`/proc/${pid}/cmdline`) ?? "").includes(forever.join("\0"))
        )
      );
      await Deno.remove(path);
    }
  },
);

oracleTest("record: what was written before SIGKILL can be read", ["perf events"], async () => {
  const path = await Deno.makeTempFile();
  const { code } = await signalled("SIGKILL", ["-a", "-F", "max", "-o", path]);
  assertEquals(code, 137);
  using file = openPerfFile(path);
  assertEquals(file.finalised, false);
  const cursor = file.recordCursor();
  let samples = 0;
  let lastRecord = 0;
  while (cursor.next()) {
    if (cursor.type === 9) samples++;
    lastRecord = cursor.fileOffset;
  }
  assert(samples > 0);
  // The kernel may end a write(2) between two pages when the process is killed.
  const ends = [
    {
      end: cursor.cut === null ? file.size - 4 : file.size,
      code: 2,
      said: /not proven: .*; copy the whole file, unless its recorder was killed there\n$/,
    },
    { end: cursor.cut?.detail.offset ?? lastRecord, code: 0, said: /^$/ },
  ];
  for (const { end, code, said } of ends) {
    Deno.truncateSync(path, end);
    const replay = await callCli(["replay", path]);
    assertEquals(replay.code, code, replay.stderr);
    assertMatch(replay.stderr, said);
  }
  await Deno.remove(path);
});

oracleTest(
  "record: a full disk leaves a finalised file and exit code 2",
  ["perf", "perf events"],
  async () => {
    const folder = await Deno.makeTempDir();
    const script = `mount -t tmpfs -o size=300k none ${folder} && "$@" -o ${folder}/perf.data -- ` +
      `sh -c 'while :; do :; done'; code=$?; perf report --stats -i ${folder}/perf.data; exit $code`;
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        Deno.execPath(),
        "run",
        "--no-prompt",
        ...LIVE,
        "cli/main.ts",
        "record",
        "-F",
        "max",
        "-m",
        "64K", // less than the disk holds, however late it is read
      ],
      cwd: root,
    }).output();
    const text = new TextDecoder();
    assertEquals(code, 2, text.decode(stderr));
    assertMatch(text.decode(stderr), /No space left on device/);
    const [, samples] = text.decode(stdout).match(/SAMPLE events: +(\d+)/) ?? [];
    assert(Number(samples) > 1000, text.decode(stdout));
    await Deno.remove(folder);
  },
);

oracleTest(
  "record: a command that dies is recorded to its end",
  ["perf", "perf events"],
  async () => {
    await recorded(
      ["--", "sh", "-c", "ls -R /usr/share/doc >/dev/null; kill -9 $$"],
      async (path, run) => {
        assertEquals(run.code, 0, run.stderr);
        assertMatch(run.stderr, /the command ended with SIGKILL$/m);
        const { EXIT } = await countsOfOurs(path);
        assertEquals(EXIT, (await countsOfPerf(path)).EXIT);
        assert(EXIT! >= 1);
      },
    );
  },
);

oracleTest("record: --max-size stops the command", ["perf events"], async () => {
  await recorded(
    ["-F", "max", "--max-size", "500K", "--", "sh", "-c", "while :; do :; done"],
    (path, run) => {
      assertEquals(run.code, 0, run.stderr);
      const { size } = Deno.statSync(path);
      assert(size >= 500 * 1024 && size < 4 * 2 ** 20, `${size}`);
    },
  );
});

oracleTest("record: a recording that is there becomes perf.data.old", ["perf events"], async () => {
  await recorded(["--", "true"], async (path) => {
    const before = Deno.readFileSync(path);
    await runCli(["record", "-o", path, "--", "true"], { permissions: LIVE });
    assertEquals(Deno.readFileSync(`${path}.old`), before);
  });
});

oracleTest(
  "record: what cannot be recorded is said in one line, with exit code 2",
  ["perf events"],
  async () => {
    const cases: [string[], RegExp, string[]?][] = [
      [["-e", "nosuch", "--", "true"], /Cannot parse events "nosuch" at 0/],
      [["--", "no-such-program"], /Cannot run "no-such-program": no such program in PATH/],
      [["-p", "x"], /Option "--pid" takes numbers such as 17,18, got "x"/],
      [["-C", "1-x"], /Option "--cpu" takes CPUs such as 0,2-4/],
      [["-m", "1,2,3"], /Option "--mmap" takes DATA,AUX/],
      [["ls", "-l"], /; a command stands after "--": auxtail record … -- ls -l$/m],
      [["-o", "new.data", "-F99", "ls", "-l"], /after "--": auxtail record … -- ls -l$/m],
      [["-a", "ls"], /; a command stands after "--": auxtail record … -- ls$/m],
      [["-F", "fast"], /Option "--freq" takes a number above 0/],
      [["-k", "sundial"], /Option "--clockid" takes realtime/],
      [["--max-size", "much"], /Option "--max-size" takes bytes such as 64K or 2G/],
      [["-S", "--", "true"], /Option --snapshot needs an event that has an AUX buffer/],
      [["-p", "4194303"], /no such task \(ESRCH\)/],
      [["-t", "1,4194303"], /no such task \(ESRCH\)/],
      [["-p", "0"], /Option "--pid": there is no task 0/],
      [["-p", "4294967297"], /Option "--pid": there is no task 4294967297/],
      [
        ["-c", "0", "--", "true"],
        /Option "--count" takes a number above 0 and below 2\^63, got "0"/,
      ],
      [["-c", "18446744073709551616", "--", "true"], /got "18446744073709551616"/],
      [["-m", "99999999999999999999"], /is more than there can be/],
      [["--max-size", "0", "--", "true"], /Option "--max-size" takes bytes above 0/],
      [["--", "/etc/passwd"], /Cannot run "\/etc\/passwd": no executable file/, LIVE],
      [["--", "/tmp"], /Cannot run "\/tmp"/, LIVE],
      [["--", "true"], /no permission: run with --allow-ffi|ffi/, ["--allow-read"]],
    ];
    for (const [args, message, permissions] of cases) {
      const all = ["record", "--output=/dev/null", ...args];
      const { code, stdout, stderr } =
        await (permissions ? runCli(all, { permissions }) : callCli(all));
      assertEquals([code, stdout], [2, ""], stderr);
      assertMatch(stderr, message);
      assertEquals(stderr.includes("    at "), false, stderr);
    }
  },
);

Deno.test("record --help says which permissions it needs", async () => {
  const { stdout } = await callCli(["record", "--help"]);
  for (const flag of ["--allow-ffi", "--allow-write", "--allow-run=sh"]) {
    assertStringIncludes(stdout, flag);
  }
});
