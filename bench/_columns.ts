import { PtColumns, ptKindNames } from "../parsers/intel_pt/mod.ts";
import { readPieces } from "./_pieces.ts";

/** Bytes of a file that start with a PSB packet and end before one. */
export interface ColumnsTask {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** What the payloads of all packets add up to. */
export interface ColumnsSum {
  /** Number of packets by kind. */
  readonly packets: readonly number[];
  /** Sum of the lower halves modulo 2^32. */
  readonly low: number;
  /** Sum of the upper halves modulo 2^32. */
  readonly high: number;
}

/** Reads kind and payload of every packet. */
export function sumColumns({ path, from, to }: ColumnsTask): ColumnsSum {
  const columns = new PtColumns();
  const packets = new Uint32Array(ptKindNames.length);
  let low = 0;
  let high = 0;

  function readRows(rows: number): void {
    const { kind: kinds, low: lows, high: highs } = columns;
    let lowSum = low;
    let highSum = high;
    for (let row = 0; row < rows; row++) {
      packets[kinds[row]!]!++;
      lowSum = lowSum + lows[row]! | 0;
      highSum = highSum + highs[row]! | 0;
    }
    low = lowSum;
    high = highSum;
  }

  function readBatches(): void {
    for (let rows = columns.fill(); rows > 0; rows = columns.fill()) readRows(rows);
  }

  readPieces(path, (piece) => {
    columns.refill(piece);
    readBatches();
    return columns.rest;
  }, { from, to });
  columns.end();
  readBatches();
  return { packets: [...packets], low: low >>> 0, high: high >>> 0 };
}
