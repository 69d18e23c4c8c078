import type { Verdict } from "../../auxtrace/mod.ts";
import type { FileReplay } from "../_replay_work.ts";
import type { Style } from "../output/style.ts";
import { countOf, textTable, wrap, wrapIndented } from "../output/table.ts";
import { formatBytes, printable, shortBytes } from "../../text/mod.ts";
import type { ReplayTotals } from "./_replay_totals.ts";

/** Verdicts from the worst to the best. */
const ORDER: readonly (Verdict | "error")[] = [
  "error",
  "exceeds",
  "incomplete",
  "fits",
  "not-applicable",
  "no-aux",
];

/** What is kept of a recording until all are read. */
export interface FileRow {
  readonly name: string;
  readonly verdict: Verdict | "error";
  /** Why it could not be read. */
  readonly error: string | null;
  /** Bytes that its fullest queue has left to the limit. */
  readonly headroomBytes: number | null;
  /** Its row in the table. */
  readonly cells: readonly string[];
  /** Its part of the JSON, where that is wanted. */
  readonly json: string | null;
}

/** Makes the row of a recording. */
export function fileRow(
  { found, json }: Pick<FileReplay, "found" | "json">,
  name: string,
): FileRow {
  if ("error" in found) {
    const { error } = found;
    const cells = [printable(name), "error", "-", "-", "-", "-"];
    return { name, verdict: "error", error, headroomBytes: null, cells, json };
  }
  const { verdict, mode, totals, headroomBytes } = found;
  const cells = [
    printable(name),
    verdict === "not-applicable" ? mode : verdict,
    shortBytes(totals.auxBytes),
    totals.missingBytes === 0 ? "-" : shortBytes(totals.missingBytes),
    `${totals.flaggedTails}`,
    headroomBytes === null ? "-" : shortBytes(headroomBytes),
  ];
  return { name, verdict, error: null, headroomBytes, cells, json };
}

/** Puts the worst first; of recordings that fit, that with the least headroom. */
export function worstFirst(rows: readonly FileRow[]): FileRow[] {
  return rows.toSorted((a, b) =>
    ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
    (a.headroomBytes ?? Infinity) - (b.headroomBytes ?? Infinity)
  );
}

/** Lays out the answer for several recordings. */
export function* filesTable(
  rows: readonly FileRow[],
  { totals, skipped, paint }: {
    readonly totals: ReplayTotals;
    readonly skipped: number;
    readonly paint: Style;
  },
): Generator<string> {
  yield* textTable(
    ["recording", "verdict", "present", "missing", "flagged", "headroom"],
    rows.map(({ cells }) => cells),
  ).map((line, row) => row > 0 && isBad(rows[row - 1]!) ? paint.bad(line) : line);
  const errors = rows.filter(({ error }) => error !== null);
  if (errors.length > 0) yield "";
  for (const { name, error } of errors) yield* wrapIndented(printable(`${name}: ${error}`));
  yield "";
  yield* wrap(summary(totals)).map(paint.strong);
  if (skipped === 1) yield "1 other entry of a folder is no recording.";
  if (skipped > 1) yield `${skipped} other entries of folders are no recordings.`;
}

function isBad({ verdict }: FileRow): boolean {
  return verdict === "error" || verdict === "exceeds";
}

function summary({ recordings, errors, verdicts, flaggedTails, auxBytes }: ReplayTotals): string {
  const parts = [
    [errors, "could not be read"],
    [verdicts.exceeds, `beyond the limit (${countOf(flaggedTails, "tail")})`],
    [verdicts.incomplete, "cut or damaged, with no such tail before"],
    [verdicts.fits, "within the limit"],
    [verdicts["not-applicable"], "without tails (snapshots or samples)"],
    [verdicts["no-aux"], "without AUX data"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const all = countOf(recordings, "recording");
  return `${all} with ${formatBytes(auxBytes)} of AUX data: ${said.join(", ")}.`;
}
