import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { replayReport } from "../auxtrace/mod.ts";
import type { PerfFile } from "../mod.ts";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { AuxRecording, step } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest } from "../testing/corpus.ts";
import { auxEvent } from "../testing/perf_builder.ts";
import { type Markup, scanMarkup } from "../testing/markup.ts";
import { type CollectOptions, collectReport } from "./collect.ts";
import type { ChartMarkKind, ReportData } from "./data.ts";
import { MARK_KINDS } from "./mark_kinds.ts";
import { reportBody } from "./body.ts";
import { reportPage } from "./page.ts";

/** As large as the files of uPlot 1.6.32. */
const ASSETS = { chartScript: " ".repeat(51_081), chartStyle: " ".repeat(1_857) };

const HOSTILE = [
  "</script><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "javascript:alert(1)",
  "</style><style>*{display:none}</style>",
  "<!-- <svg/onload=alert(1)>",
  "]]><b>",
  "<a href=//example.org>&lt;&#60;&",
  "</title></option></select></main><iframe>",
  "url(//example.org) ; } * { color: red",
  "${alert(1)} `{{7*7}}`",
];

/** A report of which every text from the recording is the same. */
function dataWith(text: string): ReportData {
  using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
  const replay = replayReport(file);
  const x = Float64Array.of(0, 1, 2);
  const tails = { stride: 1, first: x, last: x, min: x, max: x };
  const marks = MARK_KINDS.map((kind: ChartMarkKind) => ({
    kind,
    from: 0,
    to: 1,
    count: 2,
    position: 1,
  }));
  const counts = {
    bytes: 10,
    packets: 3,
    byKind: { [text]: 3 },
    bytesByKind: { [text]: 10 },
    syncPoints: 1,
    damagedBytes: 1,
    skippedBytes: 1,
    marks: {},
    time: null,
  };
  const queue = { idx: 0, cpu: 0, tid: null, counts, bins: [{ from: 0, to: 1, counts: [3] }] };
  return {
    name: text,
    size: 1000,
    replay: {
      ...replay,
      input: {
        ...replay.input,
        cut: { fileOffset: 1, reason: text, fault: "truncated", cure: text },
      },
      recording: {
        ...replay.recording,
        arch: text,
        perfVersion: text,
        hostname: text,
        cmdline: [text, text],
        auxtraceType: text,
      },
      dataRings: [{ cpu: 0, tid: null, bytes: 2 ** 33, over32Bits: true }],
      conclusion: text,
      advice: text,
      notes: [text, text],
    },
    chart: {
      axis: { kind: "time", from: 0, to: 2, startNs: 812_000_000_000n },
      limit: 2 ** 32,
      queues: replay.queues.map(({ idx, cpu, tid }) => ({
        idx,
        cpu,
        tid,
        tails,
        heads: tails,
        marks,
      })),
    },
    packets: {
      type: text,
      kinds: [text],
      queues: [queue, queue],
      totals: counts,
      undecoded: [{ traceId: 1, cpu: 2, what: text, bytes: 3 }],
    },
    facts: [{ title: text, rows: [[text, text], ["comm", text]] }],
  };
}

function shape({ tags, comments }: Markup): string[] {
  const shapes = tags.map(({ name, attributes }) => [name, ...attributes.keys()].join(" "));
  return [...shapes, `${comments} comments`];
}

Deno.test("reportPage() has the same elements and attributes whatever a recording says", async () => {
  const expected = shape(scanMarkup(await reportPage(dataWith("harmless"), ASSETS)));
  for (const text of [...HOSTILE, HOSTILE.join("")]) {
    const markup = scanMarkup(await reportPage(dataWith(text), ASSETS));
    assertEquals(shape(markup), expected, text);
    assertEquals(markup.text.split(text).length - 1 >= 15, true, text);
  }
});

Deno.test("reportBody() has no attribute that could run or load anything", () => {
  for (const text of HOSTILE) {
    const { tags } = scanMarkup(`${reportBody(dataWith(text), { packetBrowser: true })}`);
    for (const { name, attributes } of tags) {
      for (const attribute of attributes.keys()) {
        assertEquals(
          /^(on|style$|src|href|action|xlink)/.test(attribute),
          false,
          `${name} ${attribute}`,
        );
      }
      assertEquals(
        ["script", "style", "iframe", "img", "object", "embed", "a"].includes(name),
        false,
      );
    }
  }
});

Deno.test("reportBody() shows marks of direction and other hidden characters as escapes", () => {
  const hidden = ["\u202e", "\u2028", "\u2066", "\0", "\x1b", "\u200b", "\ud800"];
  const body = `${reportBody(dataWith("a\u202eb\u2028c\u2066d\0e\x1bf\u200bg\ud800"))}`;
  assertEquals(hidden.filter((character) => body.includes(character)), []);
  assert(body.includes("a\\u202eb\\u2028c\\u2066d\\x00e\\x1bf\\u200bg\\ud800"));
});

Deno.test("reportPage() allows its own scripts and styles by hash, and nothing else", async () => {
  const page = await reportPage(dataWith("x"), { chartScript: "1;\r\n2;", chartStyle: "p {}" });
  const { tags } = scanMarkup(page);
  const policyAt = tags.findIndex(({ attributes }) =>
    attributes.get("http-equiv") === "Content-Security-Policy"
  );
  const directives = new Map(
    tags[policyAt]!.attributes.get("content")!.split("; ").map((directive) => {
      const [name, ...values] = directive.split(" ");
      return [name!, values];
    }),
  );
  assertEquals(directives.get("default-src"), ["'none'"]);
  assertEquals(directives.get("base-uri"), ["'none'"]);
  assertEquals(directives.get("form-action"), ["'none'"]);
  assertEquals([...directives.keys()].length, 5);
  for (const [name, directive] of [["script", "script-src"], ["style", "style-src"]]) {
    const own = tags.filter((tag) => tag.name === name && !tag.attributes.has("type"));
    assertEquals(own.length, 2);
    assert(own.every((tag) => tags.indexOf(tag) > policyAt));
    assertEquals(directives.get(directive!), await Promise.all(own.map(({ raw }) => hash(raw))));
  }
  const data = tags.filter(({ attributes }) =>
    attributes.has("type") && attributes.get("id") === "chart-data"
  );
  assertEquals(data.map(({ attributes }) => attributes.get("type")), ["application/json"]);
});

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

Deno.test("reportPage() refuses a script that would end its own element", async () => {
  for (const chartScript of ["'</script>'", "'</SCRIPT '", "'<!--'"]) {
    await assertRejects(() => reportPage(dataWith("x"), { ...ASSETS, chartScript }), RangeError);
  }
});

Deno.test("reportPage() of a recording without data is below 300 KB", async () => {
  using file = openPerfFile("testdata/aux_none.perf.data");
  const axis = { kind: "file", from: 0, to: 0, startNs: null } as const;
  const page = await reportPage({
    name: "aux_none.perf.data",
    size: file.size,
    replay: replayReport(file),
    chart: { axis, limit: 2 ** 32, queues: [] },
    packets: null,
    facts: [],
  }, ASSETS);
  assert(new TextEncoder().encode(page).length < 300_000);
});

Deno.test("reportBody() has the answer, and the places that script and viewer look for", () => {
  const { tags, text } = scanMarkup(`${reportBody(dataWith("x"), { packetBrowser: true })}`);
  const ids = tags.map(({ attributes }) => attributes.get("id")).filter((id) => id !== undefined);
  assertEquals(ids.length, new Set(ids).size);
  for (
    const id of [
      "verdict",
      "conclusion",
      "chart",
      "chart-plot",
      "chart-reset",
      "chart-readout",
      "lost",
      "flagged",
      "queues",
      "data-rings",
      "packets",
      "packet-kinds",
      "packet-chart",
      "packet-browser",
      "facts",
    ]
  ) {
    assert(ids.includes(id), id);
  }
  for (const { name, attributes } of tags) {
    for (const attribute of ["aria-labelledby", "aria-describedby"]) {
      const target = attributes.get(attribute);
      if (target !== undefined) assert(ids.includes(target), `${name} ${target}`);
    }
  }
  const verdict = tags.find(({ attributes }) => attributes.get("id") === "verdict");
  assertEquals(verdict?.attributes.get("data-verdict"), "exceeds");
  assert(text.includes("The limit of 32 bits stopped this recording."));
  const rows = tags.filter(({ name, attributes }) => name === "tr" && attributes.has("data-x"));
  assertEquals(rows.map(({ attributes }) => attributes.get("data-queue")), ["0", "0"]);
  assertEquals(rows.map(({ attributes }) => attributes.get("data-x")), [
    "0.349078901",
    "0.349585151",
  ]);
  const captions = tags.filter(({ name }) => name === "caption");
  assertEquals(captions.length, tags.filter(({ name }) => name === "table").length);
});

function bodyOf(file: PerfFile, options: Partial<CollectOptions> = {}): string {
  const steps = collectReport(file, { name: "x", ...options });
  let step = steps.next();
  while (!step.done) step = steps.next();
  return reportBody(step.value);
}

/** Text of each part of a report, by its id. */
function partsOf(
  file: PerfFile,
  options: Partial<CollectOptions> = {},
): ReadonlyMap<string, string> {
  const body = bodyOf(file, options);
  const parts = [...body.matchAll(/id="([\w-]+)"/g)].map(({ 1: id, index }) =>
    [id!, index] as const
  );
  return new Map(parts.map(([id, from], i) => {
    const { text } = scanMarkup(`<p ${body.slice(from, parts[i + 1]?.[1])}`.replace(/<[^>]*$/, ""));
    return [id, text.replace(/\s+/g, " ").trim()];
  }));
}

Deno.test("reportBody() shows what is missing, and each kind of loss with what to do", () => {
  const recording = new AuxRecording({ rings: [{ cpu: 0, tid: -1 }, { cpu: 1, tid: -1 }] });
  const truncated = 1n;
  recording.both(0, { offset: 0n, size: 64, timeNs: step(0), flags: truncated });
  recording.aux(0, { offset: 64n, size: 32, timeNs: step(1) });
  recording.both(1, { offset: 0n, size: 16, timeNs: step(2), flags: truncated });
  recording.both(0, { offset: 96n, size: 8, timeNs: step(4) });
  using file = openPerfBytes(recording.bytes());
  const parts = partsOf(file);
  // 64 + 32 + 16 + 8 bytes are announced; the 32 have no chunk. CPU 1 is not heard of for 1 s.
  assertMatch(parts.get("lost-title")!, /Announced 120 B .* Present 88 B .* Missing 32 B/);
  const kinds = parts.get("loss-kinds-caption")!;
  for (
    const row of [
      /Silent from here on ?1 ?The kernel stopped tracing/,
      /TRUNCATED ?2 ?The AUX buffer was full/,
      /Announced, but missing ?1 ?AUX records announce/,
      /Gap ?1 ?No chunk holds/,
    ]
  ) {
    assertMatch(kinds, row);
  }
  const places = parts.get("losses-caption")!;
  assertMatch(places, /queue 0 \(CPU 0\) ?Announced, but missing.*0x40 ?0x60 ?32 B/);
  assertMatch(parts.get("queues-caption")!, /queue 1 \(CPU 1\) silent after its last AUX record/);
});

Deno.test("reportBody() says that nothing was lost only where nothing is known to be", () => {
  using file = openPerfFile("testdata/aux_demo_fits.perf.data");
  const lost = partsOf(file).get("lost-title")!;
  assertMatch(lost, /Missing 0 B .* Nothing, as far as the recording tells/);
});

oracleTest("reportBody() says what real recordings lack", ["corpus"], () => {
  {
    using file = openPerfFile(corpusPath("simpleperf/etm.perf_with_missing_aux_data.data"));
    const parts = partsOf(file);
    assertMatch(parts.get("verdict")!, /^No data This file holds none of the trace data/);
    assertMatch(parts.get("lost-title")!, /Announced 1.46 MiB .* Present 0 B .* Missing 1.46 MiB/);
    assert(![...parts.values()].some((text) => text.includes("Nothing, as far")));
  }
  // Two CPUs for 2 s: the kernel went silent after the first full buffer of each.
  using file = openPerfFile(corpusPath("lab2/trunc-ta.data"));
  const parts = partsOf(file);
  assertMatch(parts.get("verdict")!, /the kernel stopped 2 queues on the way/);
  assertMatch(parts.get("loss-kinds-caption")!, /Silent from here on ?2.*TRUNCATED ?2/);
  assert(![...parts.values()].some((text) => text.includes("Nothing, as far")));
});

oracleTest("reportBody() says which 32-bit perf refuses", ["corpus"], () => {
  // Recorded by the 32-bit Arm perf across 4 GiB: 5 tails are above.
  using file = openPerfFile(corpusPath("lab2/cs32.data"));
  const parts = partsOf(file);
  assertMatch(
    parts.get("verdict")!,
    /^Exceeds 5 tails need .*v4 patch refuses them, the one that made this recording did not/,
  );
  assert(![...parts.values()].some((text) => text.includes("could not have made")));
  const judgement = parts.get("judgement")!;
  assertMatch(judgement, /v4 patch the verdict is about this one Refuses\..*Released/);
  assertMatch(judgement, /on aarch64 Refuses nothing\./);
  const verdictOf = (options: Partial<CollectOptions>) => partsOf(file, options).get("verdict")!;
  assertMatch(
    verdictOf({ perf: "released" }),
    /^Not refused 5 tails need .*; a released 32-bit perf on aarch64 stores them/,
  );
  assertMatch(
    verdictOf({ fromArch: "x86_64" }),
    /^Exceeds 5 tails need .*a released 32-bit perf on x86_64 refuses them/,
  );
});

Deno.test("reportBody() says how many of the flagged tails and losses it lists", () => {
  const listed = (count: number) => {
    const recording = new AuxRecording();
    for (let n = 0; n < count; n++) {
      const part = { offset: 2n ** 32n + BigInt(n * 8), size: 8, timeNs: step(n) };
      recording.both(0, { ...part, flags: 1n });
    }
    using file = openPerfBytes(recording.bytes());
    const body = bodyOf(file);
    const rowsOf = (table: string) => body.split(`<table id="${table}">`)[1]!.split("</table>")[0]!;
    return ["flagged", "losses"].flatMap((table) => {
      const rows = rowsOf(table);
      const [shown = ""] = rows.match(/\([^)]*of[^)]*\)/) ?? [];
      return [rows.match(/<tr/g)!.length - 1, shown.replaceAll("\u202f", "")];
    });
  };
  assertEquals(listed(50), [50, "", 50, ""]);
  assertEquals(listed(51), [51, "", 50, "(50 of 51)"]);
  assertEquals(listed(1001), [1000, "(the first 1000 of 1001)", 50, "(50 of 1001)"]);
});

Deno.test("reportBody() lists 100 events, and says how many more there are", () => {
  for (const count of [99, 100, 101, 150]) {
    const events = Array.from({ length: count }, (_, n) => auxEvent(`event ${n}`, 1));
    using file = openPerfBytes(new AuxRecording({ events }).bytes());
    const body = bodyOf(file).replace(/\s+/g, " ");
    assertEquals(body.match(/<dt>event \d+<\/dt>/g)?.length, Math.min(count, 100));
    const more = body.match(/<dt>and more<\/dt> <dd>(\d+) events<\/dd>/)?.[1];
    assertEquals(more, count > 100 ? `${count - 100}` : undefined);
  }
});

Deno.test("reportBody() shows every isolate and mark of direction as an escape", () => {
  const marks = ["\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"];
  marks.push("\u2066", "\u2067", "\u2068", "\u2069");
  for (const mark of marks) {
    const body = reportBody(dataWith(`a${mark}b`));
    assertEquals([mark.charCodeAt(0), body.includes(mark)], [mark.charCodeAt(0), false]);
    assert(body.includes(`a\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}b`));
  }
});
