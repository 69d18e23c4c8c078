import { assertEquals, assertThrows } from "@std/assert";
import { guestTarget, labArguments, newestRelease, TARGETS } from "./targets.ts";

const named = (args: string[]) => labArguments(args).targets.map(({ name }) => name);

Deno.test("labArguments() chooses both architectures, all, or those that are named", () => {
  assertEquals(named([]), ["x86-6.1", "aarch64-6.1"]);
  assertEquals(named(["--all"]), TARGETS.map(({ name }) => name));
  assertEquals(named(["--all", "--target", "x86-6.12"]).length, TARGETS.length);
  assertEquals(named(["--target", "aarch64-newest", "--target", "x86-6.12"]), [
    "aarch64-newest",
    "x86-6.12",
  ]);
  assertEquals([[], ["--fixtures"]].map((args) => labArguments(args).fixtures), [false, true]);
});

Deno.test("labArguments() lists the names where one is wrong, and refuses what it does not know", () => {
  const names = "x86-6.1, aarch64-6.1, x86-6.12, x86-newest, aarch64-newest, aarch64-6.12-16k";
  assertThrows(() => named(["--target", "arm"]), RangeError, `No target arm: ${names}`);
  assertThrows(() => named(["--target"]), RangeError, `--target wants a name: ${names}`);
  assertThrows(() => named(["--fixture"]), RangeError, "Unknown argument --fixture");
});

/** Names as the mirror of Debian has them in November 2026. */
const NAMES = [
  "linux-headers-6.1.0-9-amd64",
  "linux-headers-6.1.0-9-common",
  "linux-image-6.1.0-9-amd64",
  "linux-headers-6.1.0-57-amd64",
  "linux-headers-6.1.0-57-common",
  "linux-image-6.1.0-57-amd64",
  "linux-headers-6.1.0-57-rt-amd64",
  "linux-image-6.1.0-57-rt-amd64",
  "linux-headers-6.1.0-57-common-rt",
  "linux-headers-6.1.0-58-amd64",
  "linux-headers-6.1.0-58-common", // whose image is not there yet
  "linux-headers-6.12-amd64",
  "linux-image-6.12-amd64",
  "linux-headers-6.12.95+deb12-amd64",
  "linux-headers-6.12.95+deb12-common",
  "linux-image-6.12.95+deb12-amd64",
  "linux-headers-6.12.117+deb12-amd64",
  "linux-headers-6.12.117+deb12-arm64-16k",
  "linux-headers-6.12.117+deb12-common",
  "linux-image-6.12.117+deb12-amd64",
  "linux-image-6.12.117+deb12-amd64-unsigned",
  "linux-image-6.12.117+deb12-arm64-16k",
  "linux-headers-7.3.4+deb13-amd64",
  "linux-headers-7.3.4+deb13-common",
  "linux-image-7.3.4+deb13-amd64",
  "linux-headers-7.10.1+deb13-cloud-amd64",
  "linux-image-7.10.1+deb13-cloud-amd64",
];

Deno.test("newestRelease() compares numbers, and wants image, headers and common headers", () => {
  const newest = (version: string, flavour = "amd64") => newestRelease(NAMES, { version, flavour });
  assertEquals(newest("6.1."), "6.1.0-57-amd64");
  assertEquals(newest("6.12."), "6.12.117+deb12-amd64");
  assertEquals(newest("6.12.", "arm64-16k"), "6.12.117+deb12-arm64-16k");
  assertEquals(newest(""), "7.3.4+deb13-amd64");
  assertEquals(newest("", "arm64-16k"), "6.12.117+deb12-arm64-16k");
  assertEquals(newest("6.1.", "arm64"), null);
  assertEquals(newestRelease([], { version: "", flavour: "amd64" }), null);
});

Deno.test("newestRelease() takes a respin of a version for newer", () => {
  const names = ["6.12.115+deb13", "6.12.115+deb13.1"].flatMap((base) => [
    `linux-headers-${base}-common`,
    `linux-headers-${base}-amd64`,
    `linux-image-${base}-amd64`,
  ]);
  for (const order of [names, names.toReversed()]) {
    const release = newestRelease(order, { version: "6.12.", flavour: "amd64" });
    assertEquals(release, "6.12.115+deb13.1-amd64");
  }
});

Deno.test("each target has a name of its own, and programs of the kernel's architecture", () => {
  assertEquals(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
  for (const { name, kernel, programs, flavour } of TARGETS) {
    assertEquals(programs.architecture, kernel.architecture, name);
    assertEquals(flavour.split("-")[0], kernel.architecture, name);
  }
});

Deno.test("guestTarget() tells where no 32-bit perf runs", () => {
  const told = TARGETS.map((target) => guestTarget(target, "6.1.0-57-amd64"));
  assertEquals(told[0], {
    name: "x86-6.1",
    arch: "x86_64",
    pageSize: 4096,
    kernel: "6.1.0-57-amd64",
    impostors: ["intel_bts"],
    perf32: true,
    bootSeconds: TARGETS[0]!.bootSeconds,
  });
  for (const { name, pageSize, perf32 } of told) assertEquals(perf32, pageSize === 4096, name);
});
