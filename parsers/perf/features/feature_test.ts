import { Feature } from "../abi.ts";
import { assertEquals } from "@std/assert";
import { featureKey, featureName } from "./feature.ts";

Deno.test("featureName() gives the upstream names of all ids in lower case", () => {
  const names = Object.values(Feature).map(featureName);
  assertEquals(
    names.join(" "),
    "tracing_data build_id hostname osrelease version arch nrcpus cpudesc cpuid total_mem " +
      "cmdline event_desc cpu_topology numa_topology branch_stack pmu_mappings group_desc " +
      "auxtrace stat cache sample_time mem_topology clockid dir_format bpf_prog_info bpf_btf " +
      "compressed cpu_pmu_caps clock_data hybrid_topology pmu_caps cpu_domain_info e_machine " +
      "cln_size",
  );
  assertEquals(Object.values(Feature), Array.from({ length: 34 }, (_, i) => i + 1));
});

Deno.test("featureKey() does not know other ids", () => {
  assertEquals([featureKey(18), featureKey(0), featureKey(35)], ["auxtrace", undefined, undefined]);
  assertEquals(featureName(35), "feature_35");
});
