import {
  AuxFlag,
  type CheckGroup,
  type PerfFile,
  type RecordCursor,
  RecordType,
  type ReportFinding,
} from "../parsers/perf/mod.ts";
import { FormatError, joinU64 } from "../parsers/internal.ts";
import { formatBytes, hex, queueName } from "../text/mod.ts";
import type { AuxAnnouncement, AuxChunkHeader, AuxLoss, AuxQueue } from "./aux_events.ts";
import { PADDING } from "./aux_queue.ts";
import { type AuxListener, AuxWalk, type WalkFacts } from "./aux_walk.ts";
import { namesKernel32, namesKernelLast } from "./kernel_32.ts";
import { traitsOf } from "./payload_traits.ts";

const LOSS = "aux-loss";
const CONTINUITY = "chunk-continuity";
const PRESENT = "payload-present";
const ANNOUNCED = "payload-announced";
/** As many as a report lists of each check. */
const MAX_HELD = 100;
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
  readonly #more = new Map<string, number>();

  reportOf(check: string): ReportFinding {
    const list: Parameters<ReportFinding>[] = [];
    this.#lists.set(check, list);
    return (...finding) => {
      if (list.length < MAX_HELD) list.push(finding);
      else this.#more.set(check, (this.#more.get(check) ?? 0) + 1);
    };
  }

  tell(reportOf: (check: string) => ReportFinding): void {
    for (const [check, list] of this.#lists) {
      const report = reportOf(check);
      for (const finding of list) report(...finding);
      const more = this.#more.get(check) ?? 0;
      for (let n = 0; n < more; n++) report("warning", 0, "one of many more");
    }
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

  chunk({ queue, fileOffset, presentSize, size }: AuxChunkHeader): void {
    if (presentSize < size) this.#cut.add(queue);
    if (!this.#firstOf.has(queue)) this.#firstOf.set(queue, fileOffset);
  }

  announcement({ queue, flags, fileOffset, fields }: AuxAnnouncement): void {
    if (!this.#firstOf.has(queue)) this.#firstOf.set(queue, fileOffset);
    const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
    if (names.length === 0) return;
    const offset = hex(joinU64(fields.offsetHigh, fields.offsetLow));
    const size = joinU64(fields.sizeHigh, fields.sizeLow);
    const what = `${names.join(", ")} at aux_offset ${offset}, aux_size ${size}`;
    this.#loss("warning", fileOffset, `PERF_RECORD_AUX: ${what}`);
  }

  loss({ kind, queue, fileOffset, from, to, events }: AuxLoss): void {
    const name = queue === null ? "" : `${queueName(queue)}: `;
    const range = `${hex(from ?? 0n)} to ${hex(to ?? 0n)}`;
    const warn = (report: ReportFinding, message: string) => report("warning", fileOffset, message);
    switch (kind) {
      case "lost":
        return warn(this.#loss, `PERF_RECORD_LOST: ${events} events were lost`);
      case "error":
        return warn(
          this.#loss,
          "PERF_RECORD_AUXTRACE_ERROR: perf could not decode the trace here",
        );
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
        if (queue?.hasData) warn(this.#present, `${name}announced and missing: ${range}`);
    }
  }

  end({ queues, mode, beyond }: WalkFacts): void {
    if (beyond !== null) this.#continuity("error", beyond.detail.offset, beyond.message);
    if (mode !== "full") return;
    for (const queue of queues) {
      const at = this.#firstOf.get(queue) ?? 0;
      const { bytes } = queue.announced;
      if (!queue.hasData && bytes > 0) {
        const message = `AUX records announce ${formatBytes(bytes)}, and no chunk holds any`;
        this.#present("error", at, `${queueName(queue)}: ${message}`);
      }
      this.#compareAnnounced(queue, at);
    }
  }

  #compareAnnounced(queue: AuxQueue, at: number): void {
    if (traitsOf(this.#file.auxtraceInfo?.type).skipsBytes) return;
    const { presentBytes, announced, missingBytes, chunks } = queue;
    if (announced.records === 0 || this.#cut.has(queue)) return;
    const bytes = presentBytes - (announced.bytes - missingBytes);
    if (bytes <= Number(PADDING) * chunks) return;
    const message =
      `${queueName(queue)}: no AUX record announces ${bytes} of ${presentBytes} bytes; ` +
      "an AUX record that was lost takes its flags with it";
    this.#announced("warning", at, message);
  }

  #lostSamples(cursor: RecordCursor): void {
    const record = cursor.record();
    if (record.type !== "lost_samples") return; // too short, which record-structure says
    const { fileOffset, lost } = record;
    this.#loss("warning", fileOffset, `PERF_RECORD_LOST_SAMPLES: ${lost} samples were lost`);
  }

  /** Runs a step of the walk; too many queues end it with a finding. */
  #attempt(step: () => void): void {
    if (this.#failed) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#failed = true;
      this.#continuity("warning", error.detail.offset, error.message);
    }
  }
}
