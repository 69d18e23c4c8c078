import { assert, assertEquals, assertRejects } from "@std/assert";
import { replayReport } from "../auxtrace/mod.ts";
import { openPerfFile } from "../open.ts";
import { type Markup, scanMarkup } from "./_assert_markup.ts";
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
      input: { ...replay.input, cut: { fileOffset: 1, reason: text } },
      recording: {
        ...replay.recording,
        arch: text,
        perfVersion: text,
        hostname: text,
        cmdline: [text, text],
        auxtraceType: text,
      },
      conclusion: text,
      advice: text,
      notes: [text, text],
    },
    chart: {
      axis: { kind: "time", from: 0, to: 2, startNs: 812_000_000_000n },
      limit: 2 ** 32,
      queues: replay.queues.map(({ idx, cpu, tid }) => ({ idx, cpu, tid, tails, marks })),
    },
    packets: { type: text, kinds: [text], queues: [queue, queue], totals: counts },
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
