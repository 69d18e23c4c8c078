/**
 * The Worker of the viewer: reads one recording, reports, and shows its packets.
 *
 * @module
 */

import { FormatError, parsePerfFile } from "../../parsers/perf/mod.ts";
import { ReportRecords, reportSteps } from "../../report/internal.ts";
import type { CollectStep } from "../../report/mod.ts";
import { blobSource, type SyncReader } from "./blob_source.ts";
import { fzstdDecoder } from "./fzstd_decoder.ts";
import type { Request, Response } from "./messages.ts";
import { PacketDesk } from "./packet_desk.ts";
import { inSlices } from "./time_slices.ts";
import { unpackedBlob } from "./unpacked_blob.ts";

/** Milliseconds between two messages about progress. */
const PROGRESS_EVERY = 100;

const ADVICE: Partial<Record<FormatError["fault"], string>> = {
  "bad-magic": "This is no file that perf record wrote.",
  "truncated": "Copy the whole file again.",
  "corrupt": "The file is damaged there: copy it again.",
};

/** What is used of a Worker's global object. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Response): void;
  readonly FileReaderSync: new () => SyncReader;
}

const scope = globalThis as unknown as WorkerScope;
let desk: PacketDesk | null = null;
let isStopped = false;
/** What is asked for comes first: the report waits meanwhile. */
let answering: Promise<void> = Promise.resolve();
/** Number of requests for chunks and packets: only the last one is worked on. */
let asked = 0;

scope.onmessage = ({ data: request }) => {
  switch (request.type) {
    case "open":
      attempt("report", () => report(request.file));
      return;
    case "stop":
      isStopped = true;
      return;
    case "chunks":
      return answer("chunks", () => desk!.chunks(request.queue, request.page));
    case "chunk":
      return answer("chunks", () => desk!.chunkAt(request.queue, request.position));
    case "packets":
      return answer("packets", () => desk!.packets(request.chunk, request.from));
  }
};

/** Answers a request, unless a newer one comes meanwhile. */
function answer<T extends "chunks" | "packets">(
  type: T,
  steps: () => Generator<void, (Response & { type: T })["list"]>,
): void {
  const number = ++asked;
  answering = attempt(type, async () => {
    const list = await inSlices(steps(), undefined, () => number !== asked);
    if (list !== null) scope.postMessage({ type, list } as Response);
  });
}

/** Runs what was asked for; tells the page of an error. */
function attempt(
  what: "report" | "chunks" | "packets",
  run: () => Promise<void>,
): Promise<void> {
  return run().catch((error: unknown) => {
    scope.postMessage({ type: "failed", what, why: reason(error) });
  });
}

async function report(file: File): Promise<void> {
  const { blob, packed } = await unpackedBlob(file);
  const source = blobSource(blob, new scope.FileReaderSync());
  const perf = parsePerfFile(source, { zstd: fzstdDecoder, packed });
  const records = new ReportRecords(perf);
  desk = new PacketDesk(perf, records);
  let shown = -Infinity;
  const data = await inSlices(
    reportSteps(perf, file.name, records),
    ({ phase, done, total, data }: CollectStep) => {
      if (data !== null) scope.postMessage({ type: "report", data, isLast: false });
      const now = performance.now();
      if (now - shown < PROGRESS_EVERY && data === null) return;
      shown = now;
      scope.postMessage({ type: "progress", phase, done, total });
    },
    () => answering.then(() => isStopped),
  );
  scope.postMessage(data === null ? { type: "stopped" } : { type: "report", data, isLast: true });
}

function reason(error: unknown): string {
  if (error instanceof FormatError) {
    if (error.detail.cure !== undefined) return `${error.message}: ${error.detail.cure}.`;
    const advice = ADVICE[error.fault];
    return advice === undefined ? `${error.message}.` : `${error.message}. ${advice}`;
  }
  if (error instanceof DOMException) {
    return `The file cannot be read any more: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
