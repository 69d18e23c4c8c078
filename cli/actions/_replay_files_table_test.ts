import { assertEquals } from "@std/assert";
import type { Verdict } from "../../auxtrace/mod.ts";
import { reportData, type ReportParts } from "../../testing/report_data.ts";
import { type FileReplay, replaySummary } from "../_replay_work.ts";
import { fileRow, filesTable, worstFirst } from "./_replay_files_table.ts";
import { addReplay, noTotals, type ReplayTotals, worstVerdict } from "./_replay_totals.ts";

const PLAIN = { good: String, bad: (text: string) => `bad ${text}`, strong: String };

function replayOf(parts: ReportParts, verdict: Verdict = "fits"): FileReplay {
  const { replay } = reportData({ ...parts, replay: { verdict } });
  return { path: "f", size: 1, json: null, found: replaySummary(replay) };
}

const failed = (error: string): FileReplay => ({
  path: "f",
  size: 0,
  json: "{}",
  found: { error },
});

Deno.test("fileRow() has verdict, sizes and the least headroom of a recording", () => {
  const cells = (replay: FileReplay) => fileRow(replay, "a\u202e").cells.slice(1);
  const queues = [{ headroomBytes: 2048 }, { headroomBytes: 1024 }, { headroomBytes: null }];
  const totals = { auxBytes: 4096, missingBytes: 1, flaggedTails: 2 };
  assertEquals(cells(replayOf({ queues, totals }, "exceeds")), [
    ...["exceeds", "4 KiB", "1 B", "2", "1 KiB"],
  ]);
  const none = { totals: { auxBytes: 0 }, recording: { mode: "snapshot" as const } };
  assertEquals(cells(replayOf({ ...none, queues: [{ headroomBytes: null }] }, "not-applicable")), [
    ...["snapshot", "0 B", "-", "0", "-"],
  ]);
  assertEquals(cells(replayOf({ ...none, queues: [] }, "no-aux"))[0], "no-aux");
  assertEquals(cells(failed("why")), ["error", "-", "-", "-", "-"]);
  assertEquals(fileRow(failed("why"), "a\u202e").cells[0], "a\\u202e");
  const { verdict, error, headroomBytes, json } = fileRow(failed("why"), "a");
  assertEquals([verdict, error, headroomBytes, json], ["error", "why", null, "{}"]);
  assertEquals(fileRow(replayOf({ queues }), "a").headroomBytes, 1024);
});

function totalsOf(...replays: readonly FileReplay[]): ReplayTotals {
  const totals = noTotals();
  for (const replay of replays) addReplay(totals, replay);
  return totals;
}

const VERDICTS = ["no-aux", "not-applicable", "fits", "incomplete", "exceeds"] as const;

Deno.test("worstFirst() sorts by verdict, then by headroom, then as they came", () => {
  const rowOf = (name: string, verdict: Verdict | "error", headroomBytes: number | null) => {
    const row = fileRow(failed("x"), name);
    return { ...row, verdict, headroomBytes };
  };
  const rows = [
    ...VERDICTS.map((verdict) => rowOf(verdict, verdict, null)),
    rowOf("error", "error", null),
    ...[["none", null], ["2", 2], ["0", 0], ["1", 1]].map(([name, headroom]) =>
      rowOf(`${name}`, "fits", headroom as number | null)
    ),
  ];
  assertEquals(worstFirst(rows).map(({ name }) => name), [
    ...["error", "exceeds", "incomplete", "0", "1", "2", "fits", "none"],
    ...["not-applicable", "no-aux"],
  ]);
});

Deno.test("addReplay() sums what is in each recording, and counts verdicts and errors", () => {
  const totals = {
    queues: 1,
    chunks: 2,
    auxBytes: 3,
    missingBytes: 4,
    flaggedTails: 5,
    bytesAfterLimit: 6,
  };
  const all = totalsOf(replayOf({ totals }, "exceeds"), replayOf({ totals }), failed("x"));
  assertEquals(all, {
    recordings: 3,
    errors: 1,
    verdicts: { "exceeds": 1, "incomplete": 0, "fits": 1, "not-applicable": 0, "no-aux": 0 },
    queues: 2,
    chunks: 4,
    auxBytes: 6,
    missingBytes: 8,
    flaggedTails: 10,
    bytesAfterLimit: 12,
  });
});

Deno.test("worstVerdict() is the worst of all, and an error makes it incomplete", () => {
  assertEquals(worstVerdict(noTotals()), "no-aux");
  for (const [last, verdict] of VERDICTS.entries()) {
    const replays = VERDICTS.slice(0, last + 1).map((verdict) => replayOf({}, verdict));
    assertEquals(worstVerdict(totalsOf(...replays)), verdict);
    const withError = worstVerdict(totalsOf(...replays, failed("x")));
    assertEquals(withError, verdict === "exceeds" ? "exceeds" : "incomplete");
  }
});

Deno.test("filesTable() has the bad rows in red, errors below, and a sum in words", () => {
  const replays: [string, FileReplay][] = [
    ["e", failed("why")],
    ["x", replayOf({ totals: { auxBytes: 1024, flaggedTails: 1 } }, "exceeds")],
    ["f", replayOf({ totals: { auxBytes: 1024 } })],
  ];
  const rows = replays.map(([name, replay]) => fileRow(replay, name));
  const totals = totalsOf(...replays.map(([, replay]) => replay));
  const lines = (skipped: number) => [...filesTable(rows, { totals, skipped, paint: PLAIN })];
  assertEquals(lines(0).slice(0, 8).map((line) => line.split(" ").slice(0, 2).join(" ").trim()), [
    "recording",
    "bad e",
    "bad x",
    "f",
    "",
    "e: why",
    "",
    "3 recordings",
  ]);
  assertEquals(
    lines(0).slice(7).join(" "),
    "3 recordings with 2 KiB of AUX data: 1 could not be " +
      "read, 1 beyond the limit (1 tail), 1 within the limit.",
  );
  assertEquals(lines(1).at(-1), "1 other entry of a folder is no recording.");
  assertEquals(lines(2).at(-1), "2 other entries of folders are no recordings.");
  const [, , good] = replays;
  const only = [...filesTable([fileRow(good![1], "f")], {
    totals: totalsOf(good![1]),
    skipped: 0,
    paint: PLAIN,
  })];
  assertEquals(only.slice(2), ["", "1 recording with 1 KiB of AUX data: 1 within the limit."]);
});
