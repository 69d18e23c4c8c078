import { FormatError, offsetText, sizeText } from "../internal.ts";
import { Feature, RecordType } from "./abi.ts";
import { featureKey, featureName } from "./features/feature.ts";
import { isCutOff } from "./_record_cuts.ts";
import { indexCheck } from "./_index_check.ts";
import { layoutOf, type PerfEvent } from "./event_table.ts";
import { CheckResults } from "./_check_results.ts";
import type { CheckReport, ReportFinding } from "./finding.ts";
import type { PerfFile } from "./perf_file.ts";
import type { RecordCursor } from "./record_cursor.ts";
import { recordChecks } from "./_record_checks.ts";

/** Checks that share one look at every record. */
export interface CheckGroup {
  /** Names of the checks, for their findings. */
  readonly names: readonly string[];
  /** Begins to check; `reportOf` gives the report of each check by its name. */
  start(reportOf: (check: string) => ReportFinding): {
    /** Looks at the record under the cursor. */
    record(cursor: RecordCursor): void;
    /** Draws the conclusions, when the cursor has reached the end. */
    finish(cursor: RecordCursor): void;
  };
}

/** Options of {@linkcode checkFile}. */
export interface CheckOptions {
  /** Further checks, done in the same walk. */
  readonly also?: readonly CheckGroup[];
  /** Called with the position of each record. */
  readonly onProgress?: (fileOffset: number) => void;
}

const LACKS_END = "bytes are missing at the end of the file: copy the whole file";
const DAMAGED = "the header is damaged there; compare the file with the original, or record again";
const NO_COMMON_ID =
  "its records can be taken for those of event 0; record with --sample-identifier";
const ATTRS_FIELD = 24;
const DATA_SIZE_FIELD = 48;
const TABLE_ENTRY_SIZE = 16;

/**
 * Looks for damage: sections, attributes, features, every record, and the AUXTRACE index.
 *
 * Decodes the records once, without the AUX payload; memory does not depend on their number.
 *
 * @example A recording whose recorder was killed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checkFile, openPerfFile } from "@auxtail/auxtail";
 *
 * using file = openPerfFile("testdata/aux_unfinalised.perf.data");
 * const { verdict, findings } = checkFile(file);
 * assertEquals(verdict, "damaged");
 * assertEquals(findings.map((finding) => finding.check), ["finalised"]);
 * ```
 *
 * @throws {FormatError} If records are compressed and the file was opened without a decoder.
 */
export function checkFile(file: PerfFile, options: CheckOptions = {}): CheckReport {
  const { also = [], onProgress } = options;
  const results = new CheckResults();
  const checks = [
    ...recordChecks(file),
    ...(file.header.pipe ? [] : [indexCheck(file)]),
  ].map((check) => ({ check, report: results.start(check.name) }));
  const groups = also.map(({ names, start }) => {
    const reports = new Map(names.map((name) => [name, results.start(name)]));
    return start((name) => reports.get(name)!);
  });
  const sections = results.start("header-sections");
  checkFinalised(file, results.start("finalised"));
  const cursor = file.recordCursor();
  const types = new Set<number>();
  while (cursor.next()) {
    types.add(cursor.type);
    for (const { check, report } of checks) check.record(cursor, report);
    for (const group of groups) group.record(cursor);
    onProgress?.(cursor.fileOffset);
  }
  for (const { check, report } of checks) check.finish?.(cursor, report);
  for (const group of groups) group.finish(cursor);
  checkSections(file, sections);
  checkSecond(file, results.start("second-recording"));
  checkAttrs(file, types, results.start("attrs"));
  checkFeatures(file, results.start("features-decode"));
  return results.end();
}

/** A run of bytes that the header or the feature table speaks of, and where it does. */
interface NamedSection {
  readonly name: string;
  readonly statedAt: number;
  readonly offset: number;
  readonly size: number;
}

function checkSections(file: PerfFile, report: ReportFinding): void {
  if (file.header.pipe) return;
  const sections = sectionsOf(file).filter(({ size }) => size > 0);
  for (const { name, statedAt, offset, size } of sections) {
    if (offset + size <= file.size) continue;
    const actual = Math.max(file.size - offset, 0);
    const message = `${name}: ${sizeText(size)} bytes at ${
      offsetText(offset)
    }, of which ${actual} exist`;
    const isCut = isCutOff({ offset, size }, file.header.data, file.size);
    report("error", statedAt, message, isCut ? LACKS_END : DAMAGED);
  }
  let before: Omit<NamedSection, "statedAt"> | undefined;
  for (const section of withData(file, sections)) {
    if (before !== undefined && section.offset < before.offset + before.size) {
      const end = offsetText(before.offset + before.size);
      const message = `${section.name} starts before the end of ${before.name} at ${end}`;
      report("error", section.offset, message, DAMAGED);
    }
    const end = before === undefined ? 0 : before.offset + before.size;
    if (section.offset + section.size > end) before = section;
  }
}

/** The data section is left out: whether it is whole shows when its records are read. */
function sectionsOf(file: PerfFile): NamedSection[] {
  const { attrs, data, size, features } = file.header;
  const tableAt = data.offset + data.size;
  const sections = [
    { name: "perf_file_header", statedAt: 8, offset: 0, size },
    { name: "attrs", statedAt: ATTRS_FIELD, ...attrs },
  ];
  if (!file.finalised) return sections;
  const tableSize = TABLE_ENTRY_SIZE * features.length;
  sections.push({ name: "feature table", statedAt: tableAt, offset: tableAt, size: tableSize });
  for (const [index, id] of features.entries()) {
    const section = file.featureSection(id);
    if (section === undefined) continue;
    const statedAt = tableAt + TABLE_ENTRY_SIZE * index;
    sections.push({ name: `feature section ${featureName(id)}`, statedAt, ...section });
  }
  return sections;
}

function withData(
  file: PerfFile,
  sections: readonly NamedSection[],
): Omit<NamedSection, "statedAt">[] {
  const data = { name: "data", ...file.header.data };
  const all = file.finalised ? [...sections, data] : [...sections];
  return all.sort((a, b) => a.offset - b.offset);
}

function checkFinalised(file: PerfFile, report: ReportFinding): void {
  if (file.header.pipe || file.finalised) return;
  const message = "data.size is 0: the recorder did not finish, and perf refuses the file";
  const cure =
    "its recorder was killed, or stopped by the limit of 32 bits, which a replay tells; " +
    "auxtail reads the file all the same";
  report("error", DATA_SIZE_FIELD, message, cure);
}

function checkSecond({ secondRecording }: PerfFile, report: ReportFinding): void {
  if (secondRecording === null) return;
  const { fileOffset, reason, cure } = secondRecording;
  report("error", fileOffset, reason, cure);
}

function checkAttrs(file: PerfFile, types: ReadonlySet<number>, report: ReportFinding): void {
  const { attrs, attrSize, data, pipe } = file.header;
  for (const { detail, message, cure } of file.damage) {
    if (/^perf_(file|event)_(attr|header)|^PERF_RECORD_HEADER_ATTR/.test(detail.structure)) {
      report("error", detail.offset, message, cure);
    }
  }
  const [first, ...others] = file.events;
  const at = pipe ? data.offset : attrs.offset;
  if (first === undefined) {
    if (isOfSchedStats(types)) return;
    const cure = "its attributes are missing or damaged, so nothing tells what samples hold; " +
      "compare it with the original";
    return report("error", at, "there is no event", cure);
  }
  if (!pipe && attrs.size % attrSize !== 0) {
    const message = `attrs: ${sizeText(attrs.size)} bytes are not a multiple of attr_size, ${
      sizeText(attrSize)
    }`;
    report("error", ATTRS_FIELD, message, DAMAGED);
  }
  if (types.has(RecordType.StatConfig)) return; // perf stat: events count, and write no records
  const positions = (event: PerfEvent) => {
    const { sample, trailer } = layoutOf(event);
    return [sample.id, trailer.id].join();
  };
  for (const event of others) {
    const { index } = event;
    if (layoutOf(event).sample.id >= 0 && positions(event) === positions(first)) continue;
    const entry = pipe ? at : at + attrSize * index;
    const message = `records of event ${index} do not have their id where event 0 has it`;
    report("warning", entry, message, NO_COMMON_ID);
  }
}

/** Whether `perf sched stats` made the recording: counters of the scheduler, and no event. */
function isOfSchedStats(types: ReadonlySet<number>): boolean {
  return types.has(RecordType.SchedstatCpu) &&
    [...types].every((type) => type >= RecordType.HeaderAttr);
}

function checkFeatures(file: PerfFile, report: ReportFinding): void {
  for (const id of file.featureIds) {
    if (id === Feature.auxtrace && !file.header.pipe) continue;
    const key = featureKey(id);
    const section = file.featureSection(id);
    if (key === undefined || section === undefined) continue;
    if (section.offset + section.size > file.size) continue;
    try {
      file.feature(Feature[key]);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const severity = error.fault === "unsupported" ? "warning" : "error";
      report(severity, error.detail.offset, error.message, error.cure);
    }
  }
}
