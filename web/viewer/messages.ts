import type { QueueIdentity } from "../../auxtrace/mod.ts";
import type { ReportData } from "../../report/mod.ts";
import type { PacketRow } from "./row_writer.ts";

/** What the page asks of its Worker. */
export type Request =
  /** Reads a recording and reports. The first message, and the only one of its kind. */
  | { readonly type: "open"; readonly file: File }
  /** Stops decoding for the report. Chunks can be looked at as before. */
  | { readonly type: "stop" }
  /** Lists the chunks of a queue, `page` from 0. */
  | { readonly type: "chunks"; readonly queue: QueueIdentity; readonly page: number }
  /** Lists the page of the chunk that has a position in it. */
  | { readonly type: "chunk"; readonly queue: QueueIdentity; readonly position: bigint }
  /** Decodes packets of a chunk of the page that was listed last, from a position on. */
  | { readonly type: "packets"; readonly chunk: number; readonly from: bigint | null };

/** What the Worker tells the page. */
export type Response =
  | {
    readonly type: "progress";
    readonly phase: "records" | "packets";
    readonly done: number;
    readonly total: number;
  }
  /** The report so far; `packets` of it is null until the last one. */
  | { readonly type: "report"; readonly data: ReportData; readonly isLast: boolean }
  | { readonly type: "stopped" }
  | { readonly type: "chunks"; readonly list: ChunkList }
  | { readonly type: "packets"; readonly list: PacketList }
  /** The request, or the report, could not be completed. */
  | {
    readonly type: "failed";
    readonly what: "report" | "chunks" | "packets";
    readonly why: string;
  };

/** A page of the chunks of a queue. */
export interface ChunkList {
  readonly queue: QueueIdentity;
  /** Number of the page, from 0. */
  readonly page: number;
  /** Number of the first row in the queue, from 0. */
  readonly first: number;
  /** Number of all rows of the queue. */
  readonly count: number;
  readonly rows: readonly ChunkRow[];
  /** Which of them was asked for; null where the page was. */
  readonly chosen: number | null;
}

/** A chunk, or a mark between chunks. */
export interface ChunkRow {
  /** Position in the queue's stream. */
  readonly position: bigint;
  /** Bytes of a chunk; null for a mark. */
  readonly size: number | null;
  /** Where its bytes lie in the file; null for marks and compressed records. */
  readonly fileOffset: number | null;
  /** CPU of its first byte; null if unknown. */
  readonly cpu: number | null;
  /** Whether no packet continues here: it is the first of a stream, or follows a loss. */
  readonly starts: boolean;
  /** What a mark says; null for a chunk. */
  readonly mark: string | null;
}

/** Some packets of a chunk. */
export interface PacketList {
  /** Number of the chunk on its page. */
  readonly chunk: number;
  readonly format: string;
  /** Packets and marks. */
  readonly rows: readonly PacketRow[];
  /** Position of the first packet after them; null after the last. */
  readonly next: bigint | null;
}
