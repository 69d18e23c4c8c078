import type { Page } from "playwright-core";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { AuxRecording, cpuRings, step } from "../testing/aux_recording.ts";
import { writeBigRecording } from "../testing/big_recording.ts";
import { fixturePath } from "../testing/corpus.ts";
import { HOSTILE_NAME, hostileRecording } from "../testing/hostile_recording.ts";
import { runCli } from "../testing/run_cli.ts";
import {
  assertFitsWidth,
  assertHarmless,
  brightness,
  browserTest,
  openFile,
  paintedPixels,
  screenshot,
  shownRange,
  type ViewOptions,
} from "./browser.ts";

const FOLDER = Deno.makeTempDirSync({ prefix: "auxtail-report-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));

/** Makes a report with the command line, as a user does; returns where it is. */
async function makeReport(input: string): Promise<string> {
  const path = `${FOLDER}/report.html`;
  const { code, stderr } = await runCli(
    ["report", input, "-o", path, "--exit-zero", "--no-progress", "-q"],
    { permissions: ["--allow-read", "--allow-write"] },
  );
  assertEquals([code, stderr], [0, ""]);
  return path;
}

function reportTest(
  name: string,
  fixture: string,
  use: (page: Page) => Promise<void>,
  options?: ViewOptions,
): void {
  browserTest(`auxtail report ${name}`, async (page) => {
    await openFile(page, await makeReport(fixturePath(`${fixture}.perf.data`)));
    await use(page);
  }, options);
}

reportTest("shows verdict, conclusion and tables", "aux_demo_exceeds", async (page) => {
  const { conclusion } = JSON.parse(
    (await runCli(["replay", "--format", "json", "testdata/aux_demo_exceeds.perf.data"])).stdout,
  );
  assertEquals(await page.locator("#verdict").getAttribute("data-verdict"), "exceeds");
  assertEquals((await page.locator("#conclusion").innerText()).trim(), conclusion);
  assertEquals(await page.locator("#flagged tr[data-queue]").count(), 2);
  assertEquals(await page.locator("#queues tr[data-queue]").count(), 2);
  assertStringIncludes(await page.locator("#flagged").innerText(), "0x100000187");
  assertStringIncludes(await page.locator("#packet-kinds").innerText(), "PSB");
  assertStringIncludes(await page.locator("#facts").innerText(), "9448 bytes");
  await screenshot(page, "report_1280");
});

reportTest("draws a chart that a drag zooms and a button resets", "aux_demo_fits", async (page) => {
  assert(await paintedPixels(page, "#chart canvas") > 1000);
  const whole = await shownRange(page);
  const { x, y, width, height } = (await page.locator("#chart-plot .u-over").boundingBox())!;
  await page.mouse.move(x + width * 0.3, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 5 });
  await page.mouse.up();
  const part = await shownRange(page);
  assertNotEquals(part[0], whole[0]);
  assertNotEquals(part[1], whole[1]);
  await page.locator("#chart-reset").click();
  assertEquals(await shownRange(page), whole);
});

reportTest("has a chart that keys zoom and read", "aux_demo_fits", async (page) => {
  const whole = await shownRange(page);
  await page.locator("#chart-plot").focus();
  await page.keyboard.press("ArrowLeft");
  const first = await page.locator("#chart-readout").textContent();
  await page.keyboard.press("ArrowLeft");
  assertNotEquals(await page.locator("#chart-readout").textContent(), first);
  for (let times = 0; times < 3; times++) await page.keyboard.press("+");
  const part = await shownRange(page);
  assertNotEquals(part, whole);
  await page.locator("#chart-plot").focus();
  await page.keyboard.press("Escape");
  assertEquals(await shownRange(page), whole);
});

browserTest("auxtail report zooms to a flagged row on a click and on Enter", async (page) => {
  const input = `${FOLDER}/long.perf.data`;
  // 160 tails, half of them above 4 GiB: the first flagged one is 0x100010000, the next 64 KiB on.
  writeBigRecording(input, { size: 160 << 16, rings: 1 });
  await openFile(page, await makeReport(input));
  const whole = await shownRange(page);
  const rows = page.locator("#flagged tr[data-x]");
  await rows.nth(0).click();
  assertStringIncludes((await page.locator("#chart-readout").textContent())!, "0x100000000");
  const first = await shownRange(page);
  assertNotEquals(first[0], whole[0]);
  assertNotEquals(first[1], whole[1]);
  await rows.nth(40).focus();
  await page.keyboard.press("Enter");
  assertStringIncludes((await page.locator("#chart-readout").textContent())!, "0x100280000");
  assertNotEquals((await shownRange(page))[0], first[0]);
});

reportTest(
  "starts with the height of tails that the limit would hide",
  "lab_perf64",
  async (page) => {
    const isFit = () => page.locator("#chart-fit").getAttribute("aria-pressed");
    assertEquals(await isFit(), "true");
    await page.locator("#chart-reset").click();
    assertEquals(await isFit(), "false");
    for (const pressed of ["true", "false", "true"]) {
      await page.locator("#chart-fit").click();
      assertEquals(await isFit(), pressed);
    }
  },
);

browserTest("auxtail report keeps chart and flagged rows in step", async (page) => {
  const input = `${FOLDER}/long.perf.data`;
  writeBigRecording(input, { size: 160 << 16, rings: 1 });
  await openFile(page, await makeReport(input));
  const rows = page.locator("#flagged tr[data-x]");
  await rows.nth(30).hover();
  assertStringIncludes((await page.locator("#chart-readout").textContent())!, "0x1001e0000");
  const isNear = (row: HTMLElement) => row.classList.contains("near");
  assert(await rows.nth(30).evaluate(isNear));
  assertEquals(await rows.nth(40).evaluate(isNear), false);

  await rows.nth(5).click();
  await page.locator("#chart-plot").focus();
  assert(await rows.nth(5).evaluate(isNear));
  await page.keyboard.press("+");
  while (!(await rows.nth(6).evaluate(isNear))) await page.keyboard.press("ArrowRight");
  assertEquals(await rows.nth(5).evaluate(isNear), false);
  const outside = await page.locator("#flagged tr.outside").count();
  assert(outside > 50 && outside < 80, `${outside}`);
  await page.keyboard.press("Escape");
  assertEquals(await page.locator("#flagged tr.outside").count(), 0);
});

browserTest("auxtail report draws heads, which can be left out", async (page) => {
  const recording = new AuxRecording();
  const [kib64, part] = [65536n, { size: 65536 }];
  for (const n of [0, 1, 2]) {
    recording.aux(0, { ...part, offset: BigInt(n) * kib64, timeNs: step(n) });
  }
  recording.chunk(0, { offset: 0n, size: 3 * 65536 });
  for (const n of [3, 4]) recording.aux(0, { ...part, offset: BigInt(n) * kib64, timeNs: step(n) });
  recording.chunk(0, { offset: 3n * kib64, size: 2 * 65536 });
  const input = `${FOLDER}/heads.perf.data`;
  Deno.writeFileSync(input, recording.bytes());
  await openFile(page, await makeReport(input));
  await page.locator("#chart-fit").click();
  const over = page.locator("#chart-plot .u-over");
  const { width, height } = (await over.boundingBox())!;
  // At 80 % of 2 s the fourth AUX record has come, and the second chunk has not.
  await over.hover({ position: { x: width * 0.8, y: height / 2 } });
  const readout = (await page.locator("#chart-readout").textContent())!;
  assertStringIncludes(readout, "0x30000 (192\u00a0KiB)");
  assertStringIncludes(readout, "head 0x40000: 64\u00a0KiB in the AUX buffer");
  const heads = page.locator("#chart-heads");
  await heads.hover();
  const picture = () => page.locator("#chart canvas").screenshot();
  const drawn = await picture();
  await heads.uncheck();
  assertNotEquals(await picture(), drawn);
  await heads.check();
  assertEquals(await picture(), drawn);
});

/** Writes a recording of 36 queues, a tail and 1 KiB more in each than in the one before. */
function manyQueues(): string {
  const recording = new AuxRecording({ rings: cpuRings(36) });
  for (const idx of recording.rings.keys()) {
    for (const n of [0, 1]) {
      recording.both(idx, {
        offset: BigInt(n * 1024),
        size: 1024 + n * idx * 1024,
        timeNs: step(n),
      });
    }
  }
  const input = `${FOLDER}/many.perf.data`;
  Deno.writeFileSync(input, recording.bytes());
  return input;
}

browserTest("auxtail report picks queues for the chart in their table", async (page) => {
  await openFile(page, await makeReport(manyQueues()));
  const names = page.locator("#chart-queues li");
  const boxOf = (queue: number) => page.locator(`#queues tr[data-queue="${queue}"] input`);
  const styles = () =>
    names.evaluateAll((all) =>
      all.map((name) => [
        name.textContent,
        name.dataset.slot,
        name.querySelector("path")!.getAttribute("stroke-dasharray"),
      ])
    );
  // The eight with the highest tails, which are the last: colours 0 to 7, four kinds of dashes.
  const dashes = ["", "8 3", "3 3", "10 3 3 3"];
  const style = (queue: number, slot: number) => [`queue ${queue} (CPU ${queue})`, `${slot}`];
  const first = Array.from({ length: 8 }, (_, n) => [...style(28 + n, n), dashes[n % 4]]);
  assertEquals(await styles(), first);
  assertEquals(await page.locator("#queues tr[data-queue] input:checked").count(), 8);
  const slotOf = (queue: number) =>
    page.locator(`#queues tr[data-queue="${queue}"]`).getAttribute("data-slot");
  await boxOf(30).uncheck();
  await boxOf(32).uncheck();
  assertEquals(await styles(), first.filter((_, n) => n !== 2 && n !== 4));
  assertEquals([await slotOf(30), await slotOf(31)], [null, "3"]);
  // A queue has the first style that is free.
  await boxOf(0).check();
  await boxOf(1).check();
  await boxOf(2).check();
  assertEquals((await styles()).slice(-3), [
    [...style(0, 2), "3 3"],
    [...style(1, 4), ""],
    [...style(2, 0), "8 3"],
  ]);
  assertEquals([await slotOf(0), await slotOf(2)], ["2", "0"]);
  for (let queue = 3; queue <= 25; queue++) await boxOf(queue).check();
  assertEquals([await names.count(), (await names.allTextContents()).at(-1)], [
    32,
    "queue 25 (CPU 25)",
  ]);
  await boxOf(26).check();
  assertEquals([await names.count(), (await names.allTextContents()).at(-1)], [33, "and 1 more"]);
  await boxOf(27).check();
  assertEquals([await names.count(), (await names.allTextContents()).at(-1)], [33, "and 2 more"]);
});

browserTest(
  "auxtail report marks the queue that keys go to, and lets a row stand out",
  async (page) => {
    await openFile(page, await makeReport(manyQueues()));
    const near = async () => [
      ...await page.locator("#queues tr.near").evaluateAll((rows) =>
        rows.map(({ dataset }) => dataset.queue)
      ),
      ...await page.locator("#chart-queues li.near").allTextContents(),
    ];
    assertEquals(await near(), []);
    await page.locator("#chart-plot").focus();
    const visited = [];
    for (const key of ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"]) {
      await page.keyboard.press(key);
      visited.push(await near());
    }
    assertEquals(
      visited,
      [28, 29, 28, 35].map((queue) => [`${queue}`, `queue ${queue} (CPU ${queue})`]),
    );
    const picture = () =>
      page.locator("#chart canvas").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const row = (queue: number) => page.locator(`#queues tr[data-queue="${queue}"]`);
    await page.locator("#verdict").hover();
    const before = await picture();
    await row(28).locator("td").last().hover();
    const outstanding = await picture();
    assertNotEquals(outstanding, before);
    await row(29).locator("td").last().hover();
    assertNotEquals(await picture(), outstanding);
    await page.locator("#verdict").hover();
    assertEquals(await picture(), before);
    await row(28).locator("input").focus();
    assertEquals(await picture(), outstanding);
    await row(28).locator("input").blur();
    assertEquals(await picture(), before);
  },
);

browserTest("auxtail report has keys, a wheel and buttons with steps", async (page) => {
  const recording = new AuxRecording();
  for (const n of [0, 1, 2, 3, 4]) {
    recording.both(0, { offset: BigInt(n) << 16n, size: 65536, timeNs: step(n) });
  }
  const input = `${FOLDER}/keys.perf.data`;
  Deno.writeFileSync(input, recording.bytes());
  await openFile(page, await makeReport(input));
  const plot = page.locator("#chart-plot");
  // 2 s, and 0.04 s on both sides: the cursor starts in the middle, and goes by a hundredth.
  const at = async (...keys: string[]) => {
    await plot.focus();
    for (const key of keys) await page.keyboard.press(key);
    const text = (await page.locator("#chart-readout").textContent())!;
    const [, value, unit] = /^\+([\d.]+) (m?)s/.exec(text)!;
    return Number((Number(value) / (unit === "m" ? 1000 : 1)).toFixed(6));
  };
  const right = "ArrowRight";
  assertEquals(await at(right), 1.0208);
  assertEquals(await at(`Shift+${right}`), 1.2288);
  assertEquals(await at("Shift+ArrowLeft", "ArrowLeft"), 1);
  const width = async () => {
    const from = await at("ArrowLeft");
    return Number(((await at(right) - from) * 100).toFixed(3));
  };
  for (const [key, wide] of [["+", 1.04], ["=", 0.52], ["-", 1.04], ["0", 2.08]] as const) {
    await at(key);
    assertEquals(await width(), wide, key);
  }
  await at("+", "+", "+");
  assertEquals(await width(), 0.26);
  await at("Escape");
  assertEquals(await width(), 2.08);
  for (const modifier of ["Control", "Alt", "Meta"]) {
    const place = await at();
    assertEquals(await at(`${modifier}+ArrowUp`, `${modifier}+${right}`), place, modifier);
  }
  for (const [id, wide] of [["in", 1.04], ["in", 0.52], ["out", 1.04], ["reset", 2.08]] as const) {
    await page.locator(`#chart-${id}`).click();
    assertEquals(await width(), wide, id);
  }

  const turn = (deltaY: number, ctrlKey = false) =>
    plot.evaluate((element, turned) => {
      element.dispatchEvent(new WheelEvent("wheel", turned));
    }, { deltaY, ctrlKey });
  await plot.focus();
  // e^(-1/3), and a turn is at most e^(2/3).
  await turn(-100);
  assertEquals(await width(), 1.49);
  await turn(-1000);
  assertEquals(await width(), 0.765);
  await turn(1000);
  assertEquals(await width(), 1.49);
  await plot.blur();
  await turn(-100);
  assertEquals(await width(), 1.49);
  await plot.blur();
  await turn(100, true);
  assertEquals(await width(), 2.08);
});

browserTest("auxtail report chooses a flagged row, and points at it again", async (page) => {
  const input = `${FOLDER}/long.perf.data`;
  writeBigRecording(input, { size: 160 << 16, rings: 1 });
  await openFile(page, await makeReport(input));
  const rows = page.locator("#flagged tr[data-x]");
  const chosen = () =>
    page.locator("#flagged tr.chosen[aria-current=true]").evaluateAll((all) =>
      all.map((row) => [...row.parentElement!.children].indexOf(row))
    );
  const readout = async () => (await page.locator("#chart-readout").textContent())!;
  assertEquals(await chosen(), []);
  await rows.nth(2).click();
  assertEquals(await chosen(), [2]);
  await rows.nth(5).click();
  assertEquals(await chosen(), [5]);
  assertEquals(await page.locator("#flagged [aria-current]").count(), 1);
  assertStringIncludes(await readout(), "0x100050000");
  await rows.nth(7).hover();
  assertStringIncludes(await readout(), "0x100070000");
  await page.locator("#verdict").hover();
  assertStringIncludes(await readout(), "0x100050000");
  await rows.nth(8).focus();
  await page.keyboard.press("a");
  assertEquals(await chosen(), [5]);
});

browserTest(
  "auxtail report reads the parts of a queue's packets to keys and pointer",
  async (page) => {
    // PSB and PSBEND, then packets of a byte: TNT (6) or PAD (0). Intel SDM, volume 3, chapter 34.4.
    const start = [...Array.from({ length: 8 }, () => [0x02, 0x82]).flat(), 0x02, 0x23];
    const recording = new AuxRecording({ rings: cpuRings(2) });
    for (const [idx, n] of [[0, 0], [0, 1], [1, 0]] as const) {
      const bytes = [[6, 6, 6, 6, 0, 0], [6, 0, 0, 0, 0, 0]][n]!;
      const payload = Uint8Array.from([...start, ...bytes]);
      recording.aux(idx, { offset: BigInt(n * 24), size: 24, timeNs: step(n * 2) });
      recording.chunk(idx, { offset: BigInt(n * 24), size: 24, payload });
    }
    const input = `${FOLDER}/packets.perf.data`;
    Deno.writeFileSync(input, recording.bytes());
    await openFile(page, await makeReport(input));
    const plot = page.locator("#packet-plot");
    const readout = async () =>
      (await page.locator("#packet-readout").textContent())!.replace(/, .* m?s:/, ":");
    const [one, two] = [
      "Part 1 of 2: 8 packets: TNT 4, PAD 2, PSB 1, PSBEND 1",
      "Part 2 of 2: 8 packets: PAD 5, TNT 1, PSB 1, PSBEND 1",
    ];
    assertEquals(await readout(), "");
    await plot.focus();
    const presses = [];
    for (const key of ["a", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"]) {
      await page.keyboard.press(key);
      presses.push(await readout());
    }
    assertEquals(presses, ["", one, two, two, one, one]);
    const pointer = () => plot.locator(".pointer").getAttribute("d");
    assertEquals(await pointer(), "M0 0h1v100h-1z");
    const { width } = (await plot.boundingBox())!;
    for (const [share, part] of [[0.52, two], [0.48, one], [0.98, two], [0.02, one]] as const) {
      await plot.hover({ position: { x: width * share, y: 20 } });
      assertEquals(await readout(), part);
    }
    await plot.hover({ position: { x: width * 0.98, y: 20 } });
    assertEquals(await pointer(), "M1 0h1v100h-1z");
    const picture = plot.locator("svg");
    assertEquals(await picture.getAttribute("viewBox"), "0 0 2 100");
    assertEquals(
      await picture.getAttribute("aria-label"),
      "Packets in 2 parts of the payload, at most 8 in one",
    );
    assertEquals(await picture.locator("path:not(.pointer)").count(), 4);
    const labels = await plot.locator("p span").allTextContents();
    assertEquals([labels.length, labels[0], labels[2]], [3, "0.00 s", "1.00 s"]);
    const legend = page.locator("#packet-legend li");
    assertEquals(await legend.allTextContents(), ["PAD", "TNT", "PSB", "PSBEND"]);
    const colours = legend.locator("path").evaluateAll((all) => all.map((it) => it.classList[0]));
    assertEquals(await colours, ["fill-0", "fill-1", "fill-2", "fill-3"]);

    await page.locator("#packet-queue").selectOption("1");
    assertEquals(await readout(), "");
    assertEquals(
      await page.locator("#packet-queue-name").textContent(),
      "Packets of queue 1 (CPU 1)",
    );
    assertEquals(await picture.getAttribute("viewBox"), "0 0 1 100");
    assertEquals(await legend.allTextContents(), ["TNT", "PAD", "PSB", "PSBEND"]);
    await plot.focus();
    await page.keyboard.press("ArrowRight");
    assertEquals(await readout(), one.replace("of 2", "of 1"));
  },
);

browserTest("auxtail report shows what a hostile recording says as text", async (page) => {
  const input = `${FOLDER}/${HOSTILE_NAME}`;
  Deno.writeFileSync(input, hostileRecording());
  await openFile(page, await makeReport(input));
  await assertHarmless(page);
});

reportTest("is readable in a narrow window", "aux_demo_exceeds", async (page) => {
  await assertFitsWidth(page);
  assert(await paintedPixels(page, "#chart canvas") > 1000);
  await screenshot(page, "report_390");
}, { width: 390, height: 844 });

reportTest("is dark where the user prefers it", "aux_demo_exceeds", async (page) => {
  assert(await brightness(page, "background-color") < 80);
  assert(await brightness(page, "color") > 160);
  await screenshot(page, "report_dark");
}, { dark: true });

reportTest("prints dark on light, without controls", "aux_demo_exceeds", async (page) => {
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  assert(await brightness(page, "background-color") > 200);
  assert(await brightness(page, "color") < 100);
  assertEquals(await page.locator("#chart-reset").isVisible(), false);
  assertEquals(await page.locator("#conclusion").isVisible(), true);
  await screenshot(page, "report_print");
}, { dark: true });

for (const fixture of ["aux_none", "aux_samples", "aux_cut", "aux_snapshot_pt", "aux_only"]) {
  browserTest(`auxtail report opens for ${fixture}`, async (page) => {
    const path = `${FOLDER}/report.html`;
    await runCli(
      ["report", fixturePath(`${fixture}.perf.data`), "-o", path, "-q"],
      { permissions: ["--allow-read", "--allow-write"] },
    );
    await openFile(page, path);
    const expected = JSON.parse(Deno.readTextFileSync(fixturePath(`${fixture}.replay.json`)));
    assertEquals(
      await page.locator("#verdict").getAttribute("data-verdict"),
      expected.verdict,
    );
  });
}

Deno.test("auxtail report writes a page for each of several recordings, or none", async () => {
  const folder = `${FOLDER}/several`;
  Deno.mkdirSync(folder);
  const spaces = `${folder}/${" ".repeat(100)}.data`;
  Deno.copyFileSync(fixturePath("aux_demo_exceeds.perf.data"), spaces);
  const hostile = `${folder}/\u202e\x1b[2J\n=1.data`;
  Deno.writeFileSync(hostile, hostileRecording());
  const out = `${folder}/out`;
  const report = (...args: string[]) =>
    runCli(["report", "--exit-zero", ...args], {
      permissions: ["--allow-read", "--allow-write"],
    });
  const paths = [fixturePath("aux_demo_fits.perf.data"), spaces, `${folder}/missing`, hostile];
  const first = await report(...paths, "-o", out);
  assertEquals(first.code, 2);
  assertStringIncludes(first.stderr, "missing");
  assertStringIncludes(first.stderr, `wrote ${out}: 3 reports; no report of 1 recording\n`);
  const pages = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
  assertEquals(pages.length, 3);
  for (const name of pages) {
    assert(new TextEncoder().encode(name).length <= 250);
    const page = Deno.readTextFileSync(`${out}/${name}`);
    assert(page.endsWith("</html>\n") && !page.includes("\x1b") && !page.includes("\u202e"), name);
  }
  const again = await report(...paths, "-o", out);
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "is there: nothing was written; --force replaces it");
  assertEquals((await report(...paths.toSpliced(2, 1), "-o", out, "--force", "-q")).code, 0);
  assertEquals((await report(...paths, "-o", "-")).code, 2);
});
