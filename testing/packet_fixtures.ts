import {
  AuxRecording,
  btsInfo,
  cpuRings,
  type RecordingOptions,
  speInfo,
  step,
} from "./aux_recording.ts";
import { btsBytes } from "./bts_records.ts";
import { dtlBoot, dtlDispatch } from "./dtl_entries.ts";
import { type EtmVariant, etmVariants } from "./every_etm_packet.ts";
import { everyRecord } from "./every_record.ts";
import { formatFrames } from "./etm_packets.ts";
import type { Fixture } from "./mutants.ts";
import { randomNumbers } from "./packet_pieces.ts";
import { AuxFlag, auxOutputHwId, auxtraceInfo, AuxtraceType } from "./perf_builder.ts";
import { ptBytes, randomPtCases } from "./pt_cases.ts";
import { ptt4Dw, ptt8Dw } from "./ptt_packets.ts";
import { s390Block } from "./s390_blocks.ts";
import { speCases } from "./spe_cases.ts";
import { concat } from "./zstd_ring.ts";

const PT_SEED = 20260301;
const PT_GROUPS = 60;
/** Parameters of a trace unit in the order of AUXTRACE_INFO. Source: perf's cs-etm.h. */
const ETM_PARAMS = [
  "TRCCONFIGR",
  "TRCTRACEIDR",
  "TRCIDR0",
  "TRCIDR1",
  "TRCIDR2",
  "TRCIDR8",
  "TRCAUTHSTATUS",
  "TRCDEVARCH",
];

/** Recordings with every kind of packet of every format, and one with every kind of record. */
export function packetFixtures(): Fixture[] {
  return [
    made("intel_pt", ptBytes(randomPtCases(randomNumbers(PT_SEED), PT_GROUPS))),
    made("intel_bts", btsBytes([1n, 2n, 3n, 4n].map((n) => ({ from: n << 32n, to: n }))), {
      info: btsInfo,
    }),
    made("arm_spe", Uint8Array.from(speCases.flatMap(({ bytes }) => bytes)), {
      info: speInfo,
      arch: "aarch64",
    }),
    ...etmVariants().map((variant, n) =>
      made(`cs_etm${n}`, etmBytes(variant), { info: etmInfo(variant), arch: "aarch64" })
    ),
    made("s390_cpumsf", s390Bytes(), {
      info: auxtraceInfo(AuxtraceType.s390_cpumsf, []),
      arch: "s390x",
      byteOrder: "big",
    }),
    made("hisi_ptt", Uint8Array.from(pttWords()), {
      info: auxtraceInfo(AuxtraceType.hisi_ptt, [8n]),
      arch: "aarch64",
    }),
    made("vpa_dtl", dtlBytes(), {
      info: auxtraceInfo(AuxtraceType.vpa_dtl, [8n]),
      arch: "ppc64",
      byteOrder: "big",
    }),
    ...(["little", "big"] as const).map((byteOrder) => ({
      name: `every record, ${byteOrder}`,
      bytes: everyRecord(byteOrder).file,
    })),
  ];
}

/** Two queues with the same payload: the first in one chunk, the second in three, with a loss. */
function made(name: string, payload: Uint8Array, options: RecordingOptions = {}): Fixture {
  const recording = new AuxRecording({ rings: cpuRings(2), ...options });
  const size = payload.length;
  recording.aux(0, { offset: 0n, size, timeNs: step(0) });
  recording.chunk(0, { offset: 0n, payload });
  if (name.startsWith("cs_etm")) recording.file.add(auxOutputHwId(0x10n), { id: 1n, cpu: 0 });
  const third = Math.ceil(size / 24) * 8;
  for (const n of [0, 1, 2]) {
    const part = payload.subarray(n * third, (n + 1) * third);
    const offset = BigInt(n * third);
    const flags = n === 1 ? AuxFlag.Truncated : 0n;
    recording.aux(1, { offset, size: part.length, timeNs: step(n), flags });
    recording.chunk(1, { offset, payload: part }).round();
  }
  return { name: `made ${name}`, bytes: recording.bytes() };
}

function etmBytes({ packets }: EtmVariant): Uint8Array {
  const bytes = packets.flatMap(({ bytes }) => bytes);
  return formatFrames([{ id: 0x10, bytes }]);
}

function etmInfo({ cpu: { magic, params } }: EtmVariant) {
  const values = ETM_PARAMS.flatMap((name) =>
    params.find((param) => param.name === name)?.value ?? []
  );
  return auxtraceInfo(
    AuxtraceType.cs_etm,
    [1n, 8n << 32n | 1n, 0n, magic, 0n, BigInt(values.length), ...values],
  );
}

function s390Bytes(): Uint8Array {
  const samples = [1n, 2n, 3n].map((n) => ({ instructionAddress: n << 12n, dat: true }));
  const block = { samples, diagnosticSize: 128, timestamp: [1n << 40n, 0n] as const };
  return concat([s390Block(block), s390Block({ ...block, overflows: 3n, untold: true })]);
}

function pttWords(): number[] {
  const header = { format: 1, type: 2, t9: true, t8: false, th: true, so: false };
  const rest = [0x11223344, 0x55667788, 0x99aabbcc] as const;
  return [
    ...ptt4Dw({ ...header, length: 1, time: 0x123 }, rest),
    ...ptt4Dw({ ...header, length: 2, time: 0x234 }, rest),
    ...ptt8Dw({ prefix: 1, header: [1, 2, 3, 4], time: 0x345 }),
  ];
}

function dtlBytes(): Uint8Array {
  const dispatch = (n: number) =>
    dtlDispatch({
      dispatchReason: n,
      preemptReason: n,
      processorId: n,
      enqueueToDispatch: 4,
      readyToEnqueue: 5,
      waitingToReady: 6,
      timebase: 512_000_000n * BigInt(n),
      faultAddress: 8n,
      srr0: 9n,
      srr1: 10n,
    });
  return concat([
    dtlBoot({ bootTimebase: 1n, frequency: 512_000_000n, byteOrder: "big" }),
    ...[0, 1, 2, 3].map(dispatch),
  ]);
}
