import { assertEquals } from "@std/assert";
import { fakeFiles, fakePmu } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, CS_ETM, INTEL_PT } from "../testing/fake_pmus.ts";
import {
  type AuxPmuKind,
  auxPmuKind,
  findPmu,
  findSink,
  intelPtDefaultTerms,
  listPmus,
  listSinks,
  parseCpuList,
} from "./pmu.ts";

Deno.test("listPmus() reads what sysfs says of each PMU, sorted by name", () => {
  const pmus = listPmus(fakeFiles({ ...INTEL_PT, ...ARM_SPE, ...CS_ETM, ...CPU }));
  assertEquals(pmus.map(({ name, type, aux, cpus }) => ({ name, type, aux, cpus })), [
    { name: "arm_spe_0", type: 9, aux: true, cpus: [0, 1, 2, 3, 8] },
    { name: "cpu", type: 4, aux: false, cpus: null },
    { name: "cs_etm", type: 10, aux: true, cpus: null },
    { name: "intel_pt", type: 8, aux: true, cpus: null },
  ]);
  const [spe, cpu] = pmus;
  assertEquals(spe!.formats.get("min_latency"), "config2:0-11");
  assertEquals(spe!.caps.get("count_size"), "12");
  assertEquals([...cpu!.events.keys()], ["cpu-cycles", "mem-loads"]);
});

Deno.test("listPmus() lets the caller say which PMUs have an AUX area", () => {
  const files = fakeFiles({ ...CPU, ...fakePmu("soft", { type: "20", cpus: "0" }) });
  const pmus = listPmus(files, { isAux: (_, type) => type === 20 });
  assertEquals(pmus.map(({ name, aux, cpus }) => [name, aux, cpus]), [
    ["cpu", false, null],
    ["soft", true, [0]],
  ]);
});

Deno.test("findPmu() finds nothing where there is no PMU", () => {
  const files = fakeFiles({ ...CPU, ...fakePmu("odd", { type: "x" }) });
  for (const name of ["", "odd", "none", ".", "..", "../devices/cpu", "cpu/format"]) {
    assertEquals([name, findPmu(files, name)], [name, undefined]);
  }
});

Deno.test("auxPmuKind() goes by the names of the drivers", () => {
  const kinds: [name: string, kind: AuxPmuKind | null][] = [
    ["intel_pt", "intel_pt"],
    ["intel_bts", "intel_bts"],
    ["arm_spe_0", "arm_spe"],
    ["arm_spe_12", "arm_spe"],
    ["cs_etm", "cs_etm"],
    ["hisi_ptt0_2", "hisi_ptt"],
    ["cpum_sf", "s390_cpumsf"],
    ...["cpu", "intel_pt2", "arm_spe", "software"].map((name): [string, null] => [name, null]),
  ];
  for (const [name, kind] of kinds) assertEquals([name, auxPmuKind(name)], [name, kind]);
});

Deno.test("intelPtDefaultTerms() asks for what the CPU has", () => {
  const formats = new Map([["pt", "config:0"], ["branch", "config:13"]]);
  const terms = (caps: Record<string, string>) =>
    intelPtDefaultTerms({ formats, caps: new Map(Object.entries(caps)) });
  const all = { mtc: "1", "mtc_periods": "249", "psb_cyc": "1", "psb_periods": "3f" };
  assertEquals(terms(all), "tsc,mtc,mtc_period=3,psb_period=3,pt,branch");
  // period 3 is not there: the largest below it, or else the smallest above it
  assertEquals(
    terms({ ...all, "mtc_periods": "13" }),
    "tsc,mtc,mtc_period=1,psb_period=3,pt,branch",
  );
  assertEquals(
    terms({ ...all, "psb_periods": "60" }),
    "tsc,mtc,mtc_period=3,psb_period=5,pt,branch",
  );
  // Broadwell: no MTC, so no PSB period either
  assertEquals(terms({ ...all, mtc: "0" }), "tsc,pt,branch");
  assertEquals(terms({ ...all, "psb_cyc": "0" }), "tsc,mtc,mtc_period=3,pt,branch");
  assertEquals(terms({}), "tsc,pt,branch");
  assertEquals(intelPtDefaultTerms({ formats: new Map(), caps: new Map() }), "tsc");
});

Deno.test("findSink() gives the number of a sink", () => {
  const files = fakeFiles(CS_ETM);
  assertEquals(listSinks(files, "cs_etm"), ["tmc_etf0", "tmc_etr0"]);
  assertEquals(findSink(files, "cs_etm", "tmc_etr0"), 0x2b1d45ccn);
  for (const name of ["tmc_etr1", "", "../type"]) {
    assertEquals(findSink(files, "cs_etm", name), undefined);
  }
});

Deno.test("parseCpuList() reads lists as sysfs has them", () => {
  assertEquals(parseCpuList("0"), [0]);
  assertEquals(parseCpuList("0-3,8\n"), [0, 1, 2, 3, 8]);
  assertEquals(parseCpuList(""), []);
  for (const text of ["a", "0-", "-1", "1,b", "9999999"]) assertEquals(parseCpuList(text), null);
});
