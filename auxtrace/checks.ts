import {
  AuxFlag,
  type CheckGroup,
  type PerfFile,
  type RecordCursor,
  RecordType,
  type ReportFinding,
} from "../parsers/perf/mod.ts";
import { FormatError, joinU64 } from "../parsers/internal.ts";
import { countText, formatBytes, hex, queueName } from "../text/mod.ts";
import type {
  AuxAnnouncement,
  AuxChunkHeader,
  AuxLoss,
  AuxPosition,
  AuxQueue,
  LossKind,
} from "./aux_events.ts";
import { PADDING } from "./aux_queue.ts";
import { type AuxListener, AuxWalk, type WalkFacts } from "./aux_walk.ts";
import { namesKernel32, namesKernelLast } from "./kernel_32.ts";
import { traitsOf } from "./payload_traits.ts";
import { errorWords, remedyFor } from "./remedies.ts";

const LOSS = "aux-loss";
const CONTINUITY = "chunk-continuity";
const PRESENT = "payload-present";
const ANNOUNCED = "payload-announced";
/** As many as a report lists of each check. */
const MAX_HELD = 100;
const MISSING =
  "If the file is a copy or an excerpt, look for the bytes in the original; else its " +
  "recorder did not write them.";
const UNANNOUNCED = "An AUX record may have been lost, and its flags with it: whether the kernel " +
  "lost trace there is not known. Record with a larger data buffer (-m N).";
const LOST_SAMPLES =
  "The data buffer was full, the PMU overflowed, or a BPF filter dropped them. Sample " +
  "less often, or record with a larger data buffer (-m N).";
const FLAGS = [
  [AuxFlag.Truncated, "TRUNCATED"],
  [AuxFlag.Partial, "PARTIAL"],
  [AuxFlag.Collision, "COLLISION"],
] as const;

/**
 * The checks of a recording's AUX data, in one walk: `aux-loss`, `chunk-continuity`,
 * `payload-present` and `payload-announced`.
 *
 * Bytes that AUX records announce and no chunk holds are an error only where a queue has no chunk at
 * all. Bytes that no AUX record announces hint at a lost AUX record, and its flags with it.
 */
export function auxChecks(file: PerfFile): CheckGroup {
  return {
    names: [LOSS, CONTINUITY, PRESENT, ANNOUNCED],
    start: (reportOf) =>
      namesKernelLast(file) ? new UnsettledChecks(file, reportOf) : new AuxChecks(file, reportOf),
  };
}

/** The checks of a recording that names its machine last: they are done for either kernel. */
class UnsettledChecks {
  readonly #file: PerfFile;
  readonly #reportOf: (check: string) => ReportFinding;
  readonly #held = [new HeldFindings(), new HeldFindings()] as const;
  readonly #checks: readonly AuxChecks[];

  constructor(file: PerfFile, reportOf: (check: string) => ReportFinding) {
    this.#file = file;
    this.#reportOf = reportOf;
    this.#checks = this.#held.map((held, index) =>
      new AuxChecks(file, (check) => held.reportOf(check), () => index === 1)
    );
  }

  record(cursor: RecordCursor): void {
    for (const checks of this.#checks) checks.record(cursor);
  }

  finish(cursor: RecordCursor): void {
    for (const checks of this.#checks) checks.finish(cursor);
    this.#held[namesKernel32(this.#file) ? 1 : 0].tell(this.#reportOf);
  }
}

/** Findings that are told at the end, if at all: the first of each check, and how many more. */
class HeldFindings {
  readonly #lists = new Map<string, Parameters<ReportFinding>[]>();
  /** The others, each like the first one of its kind that is not held. */
  readonly #more = new Map<string, { finding: Parameters<ReportFinding>; count: number }>();

  reportOf(check: string): ReportFinding {
    const list: Parameters<ReportFinding>[] = [];
    this.#lists.set(check, list);
    return (...finding) => {
      if (list.length < MAX_HELD) list.push(finding);
      else this.#count(check, finding);
    };
  }

  tell(reportOf: (check: string) => ReportFinding): void {
    for (const [check, list] of this.#lists) {
      const tell = reportOf(check);
      for (const finding of list) tell(...finding);
      for (const severity of ["error", "warning"]) {
        const more = this.#more.get(`${check} ${severity}`);
        for (let n = 0; n < (more?.count ?? 0); n++) tell(...more!.finding);
      }
    }
  }

  #count(check: string, finding: Parameters<ReportFinding>): void {
    const kind = `${check} ${finding[0]}`;
    const more = this.#more.get(kind);
    if (more === undefined) this.#more.set(kind, { finding, count: 1 });
    else more.count++;
  }
}

class AuxChecks implements AuxListener {
  readonly #file: PerfFile;
  readonly #walk: AuxWalk;
  readonly #loss: ReportFinding;
  readonly #continuity: ReportFinding;
  readonly #present: ReportFinding;
  readonly #announced: ReportFinding;
  readonly #firstOf = new Map<AuxQueue, number>();
  readonly #cut = new Set<AuxQueue>();
  readonly #spans = new Map<AuxQueue, { from: bigint; to: bigint }>();
  #failed = false;

  constructor(
    file: PerfFile,
    reportOf: (check: string) => ReportFinding,
    isKernel32?: () => boolean,
  ) {
    this.#file = file;
    this.#loss = reportOf(LOSS);
    this.#continuity = reportOf(CONTINUITY);
    this.#present = reportOf(PRESENT);
    this.#announced = reportOf(ANNOUNCED);
    this.#walk = new AuxWalk(file, [this], isKernel32);
  }

  record(cursor: RecordCursor): void {
    if (cursor.type === RecordType.LostSamples) this.#lostSamples(cursor);
    this.#attempt(() => this.#walk.record(cursor));
  }

  finish(cursor: RecordCursor): void {
    this.#attempt(() => this.#walk.finish(cursor));
  }

  chunk(chunk: AuxChunkHeader): void {
    const { queue, fileOffset, presentSize, size } = chunk;
    if (presentSize < size) this.#cut.add(queue);
    this.#extend(chunk);
    if (!this.#firstOf.has(queue)) this.#firstOf.set(queue, fileOffset);
  }

  announcement(announcement: AuxAnnouncement): void {
    const { queue, flags, fileOffset, fields } = announcement;
    this.#extend(announcement);
    if (!this.#firstOf.has(queue)) this.#firstOf.set(queue, fileOffset);
    const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
    if (names.length === 0) return;
    const offset = hex(joinU64(fields.offsetHigh, fields.offsetLow));
    const size = joinU64(fields.sizeHigh, fields.sizeLow);
    const what = `${names.join(", ")} at aux_offset ${offset}, aux_size ${size}`;
    const cures = names.map((name) => this.#cureOf(name.toLowerCase() as LossKind));
    this.#loss("warning", fileOffset, `PERF_RECORD_AUX: ${what}`, cures.join(" "));
  }

  loss({ kind, queue, fileOffset, from, to, events, error }: AuxLoss): void {
    const name = queue === null ? "" : `${queueName(queue)}: `;
    const range = `${hex(from ?? 0n)} to ${hex(to ?? 0n)}`;
    const warn = (report: ReportFinding, message: string) =>
      report("warning", fileOffset, message, this.#cureOf(kind));
    switch (kind) {
      case "lost":
        return warn(this.#loss, `PERF_RECORD_LOST: ${count(events ?? 0, "event")} lost`);
      case "error":
        return warn(this.#loss, `PERF_RECORD_AUXTRACE_ERROR: ${errorWords(error)}`);
      case "silent":
        return warn(
          this.#loss,
          `${name}no AUX record follows this TRUNCATED one: the kernel stopped the queue`,
        );
      case "gap":
      case "overlap":
      case "regression":
        return warn(this.#continuity, `${name}${kind} from ${range}`);
      case "missing":
        if (queue?.hasData) {
          this.#present("warning", fileOffset, `${name}announced and missing: ${range}`, MISSING);
        }
    }
  }

  end({ queues, mode, beyond }: WalkFacts): void {
    if (beyond !== null) {
      this.#continuity("error", beyond.detail.offset, beyond.message, beyond.cure);
    }
    if (mode !== "full") return;
    const someAnnounced = queues.some(({ announced }) => announced.records > 0);
    for (const queue of queues) {
      const at = this.#firstOf.get(queue) ?? 0;
      const { bytes } = queue.announced;
      if (!queue.hasData && bytes > 0) {
        const message = `AUX records announce ${formatBytes(bytes)}, and no chunk holds any`;
        this.#present("error", at, `${queueName(queue)}: ${message}`, MISSING);
      }
      // Recordings without any AUX record had them taken out: no queue lacks one of its own.
      if (someAnnounced) this.#compareAnnounced(queue, at);
    }
  }

  #compareAnnounced(queue: AuxQueue, at: number): void {
    if (traitsOf(this.#file.auxtraceInfo?.type).skipsBytes) return;
    const { presentBytes, announced, missingBytes, chunks } = queue;
    if (this.#cut.has(queue)) return;
    const bytes = presentBytes - (announced.bytes - missingBytes);
    if (bytes <= Number(PADDING) * chunks) return;
    const name = queueName(queue);
    const holes = this.#spanOf(queue) - presentBytes - missingBytes;
    const part = `${countText(bytes)} of ${countText(presentBytes)} bytes`;
    const message = `${name}: no AUX record announces ${part}` +
      (holes > 0 && Number.isSafeInteger(holes)
        ? `, nor ${holes} bytes between them that no chunk holds`
        : "");
    this.#announced("warning", at, message, UNANNOUNCED);
  }

  /** Notes how far the positions of a queue reach. */
  #extend({ queue, streamHigh, low, size }: AuxPosition & { readonly size: number }): void {
    const from = joinU64(streamHigh, low);
    const to = from + BigInt(size);
    const span = this.#spans.get(queue);
    if (span === undefined) this.#spans.set(queue, { from, to });
    else {
      if (from < span.from) span.from = from;
      if (to > span.to) span.to = to;
    }
  }

  /** Bytes from the lowest position of a queue to the highest. */
  #spanOf(queue: AuxQueue): number {
    const { from = 0n, to = 0n } = this.#spans.get(queue) ?? {};
    return Number(to - from);
  }

  #lostSamples(cursor: RecordCursor): void {
    const record = cursor.record();
    if (record.type !== "lost_samples") return; // too short, which record-structure says
    const { fileOffset, lost } = record;
    const message = `PERF_RECORD_LOST_SAMPLES: ${count(lost, "sample")} lost`;
    this.#loss("warning", fileOffset, message, LOST_SAMPLES);
  }

  /** What to do about a loss, as a replay says it; the size of the buffer it does not name. */
  #cureOf(kind: LossKind): string {
    const { basis } = this.#walk;
    return remedyFor({ kind, queue: null }, { basis, type: this.#file.auxtraceInfo?.type });
  }

  /** Runs a step of the walk; too many queues end it with a finding. */
  #attempt(step: () => void): void {
    if (this.#failed) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#failed = true;
      this.#continuity("warning", error.detail.offset, error.message, error.cure);
    }
  }
}

/** A number of things that were, or one that was. */
function count(number: number | bigint, name: string): string {
  return number === 1 || number === 1n
    ? `1 ${name} was`
    : `${typeof number === "number" ? countText(number) : number} ${name}s were`;
}
