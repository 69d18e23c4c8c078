import { ValidationError } from "@cliffy/command";
import { assertEquals, assertThrows } from "@std/assert";
import { pageSize } from "../../live/internal.ts";
import { type LiveOptions, observationOptions, roundedSizes } from "./_live_target.ts";

const PAGE = pageSize();

function observed(options: Partial<LiveOptions>, command?: number) {
  return observationOptions({ inherit: true, accessor: "auto", warnAt: 90, ...options }, command);
}

function refused(options: Partial<LiveOptions>, command?: number): string {
  return assertThrows(() => observed(options, command), ValidationError).message;
}

Deno.test("observationOptions() takes rings as pages or bytes, rounded up to powers of two", () => {
  const sizes = (mmap: string) => {
    const { dataSize, auxSize } = observed({ mmap });
    return [dataSize, auxSize];
  };
  assertEquals(sizes(""), [undefined, undefined]);
  assertEquals(sizes("4"), [4 * PAGE, undefined]);
  assertEquals(sizes(",3"), [undefined, 4 * PAGE]);
  assertEquals(sizes(`${PAGE}B,${PAGE + 1}B`), [PAGE, 2 * PAGE]);
  assertEquals(sizes("1B,1M"), [PAGE, 1 << 20]);
  assertEquals(refused({ mmap: "0" }), 'Option "--mmap" takes sizes above 0, got "0"');
  assertEquals(refused({ mmap: "1,2,3" }), 'Option "--mmap" takes DATA,AUX, got "1,2,3"');
});

Deno.test("roundedSizes() says which sizes of rings are not the given ones", () => {
  assertEquals(roundedSizes(undefined), []);
  assertEquals(roundedSizes("4,8"), []);
  assertEquals(roundedSizes(`3,${5 * PAGE}B`), [
    `--mmap: rounded the rings of records up to ${4 * PAGE / 1024} KiB (4 pages)`,
    `--mmap: rounded the rings of AUX data up to ${8 * PAGE / 1024} KiB (8 pages)`,
  ]);
  assertEquals(roundedSizes(",1B"), [
    `--mmap: rounded the rings of AUX data up to ${PAGE / 1024} KiB (1 pages)`,
  ]);
});

Deno.test("observationOptions() takes tasks from 1 to 2^31 - 1, and CPUs once each", () => {
  const { target } = observed({ pid: "1,2147483647", cpu: "3,0-1,1" });
  assertEquals([target.pids, target.tids, target.cpus], [[1, 2147483647], undefined, [0, 1, 3]]);
  for (const id of ["0", "2147483648"]) {
    assertEquals(refused({ tid: `5,${id}` }), `Option "--tid": there is no task ${id}`);
  }
  assertEquals(refused({ pid: "1," }), 'Option "--pid" takes numbers such as 17,18, got "1,"');
  assertEquals(refused({ cpu: "" }), 'Option "--cpu" takes CPUs such as 0,2-4, got ""');
});

Deno.test("observationOptions() takes periods from 1 to 2^63 - 1, rates from 1 or max", () => {
  assertEquals(observed({ count: "1" }).period, 1n);
  assertEquals(observed({ count: "9223372036854775807" }).period, 2n ** 63n - 1n);
  for (const count of ["0", "9223372036854775808", "-1", "x"]) {
    const message = `Option "--count" takes a number above 0 and below 2^63, got "${count}"`;
    assertEquals(refused({ count }), message);
  }
  assertEquals([observed({ freq: "1" }).frequency, observed({ freq: "max" }).frequency], [
    1,
    "max",
  ]);
  for (const freq of ["0", "-1", "fast"]) {
    assertEquals(refused({ freq }), 'Option "--freq" takes a number above 0');
  }
});

Deno.test("observationOptions() gives clocks their numbers of linux/time.h", () => {
  const names = [
    "realtime",
    "real",
    "monotonic",
    "mono",
    "MONOTONIC_RAW",
    "raw",
    "boottime",
    "boot",
  ];
  const more = ["CLOCK_TAI", "tai", "clock_monotonic", "0", "1", "4", "7", "11"];
  const ids = [...names, ...more].map((clockid) => observed({ clockid }).clockid);
  assertEquals(ids, [0, 0, 1, 1, 4, 4, 7, 7, 11, 11, 1, 0, 1, 4, 7, 11]);
  for (const clockid of ["sundial", "2", "-1", "1x", ""]) {
    assertEquals(
      refused({ clockid }),
      'Option "--clockid" takes realtime or real (0), monotonic or mono (1), ' +
        `monotonic_raw or raw (4), boottime or boot (7), tai (11), got "${clockid}"`,
    );
  }
});

Deno.test("observationOptions() refuses options that exclude each other", () => {
  assertEquals(refused({ allCpus: true, tid: "1" }), "Option --all-cpus excludes --pid and --tid");
  assertEquals(refused({ count: "1", freq: "1" }), "Option --count excludes --freq");
});

Deno.test("observationOptions() observes the command alone, unless CPUs are asked for", () => {
  assertEquals(observed({}, 7).target.command, 7);
  assertEquals(observed({ allCpus: true }, 7).target.command, undefined);
  assertEquals(observed({ cpu: "0" }, 7).target.command, undefined);
  for (const name of ["pid", "tid"] as const) {
    const { target } = observed({ [name]: "5" }, 7);
    assertEquals([target.command, target[`${name}s`]], [undefined, [5]]);
  }
  assertEquals([observed({}).inherit, observed({ inherit: false }).inherit], [undefined, false]);
});
