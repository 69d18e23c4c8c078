import type { Page } from "playwright-core";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { AuxRecording, step } from "../testing/aux_recording.ts";
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
    { permissions: ["--allow-read", "--allow-write", "--config", "web/deno.json"] },
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
      { permissions: ["--allow-read", "--allow-write", "--config", "web/deno.json"] },
    );
    await openFile(page, path);
    const expected = JSON.parse(Deno.readTextFileSync(fixturePath(`${fixture}.replay.json`)));
    assertEquals(
      await page.locator("#verdict").getAttribute("data-verdict"),
      expected.verdict,
    );
  });
}
