import type { HardwareId } from "../internal.ts";
import type { CoresightCpu } from "../perf/mod.ts";
import { type TraceUnit, traceUnits, unitsOfSink } from "./trace_unit.ts";

/** A text file of a snapshot directory. */
export interface SnapshotFile {
  /** Name inside the directory. */
  readonly name: string;
  /** Content. */
  readonly text: string;
}

/** A file with the bytes of one fragment, which lies in the directory too. */
export interface SnapshotPayload {
  /** Name inside the directory. */
  readonly name: string;
  /** CPU of the bytes; null if the recording does not tell. */
  readonly cpu: number | null;
  /** Whether the bytes come from the CPU's unit without frames (AUX flag 0x0100). */
  readonly raw: boolean;
}

/** Registers that OpenCSD reads, and their numbers: offsets in words. */
const ETM4_REGISTERS: Readonly<Record<string, number>> = {
  TRCCONFIGR: 0x004,
  TRCTRACEIDR: 0x010,
  TRCIDR8: 0x060,
  TRCIDR0: 0x078,
  TRCIDR1: 0x079,
  TRCIDR2: 0x07a,
  TRCAUTHSTATUS: 0x3ee,
  TRCDEVARCH: 0x3ef,
};
const ETM3_REGISTERS: Readonly<Record<string, number>> = {
  ETMCR: 0x000,
  ETMIDR: 0x079,
  ETMCCER: 0x07a,
  ETMTRACEIDR: 0x080,
};
const TRACE_ID_REGISTERS = ["TRCTRACEIDR", "ETMTRACEIDR"];

/**
 * Writes the descriptions that make a directory of fragments a snapshot for OpenCSD's
 * `trc_pkt_lister -ss_dir`: `snapshot.ini`, `trace.ini` and a file for each core and trace unit.
 *
 * The fragments become the buffers `BUFFER_0`, `BUFFER_1` and so on, in the order given:
 * `-src_name` chooses one. A trace unit can be tied to one buffer only, so that each buffer gets
 * devices of its own; with many fragments a directory for each is smaller. The cores are named
 * by their architecture, since a recording does not tell their model.
 */
export function coresightSnapshot(
  { info, hwIds }: {
    readonly info: { readonly cpus: readonly CoresightCpu[] };
    readonly hwIds: ReadonlyMap<number, HardwareId>;
  },
  payloads: readonly SnapshotPayload[],
): SnapshotFile[] {
  const units = traceUnits(info, hwIds);
  const devices = payloads.flatMap((payload, buffer) => {
    const sources = payload.raw
      ? units.filter(({ cpu }) => cpu === payload.cpu)
      : unitsOfSink(units, payload.cpu).filter(({ traceId }) => traceId !== null);
    return sources.flatMap((unit) => {
      const block = info.cpus.find(({ cpu }) => cpu === unit.cpu);
      return block === undefined || block.kind === "unknown" ? [] : [device(unit, block, buffer)];
    });
  });
  const names = devices.flatMap(({ core, source }) => [core.name, source.name]);
  return [
    { name: "snapshot.ini", text: snapshotText(names) },
    { name: "trace.ini", text: traceText(payloads, devices) },
    ...devices.flatMap(({ core, source }) => [core, source]).map(({ name, text }) => {
      return { name: `${name}.ini`, text };
    }),
  ];
}

/** The core and the trace unit of one CPU, for one buffer. */
interface Device {
  readonly buffer: number;
  readonly core: SnapshotFile;
  readonly source: SnapshotFile;
}

function device(unit: TraceUnit, block: CoresightCpu, buffer: number): Device {
  const suffix = `${unit.cpu}_${buffer}`;
  const { unitType, coreType } = types(block.kind);
  const registers = block.kind === "etmv3" || block.kind === "ptm"
    ? ETM3_REGISTERS
    : ETM4_REGISTERS;
  const lines = block.params.flatMap(({ name, value }) => {
    const number = registers[name];
    if (number === undefined) return [];
    const isId = TRACE_ID_REGISTERS.includes(name) && unit.traceId !== null;
    const actual = isId ? BigInt(unit.traceId ?? 0) : value;
    return [`${name}(0x${number.toString(16).padStart(3, "0")})=0x${actual.toString(16)}`];
  });
  const core = deviceText(`cpu_${suffix}`, { class: "core", type: coreType });
  const source = deviceText(`etm_${suffix}`, { class: "trace_source", type: unitType });
  return {
    buffer,
    core: { name: `cpu_${suffix}`, text: core },
    source: { name: `etm_${suffix}`, text: `${source}\n[regs]\n${lines.join("\n")}\n` },
  };
}

function types(kind: CoresightCpu["kind"]): { unitType: string; coreType: string } {
  if (kind === "ete") return { unitType: "ETE", coreType: "ARM-aa64" };
  if (kind === "etmv4") return { unitType: "ETM4", coreType: "ARMv8-A" };
  return { unitType: kind === "ptm" ? "PTM1.1" : "ETM3.5", coreType: "ARMv7-A" };
}

function deviceText(
  name: string,
  fields: { readonly class: string; readonly type: string },
): string {
  return `[device]\nname=${name}\nclass=${fields.class}\ntype=${fields.type}\n`;
}

function snapshotText(names: readonly string[]): string {
  const devices = names.map((name, i) => `device${i}=${name}.ini\n`).join("");
  return `[snapshot]\nversion=1.0\n\n[device_list]\n${devices}\n[trace]\nmetadata=trace.ini\n`;
}

function traceText(payloads: readonly SnapshotPayload[], devices: readonly Device[]): string {
  const list = payloads.map((_, i) => `buffer${i}`).join(",");
  const buffers = payloads.map(({ name, raw }, i) => {
    const format = raw ? "source_data" : "coresight";
    return `[buffer${i}]\nname=BUFFER_${i}\nfile=${name}\nformat=${format}\n\n`;
  });
  const cores = devices.map(({ core, source }) => `${core.name}=${source.name}\n`);
  const sources = devices.map(({ source, buffer }) => `${source.name}=BUFFER_${buffer}\n`);
  return `[trace_buffers]\nbuffers=${list}\n\n${buffers.join("")}` +
    `[core_trace_sources]\n${cores.join("")}\n[source_buffers]\n${sources.join("")}`;
}
