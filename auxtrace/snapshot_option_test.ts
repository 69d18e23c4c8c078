import { assertEquals } from "@std/assert";
import { type AuxListener, AuxWalk, replayReport } from "./mod.ts";
import { payloadQueues } from "../packets/mod.ts";
import { bytesSource, parsePerfFile, parsePerfStream } from "../parsers/perf/mod.ts";
import { openPerfFile } from "../system/mod.ts";
import { intelPtInfo, PerfFileBuilder, usualFeatures } from "../testing/perf_builder.ts";
import { speInfo } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { forwardOnly } from "../testing/each_way.ts";
import { asksForSnapshots } from "./snapshot_option.ts";

Deno.test("asksForSnapshots() finds -S and --snapshot among the options of the recorder alone", () => {
  const cases: [string, boolean][] = [
    ["/usr/bin/perf record -S -e intel_pt//u -- ls", true],
    ["perf record --snapshot -a", true],
    ["perf record -e intel_pt// -a --snapshot=0x100000,e sleep 1", true],
    ["perf record -aS", true],
    ["perf record -S0x100000 -a", true],
    ["perf record -vaSe1048576 -a", true],
    ["perf --debug verbose=1 record -o out.data -z5 -S sleep 1", true],
    ["auxtail record -S -e arm_spe_0// -- sleep 2", true],
    ["auxtail record -e arm_spe_0// -o x.data --accessor compat --snapshot", true],
    ["auxtail record --accessor=compat -m ,64K -S", true],
    ["perf record -e intel_pt//u ls -S", false],
    ["perf record -e intel_pt//u -- ls -S", false],
    ["perf record -e intel_pt//u ls --snapshot", false],
    ["perf record -o -S -a", false],
    ["perf record -aoSnap.data sleep 1", false],
    ["perf record --output --snapshot -a", false],
    ["perf record --filter -S -a", false],
    ["perf record --snapshots -a", false],
    ["perf record -z5S -a", false],
    ["perf record - -S", false],
    ["perf record", false],
    ["perf script -S main", false],
    ["record -S", false],
    ["", false],
  ];
  for (const [line, expected] of cases) {
    assertEquals([line, asksForSnapshots(line.split(" "))], [line, expected]);
  }
});

/** Two snapshots with bytes between them that are in none, beyond 4 GiB, and no flag that says so. */
function twoSnapshots(
  args: readonly string[],
  options: { byteOrder: "little" | "big"; pipe: boolean },
  info = speInfo,
): Uint8Array<ArrayBuffer> {
  const file = new PerfFileBuilder({ ...options, features: usualFeatures("aarch64", args) })
    .add(info);
  for (const offset of [2n ** 32n, 2n ** 32n + 4096n]) {
    file.auxtrace({ idx: 0, cpu: 0, offset, size: 64 }).finishedRound();
  }
  return file.bytes();
}

const OF_PERF = ["/usr/bin/perf", "record", "-e", "arm_spe_0//", "-S", "sleep", "1"];
const OF_AUXTAIL = ["auxtail", "record", "--snapshot", "-e", "arm_spe_0//", "--", "sleep", "1"];
const IN_FULL = ["/usr/bin/perf", "record", "-e", "arm_spe_0//", "sleep", "-S"];

for (const byteOrder of ["little", "big"] as const) {
  for (const pipe of [false, true]) {
    const name = `${byteOrder}-endian ${pipe ? "pipe" : "file"}`;
    Deno.test(`CMDLINE says that a recording holds snapshots: ${name}`, async () => {
      for (const args of [OF_PERF, OF_AUXTAIL, IN_FULL]) {
        const bytes = twoSnapshots(args, { byteOrder, pipe });
        const expected = args === IN_FULL ? ["full", "exceeds", 1] : [
          ...["snapshot", "not-applicable"],
          0,
        ];
        for (const source of [bytesSource(bytes), forwardOnly(bytes, 512)]) {
          const { recording, verdict, totals } = replayReport(parsePerfFile(source));
          assertEquals([recording.mode, verdict, totals.gaps], expected);
        }
        assertEquals(payloadQueues(parsePerfFile(bytesSource(bytes))).mode, expected[0]);
        const { file, walk } = await parsePerfStream(chunksOf(bytes));
        const aux = new AuxWalk(file, [] as AuxListener[]);
        aux.finish(await walk((cursor) => aux.record(cursor)));
        assertEquals(aux.mode, expected[0]);
      }
    });
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

Deno.test("CMDLINE does not decide where AUXTRACE_INFO does", () => {
  const info = intelPtInfo({ snapshot: false });
  const bytes = twoSnapshots(OF_PERF, { byteOrder: "little", pipe: false }, info);
  assertEquals(replayReport(parsePerfFile(bytesSource(bytes))).recording.mode, "full");
});

oracleTest("a recording of auxtail record -S with SPE is one of snapshots", ["corpus"], () => {
  using file = openPerfFile(corpusPath("lab2/speauxtailsnap.data"));
  const { recording, verdict } = replayReport(file);
  assertEquals([recording.mode, verdict], ["snapshot", "not-applicable"]);
});
