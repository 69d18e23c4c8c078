import type { AttrSpec } from "../encoders/internal.ts";
import type { Pmu } from "./pmu.ts";
import type { SystemFiles } from "./system_files.ts";

const HEADER_VERSION = 1n;
/** Magic numbers of the blocks. Source: perf's `util/cs-etm.h`. */
const Magic = {
  etmV3: 0x3030303030303030n,
  etmV4: 0x4040404040404040n,
  ete: 0x5050505050505050n,
} as const;
/** Fields of TRCDEVARCH that tell an ETE from an ETMv4. Source: perf's `cs_etm_is_ete()`. */
const DEVARCH_MASK = 0xffffn;
const DEVARCH_ETE = 0x5a13n;
/** Options in `attr.config`, and what they are in TRCCONFIGR. Source: linux/coresight-pmu.h. */
const ETM4_OPTIONS: readonly (readonly [option: bigint, bits: bigint])[] = [
  [8n, 1n << 3n], // branch broadcast
  [12n, 1n << 4n], // cycle counts
  [14n, 1n << 6n], // context ids
  [15n, 1n << 7n | 1n << 15n], // virtual context ids, those of EL2
  [28n, 1n << 11n], // timestamps
  [29n, 1n << 12n], // return stack
];
const ETM4_REGISTERS = ["idr0", "idr1", "idr2", "idr8"].map((name) => `trcidr/trc${name}`);
const UNKNOWN = 2n ** 64n - 1n;

/**
 * Words of AUXTRACE_INFO for CoreSight: a block for each CPU that has a trace unit.
 *
 * Source: perf's `arch/arm/util/cs-etm.c`.
 */
export function coresightWords(
  files: SystemFiles,
  { name, type }: Pmu,
  recording: { attr: AttrSpec; cpus: readonly number[] | null; snapshot: boolean },
): bigint[] {
  const { attr, cpus, snapshot } = recording;
  const folder = `/sys/bus/event_source/devices/${name}`;
  const blocks = files.list(folder)
    .flatMap((name) => /^cpu\d+$/.test(name) ? [Number(name.slice(3))] : [])
    .filter((cpu) => cpus === null || cpus.includes(cpu))
    .sort((a, b) => a - b)
    .flatMap((cpu) => {
      const block = traceUnit(attr.config ?? 0n, cpu, (path) => {
        return files.text(`${folder}/cpu${cpu}/${path}`)?.trim() ?? "";
      });
      return block === null ? [] : [block];
    });
  return [
    HEADER_VERSION,
    BigInt(type) << 32n | BigInt(blocks.length),
    snapshot ? 1n : 0n,
    ...blocks.flat(),
  ];
}

/** The block of one CPU; null if it has no trace unit that is known. */
function traceUnit(config: bigint, cpu: number, text: (path: string) => string): bigint[] | null {
  const block = (magic: bigint, params: readonly bigint[]) => [
    magic,
    BigInt(cpu),
    BigInt(params.length),
    ...params,
  ];
  const etm4 = ETM4_REGISTERS.map((path) => register(text(path)));
  const etm3 = ["mgmt/etmccer", "mgmt/etmidr"].map((path) => register(text(path)));
  if (etm4[0] !== null) {
    const devArch = register(text("mgmt/trcdevarch")) ?? 0n;
    const isEte = (devArch & DEVARCH_MASK) === DEVARCH_ETE;
    return block(isEte ? Magic.ete : Magic.etmV4, [
      etm4Config(config),
      traceId(cpu),
      ...etm4.map((value) => value ?? 0n),
      register(text("mgmt/trcauthstatus")) ?? 0n,
      ...(isEte ? [devArch] : []),
      timestampSource(text("ts_source")),
    ]);
  }
  if (etm3[0] === null) return null;
  return block(Magic.etmV3, [config, traceId(cpu), ...etm3.map((value) => value ?? 0n)]);
}

/** What kernels before 6.3 used; newer ones correct it by AUX_OUTPUT_HW_ID records. */
function traceId(cpu: number): bigint {
  return 0x10n + 2n * BigInt(cpu);
}

function etm4Config(config: bigint): bigint {
  return ETM4_OPTIONS.reduce((bits, [option, own]) => {
    return config >> option & 1n ? bits | own : bits;
  }, 0n);
}

/** A register in sysfs, in hexadecimal; null if it is not there. */
function register(text: string): bigint | null {
  const [, digits] = /^(?:0x)?([\da-f]{1,16})$/i.exec(text) ?? [];
  return digits === undefined ? null : BigInt(`0x${digits}`);
}

function timestampSource(text: string): bigint {
  return /^\d+$/.test(text) ? BigInt(text) : UNKNOWN;
}
