import { assertEquals } from "@std/assert";
import { openPerfFile } from "../mod.ts";
import { queuePackets } from "../packets/mod.ts";
import { fixturePath } from "../testing/corpus.ts";
import { verifyPayload } from "./comparisons.ts";
import { RECORDINGS } from "./guest/recordings.ts";

const FIXTURES = RECORDINGS.filter(({ isFixture }) => isFixture);

Deno.test("every byte of the lab's fixtures is what the module writes at its offset", () => {
  for (const recording of FIXTURES) {
    using file = openPerfFile(fixturePath(`${recording.name}.perf.data`));
    verifyPayload(file, recording);
  }
});

Deno.test("real 32-bit perfs of Arm passed 4 GiB with 320 units, 256 of them above", () => {
  for (const name of ["lab_etm_perf32", "lab_etm_perf32_linux32"]) {
    const recording = FIXTURES.find((recording) => recording.name === name)!;
    using file = openPerfFile(fixturePath(`${name}.perf.data`));
    assertEquals(verifyPayload(file, recording), 320);
    const above = queuePackets(file, { kinds: ["I_ADDR_L_64IS0"] })
      .filter(({ fields }) => (fields.address as bigint) >= 1n << 32n);
    assertEquals(above.toArray().length, 256);
  }
});
