import { ValidationError } from "@cliffy/command";
import {
  csvHeading,
  type ParquetModule,
  type TableName,
  TABLES,
  USUAL_TABLES,
} from "../../convert/mod.ts";
import { namedTable } from "../../convert/internal.ts";
import { writeAll } from "../../system/internal.ts";
import { complain, type QuietOptions } from "../_common.ts";
import {
  type ConvertWork,
  type PartSink,
  RecordingConverter,
  type TableFormat,
} from "../_convert_work.ts";
import { loadParquet, PARQUET } from "../_parquet_module.ts";
import { expandInputs, type InputOptions, recordingNames } from "../_inputs.ts";
import { requirePermissions } from "../_permissions.ts";
import { InputFiles } from "../output/input_files.ts";
import type { OutputFile } from "../output/output_file.ts";
import { folderAccesses, OutputFolder } from "../output/output_folder.ts";
import { Progress } from "../output/progress.ts";
import { countOf } from "../output/table.ts";
import { parseByteSize } from "./_byte_size.ts";
import { StreamLane } from "./_convert_lane.ts";
import { manifestOptions, stampOf } from "./_convert_manifest.ts";
import { ConvertSummary, problemOf } from "./_convert_summary.ts";
import { planResume, resumedNames } from "./_convert_resume.ts";
import { ConvertedTables } from "./_convert_tables.ts";
import { oldTables, removeEmptied } from "./_convert_old_tables.ts";
import { convertRecordings } from "./_convert_workers.ts";
import { fetchPackage } from "./_fetch_package.ts";
import { checkJobs, judgedBy, type JudgeOptions } from "./_shared_options.ts";

/** Options of `auxtail convert`. */
export interface ConvertCommandOptions extends InputOptions, JudgeOptions, QuietOptions {
  readonly to: TableFormat | "perfetto";
  readonly output?: string | undefined;
  readonly table?: readonly TableName[] | undefined;
  readonly packets?: boolean | undefined;
  readonly partSize?: string | undefined;
  readonly partition?: "recording" | undefined;
  readonly resume?: boolean | undefined;
  readonly jobs: number;
  readonly force?: boolean | undefined;
}

const USUAL_PART_SIZE = 2 ** 27;
/** A part holds a row group, or this much text. */
const LEAST_PART_SIZE = 2 ** 16;
/** Recordings that an interrupt can cost, with `--resume`. */
const RESUMED_RECORDINGS = 1000;
const FLUSH_AT = 2 ** 16;

/** Converts recordings, says what was written, and sets the exit code. */
export async function convert(
  options: ConvertCommandOptions,
  names: readonly string[],
): Promise<void> {
  const { to, output, partSize, partition, resume, force } = options;
  judgedBy(options);
  checkJobs(options.jobs);
  const inputs = expandInputs(names, options);
  const { inputs: paths } = inputs;
  const isFleet = inputs.many || [partSize, partition, resume].some((given) => given !== undefined);
  if (to === "perfetto") {
    if (output === undefined) throw new ValidationError('Missing option "--output": -o perf.trace');
    const given = Object.entries({
      table: options.table,
      packets: options.packets,
      partition,
      resume,
      jobs: options.jobs === 1 ? undefined : options.jobs,
    })
      .find(([, value]) => value !== undefined);
    if (given || partSize) {
      throw new ValidationError(`--${given?.[0] ?? "part-size"} does not go with --to perfetto`);
    }
    const { convertToPerfetto } = await import("./_convert_perfetto.ts");
    return await convertToPerfetto({ ...options, output }, inputs);
  }
  const work: ConvertWork = {
    to,
    ...judgedBy(options),
    tables: tablesOf(options),
    named: isFleet && partition === undefined,
    errorRows: isFleet,
    heading: true,
    partSize: isFleet ? bytesOfPart(partSize) : Infinity,
    partRecordings: resume ? RESUMED_RECORDINGS : Infinity,
    flushAt: FLUSH_AT,
  };
  if (output === undefined || output === "-") {
    return await toStandardOutput(options, { paths, work });
  }
  if (resume && force) throw new ValidationError("--resume and --force do not go together");
  if (resume && paths.includes("-")) {
    throw new ValidationError("--resume does not go with standard input: it cannot be recognised");
  }
  // Asked before anything is fetched or read.
  requirePermissions(...folderAccesses(output));
  const parquet = to === "parquet" ? await fetchPackage(PARQUET, loadParquet) : null;
  if (to === "parquet" && parquet === null) return;
  if (isFleet) await toParts({ ...options, output }, { paths, work, parquet });
  else convertOne({ ...options, output }, { path: paths[0]!, work, parquet });
}

function tablesOf({ table, packets = false }: ConvertCommandOptions): readonly TableName[] {
  const names = Object.keys(TABLES) as TableName[];
  const wanted = table ?? USUAL_TABLES;
  return names.filter((name) => wanted.includes(name) || (packets && name === "packets"));
}

function bytesOfPart(text: string | undefined): number {
  if (text === undefined) return USUAL_PART_SIZE;
  const size = parseByteSize(text, "--part-size");
  if (size >= LEAST_PART_SIZE) return size;
  throw new ValidationError(`Option "--part-size" takes 64K or more, got ${text}`);
}

/** Writes one table as lines. */
async function toStandardOutput(
  options: ConvertCommandOptions,
  { paths, work }: { readonly paths: readonly string[]; readonly work: ConvertWork },
): Promise<void> {
  const [table] = work.tables;
  if (work.to === "parquet" || work.tables.length !== 1 || options.resume || options.partition) {
    throw new ValidationError(
      'Missing option "--output": the folder for the tables; only one --table goes to standard ' +
        "output, as ndjson or csv",
    );
  }
  new InputFiles(paths, options.filesFrom).refuseStandardOutput();
  const append = (bytes: Uint8Array) => writeAll(Deno.stdout, "standard output", bytes);
  if (!work.errorRows) {
    const sink = { append: (_table: TableName, bytes: Uint8Array) => append(bytes), finish() {} };
    // What comes from a pipe is printed as it comes.
    return convertBySink(paths[0]!, {
      work: { ...work, flushAt: 0 },
      parquet: null,
      sink,
      options,
    });
  }
  if (work.to === "csv") {
    append(new TextEncoder().encode(csvHeading(namedTable(TABLES[table!]))));
  }
  const summary = new ConvertSummary();
  const run = { ...work, heading: false, partSize: Infinity, partRecordings: Infinity };
  const names = recordingNames(paths);
  await convertRecordings(summary.tasks(paths, (_, i) => names[i]!), {
    work: run,
    jobs: options.jobs,
    parquet: null,
    lane: () => new StreamLane(append, (path, problem) => summary.add(path, problem)),
    show: () => {},
  });
  if (summary.problems === null) return;
  complain(summary.problems);
  Deno.exitCode = 2;
}

/** What one recording is converted with. */
interface OneConversion {
  readonly work: ConvertWork;
  readonly parquet: ParquetModule | null;
}

/** Writes a file for each table of a recording. */
function convertOne(
  options: ConvertCommandOptions & { readonly output: string },
  { path, ...conversion }: OneConversion & { readonly path: string },
): void {
  const { output, force = false } = options;
  const { to, tables } = conversion.work;
  using folder = new OutputFolder(output, { inputs: new InputFiles([path]), force });
  const old = oldTables(output, to);
  for (const file of old) folder.claim(file);
  const files = new Map<TableName, OutputFile>();
  for (const table of tables) files.set(table, folder.file(`${table}.${to}`));
  const sink: PartSink = {
    append: (table, bytes) => files.get(table)!.append(bytes),
    finish() {},
  };
  convertBySink(path, { ...conversion, sink, options });
  folder.commit();
  removeEmptied(output, old);
  if (!options.quiet) {
    complain(`wrote ${output}: ${countOf(tables.length, "table")} of 1 recording`);
  }
}

/** Converts one recording; complains if it was cut. */
function convertBySink(
  path: string,
  { work, parquet, sink, options }: OneConversion & {
    readonly sink: PartSink;
    readonly options: ConvertCommandOptions;
  },
): void {
  const stamp = stampOf(path);
  const isPrinted = options.output === undefined || options.output === "-";
  using progress = new Progress(stamp.size ?? Infinity, {
    ...options,
    progress: options.progress && !isPrinted,
  });
  const converter = new RecordingConverter(work, parquet, sink);
  const [name] = recordingNames([path]);
  const task = { path, name: name!, alone: false, error: null, stamp };
  const problem = converter.convert(task, (fileOffset) => progress.show(fileOffset));
  if (problem?.kind === "unreadable") throw problem.cause;
  converter.end();
  if (problem === null) return;
  complain(`${path}: ${problem.reason}`);
  Deno.exitCode = 2;
}

/** Writes the tables of many recordings, in parts. */
async function toParts(
  options: ConvertCommandOptions & { readonly output: string },
  { paths, work, parquet }: {
    readonly paths: readonly string[];
    readonly work: ConvertWork;
    readonly parquet: ParquetModule | null;
  },
): Promise<void> {
  const { output, force = false, resume = false, partition } = options;
  const summary = new ConvertSummary();
  using tables = new ConvertedTables(output, {
    manifest: manifestOptions(work, partition !== undefined),
    force,
    resume,
    inputs: new InputFiles(paths, options.filesFrom),
    count: ({ recording, problem }) => summary.add(recording.path, problem),
  });
  const plan = planResume(tables.before, paths);
  const names = resumedNames(tables.before, plan);
  const total = plan.again.size + plan.paths.length;
  {
    using progress = new Progress(total, { ...options, unit: "recordings" });
    const convertAll = (paths: readonly string[]) =>
      convertRecordings(
        summary.tasks(paths, (path) => names.get(path)!, { alone: partition !== undefined }),
        {
          work,
          jobs: Math.min(options.jobs, paths.length),
          parquet,
          lane: () => tables.lane(),
          show: () => progress.show(summary.begun, summary.bytes),
        },
      );
    if (plan.again.size > 0) {
      await tables.replace(plan.stale, {
        recordings: new Set(plan.again.values()),
        convert: () => convertAll([...plan.again.keys()]),
      });
    }
    await convertAll(plan.paths);
    tables.commit();
  }
  for (const { path, reason } of plan.stuck) summary.add(path, { kind: "unreadable", reason });
  for (const { path, error } of plan.done) summary.add(path, problemOf(error));
  const what =
    `${countOf(work.tables.length, "table")} of ${countOf(tables.recordings, "recording")} in ` +
    countOf(tables.parts, "part");
  const { length: done } = plan.done;
  const before = done === 0 ? "" : `; ${done} ${done === 1 ? "was" : "were"} done before`;
  const { problems } = summary;
  const wrote = options.quiet ? [] : [`wrote ${output}: ${what}${before}`];
  const said = wrote.concat(problems ?? []);
  if (said.length > 0) complain(said.join("; "));
  if (problems !== null) Deno.exitCode = 2;
}
