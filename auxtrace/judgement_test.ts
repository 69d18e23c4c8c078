import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { judge, type JudgementFacts } from "./judgement.ts";

/** An x86 recording of which two tails need more than 32 bits. */
const CROSSED: JudgementFacts = {
  arch: "x86_64",
  auxtraceType: "intel_pt",
  storesTails: true,
  hasMore: false,
  flaggedTails: 2,
  bits: 32,
  stoppedByLimit: false,
  crosses4GiB: true,
};

/** `accessor`, `refuses` and `tornReads` of the released perf. */
function released(facts: Partial<JudgementFacts>): unknown[] {
  const { released: { accessor, refuses, tornReads } } = judge({ ...CROSSED, ...facts });
  return [accessor, refuses, tornReads];
}

// Expected values: auxtrace.md, 18, "Which perf refuses".

Deno.test("judge() refuses by the generic accessors on any machine, and on none", () => {
  for (const arch of ["x86_64", "aarch64", "armv8l", "ppc64", null]) {
    const { generic } = judge({ ...CROSSED, arch });
    assertEquals([arch, generic.refuses], [arch, true]);
    assertMatch(generic.why, /v4 patch .* 32 bits\. 2 tails need more\.$/);
  }
  const one = judge({ ...CROSSED, flaggedTails: 1, bits: 20 }).generic;
  assertMatch(one.why, /20 bits\. 1 tail needs more\.$/);
  const fits = judge({ ...CROSSED, flaggedTails: 0, crosses4GiB: false }).generic;
  assertEquals(fits.refuses, false);
  assertMatch(fits.why, /No tails need more\.$/);
});

Deno.test("judge() has the released perf refuse on the listed machines but Arm", () => {
  for (
    const arch of ["x86_64", "mips64", "mips64el", "riscv64", "s390x", "sparc64", "parisc64"]
  ) {
    assertEquals([arch, ...released({ arch })], [arch, "compat", true, false]);
    assertEquals(released({ arch, flaggedTails: 0 }), ["compat", false, false]);
  }
  for (const arch of ["aarch64", "aarch64_be", "arm64"]) {
    assertEquals([arch, ...released({ arch })], [arch, "arm", false, false]);
    assertMatch(judge({ ...CROSSED, arch }).released.why, /stores every tail.*LDRD, STRD/);
  }
});

Deno.test("judge() has the released perf use plain accesses on every other machine", () => {
  for (
    const arch of ["armv8l", "armv7l", "arm", "i686", "ppc64", "ppc64le", "loongarch64", "mips"]
  ) {
    assertEquals([arch, ...released({ arch })], [arch, "plain", false, true]);
    assertEquals(released({ arch, crosses4GiB: false }), ["plain", false, false]);
    const { why } = judge({ ...CROSSED, arch }).released;
    assertStringIncludes(why, `On ${arch}, `);
    assertMatch(why, /4 GiB.*can be torn if the kernel is a 64-bit one/);
    assertEquals(why.includes("LDRD"), false);
  }
});

Deno.test("judge() goes by the name of the machine, whatever the trace is and what stopped", () => {
  assertEquals(released({ arch: "aarch64", stoppedByLimit: true }), ["arm", false, false]);
  assertEquals(released({ arch: "i686", stoppedByLimit: true }), ["plain", false, true]);
  assertEquals(released({ auxtraceType: "cs_etm" }), ["compat", true, false]);
  assertEquals(judge(CROSSED).released.arch, "x86_64");
});

Deno.test("judge() names both cases of the trace's family where the machine has no name", () => {
  for (const auxtraceType of ["intel_pt", "intel_bts"] as const) {
    const unnamed = { arch: null, auxtraceType };
    assertEquals(released(unnamed), ["unknown", null, null]);
    const { arch, why } = judge({ ...CROSSED, ...unnamed }).released;
    assertEquals(arch, null);
    assertMatch(
      why,
      /name of its machine is not known.*x86_64.*refuses tails.*i686.*stores every tail/,
    );
    // Both store what they have.
    const fits = { ...unnamed, flaggedTails: 0, crosses4GiB: false };
    assertEquals(released(fits), ["unknown", false, false]);
  }
  for (const auxtraceType of ["cs_etm", "arm_spe"] as const) {
    const unnamed = { arch: null, auxtraceType };
    assertEquals(released(unnamed), ["unknown", false, null]);
    const { why } = judge({ ...CROSSED, ...unnamed }).released;
    assertMatch(why, /aarch64, .*LDRD, STRD.*armv8l, .*stores every tail.*can be torn/);
  }
  for (const auxtraceType of ["s390_cpumsf", "unknown", null] as const) {
    assertEquals(released({ arch: null, auxtraceType }), ["unknown", null, null]);
    const { why } = judge({ ...CROSSED, arch: null, auxtraceType }).released;
    assertMatch(why, /perf's list .*refuses tails.*any other machine, .*stores every tail/);
  }
});

Deno.test("judge() takes a recorder that was stopped for one on a listed machine", () => {
  const stopped = { arch: null, stoppedByLimit: true };
  for (const auxtraceType of ["intel_pt", "intel_bts", "s390_cpumsf", null] as const) {
    assertEquals(released({ ...stopped, auxtraceType }), ["compat", true, false]);
  }
  // The v4 patch stopped it; the released perf has LDRD and STRD there.
  for (const auxtraceType of ["cs_etm", "arm_spe"] as const) {
    assertEquals(released({ ...stopped, auxtraceType }), ["arm", false, false]);
  }
  assertMatch(judge({ ...CROSSED, ...stopped }).released.why, /limit stopped.*x86_64.*refuses/);
});

Deno.test("judge() has nobody refuse where no tail is stored", () => {
  const snapshot = { storesTails: false, flaggedTails: 0, crosses4GiB: false };
  for (const arch of ["x86_64", "aarch64", "armv8l", null]) {
    const { generic, released } = judge({ ...CROSSED, ...snapshot, arch });
    const why = "No tail is stored, so none can be refused.";
    assertEquals(generic, { refuses: null, why });
    assertEquals([released.refuses, released.tornReads, released.why], [null, false, why]);
  }
  // The head is read all the same.
  const high = { ...snapshot, crosses4GiB: true };
  assertEquals(released({ ...high, arch: "armv8l" }), ["plain", null, true]);
  assertMatch(judge({ ...CROSSED, ...high, arch: "armv8l" }).released.why, /can be torn/);
  assertEquals(released({ ...high, arch: "x86_64" }), ["compat", null, false]);
});

Deno.test("judge() knows nothing of the tails after a cut", () => {
  const cut = { hasMore: true, flaggedTails: 0, crosses4GiB: false };
  const fits = judge({ ...CROSSED, ...cut });
  assertEquals([fits.generic.refuses, fits.released.refuses], [null, null]);
  assertMatch(fits.generic.why, /^Not known: .*cut or damaged.* no tail needs more than 32 bits/);
  assertMatch(fits.released.why, /^Not known: .*cut or damaged.*On x86_64/);

  // By the machine alone: no tail is refused there, whatever follows.
  assertEquals(released({ ...cut, arch: "aarch64" }), ["arm", false, false]);
  assertEquals(released({ ...cut, arch: "i686" }), ["plain", false, null]);
  for (const arch of ["aarch64", "i686"]) {
    const { why } = judge({ ...CROSSED, ...cut, arch }).released;
    assertMatch(why, /^On .*stores every tail[^.]*\.$/);
  }
  assertEquals(released({ ...cut, arch: null }), ["unknown", null, null]);

  // What was seen stays so.
  const { generic, released: listed } = judge({ ...CROSSED, hasMore: true });
  assertEquals([generic.refuses, listed.refuses, listed.tornReads], [true, true, false]);
  assertEquals(released({ hasMore: true, arch: "i686" }), ["plain", false, true]);

  // Without a chunk up to the cut, it is not known whether tails are stored.
  const none = judge({ ...CROSSED, ...cut, storesTails: false });
  assertEquals([none.generic.refuses, none.released.refuses], [null, null]);
  assertMatch(none.generic.why, /^Not known: /);
  assertMatch(none.released.why, /^Not known: /);
});
