import type { QueueIdentity } from "../auxtrace/mod.ts";
import type { ChartData, ChartMark, PacketChart, TailBuckets } from "./data.ts";

/** What a page needs to draw its charts. */
export interface EmbeddedChart {
  /** Tails over time. */
  readonly chart: ChartData;
  /** Packets over time; null where there is no payload. */
  readonly packets: PacketChart | null;
}

/** A chart as JSON. Columns of 64-bit floats stand one after the other, in base64. */
interface ChartJson extends Pick<ChartData, "limit">, Pick<EmbeddedChart, "packets"> {
  readonly axis: Omit<ChartData["axis"], "startNs"> & { readonly startNs: string | null };
  readonly queues: readonly (QueueIdentity & {
    readonly stride: number;
    readonly tails: string;
    readonly headStride: number;
    readonly heads: string;
    readonly marks: readonly MarkRow[];
  })[];
}

type MarkRow = readonly [ChartMark["kind"], number, number, number, number | null];

/**
 * Writes the charts of a report as JSON that can stand in a `script` element. It is at most 4 MB
 * long, whatever the recording is.
 */
export function encodeChart({ chart, packets }: EmbeddedChart): string {
  const { axis, limit, queues } = chart;
  const json: ChartJson = {
    axis: { ...axis, startNs: axis.startNs === null ? null : `${axis.startNs}` },
    limit,
    queues: queues.map(({ idx, cpu, tid, tails, heads, marks }) => ({
      idx,
      cpu,
      tid,
      stride: tails.stride,
      tails: base64(columnsOf(tails)),
      headStride: heads.stride,
      heads: base64(columnsOf(heads)),
      marks: marks.map(({ kind, from, to, count, position }): MarkRow => {
        return [kind, from, to, count, position];
      }),
    })),
    packets: packets && {
      type: packets.type,
      kinds: packets.kinds,
      queues: packets.queues.map(({ idx, cpu, tid, bins }) => ({ idx, cpu, tid, bins })),
    },
  };
  return JSON.stringify(json).replaceAll("<", "\\u003c");
}

/** Reads what {@linkcode encodeChart} wrote. */
export function decodeChart(text: string): EmbeddedChart {
  const { axis, limit, queues, packets }: ChartJson = JSON.parse(text);
  return {
    chart: {
      axis: { ...axis, startNs: axis.startNs === null ? null : BigInt(axis.startNs) },
      limit,
      queues: queues.map(({ stride, tails, headStride, heads, marks, ...queue }) => ({
        ...queue,
        tails: bucketsOf(numbers(tails), stride),
        heads: bucketsOf(numbers(heads), headStride),
        marks: marks.map(([kind, from, to, count, position]) => {
          return { kind, from, to, count, position };
        }),
      })),
    },
    packets,
  };
}

/** Where each bucket is one tail, first and last, lowest and highest are the same. */
function columnsOf({ stride, first, last, min, max }: TailBuckets): Float64Array[] {
  return stride === 1 ? [first, max] : [first, last, min, max];
}

function bucketsOf(numbers: Float64Array, stride: number): TailBuckets {
  const length = numbers.length / (stride === 1 ? 2 : 4);
  const column = (n: number) => numbers.subarray(n * length, (n + 1) * length);
  return stride === 1
    ? { stride, first: column(0), last: column(0), min: column(1), max: column(1) }
    : { stride, first: column(0), last: column(1), min: column(2), max: column(3) };
}

function base64(columns: readonly Float64Array[]): string {
  let text = "";
  for (const column of columns) {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    for (const byte of bytes) text += String.fromCharCode(byte);
  }
  return btoa(text);
}

function numbers(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}
