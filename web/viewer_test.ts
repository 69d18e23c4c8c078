import type { Page } from "playwright-core";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { writeBigRecording } from "../testing/big_recording.ts";
import { fixtureNames, fixturePath } from "../testing/corpus.ts";
import { HOSTILE_NAME, hostileRecording } from "../testing/hostile_recording.ts";
import { runCli } from "../testing/run_cli.ts";
import {
  assertFitsWidth,
  assertHarmless,
  browserTest,
  memoryOf,
  openFile,
  paintedPixels,
  screenshot,
  shownRange,
  type ViewOptions,
} from "./browser.ts";
import { buildViewer } from "./build.ts";

const MIB = 1 << 20;
const FOLDER = Deno.makeTempDirSync({ prefix: "auxtail-viewer-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));
const VIEWER = `${FOLDER}/auxtail.html`;
Deno.writeTextFileSync(VIEWER, await buildViewer());

function viewerTest(
  name: string,
  use: (page: Page) => Promise<void>,
  options?: ViewOptions,
): void {
  browserTest(`the viewer ${name}`, async (page) => {
    await openFile(page, VIEWER);
    await use(page);
  }, options);
}

/** Opens a recording by the picker, and waits until its report is complete. */
async function pick(page: Page, path: string): Promise<void> {
  await page.locator("#file").setInputFiles(path);
  await page.locator("#verdict").waitFor();
  await page.locator("#progress").waitFor({ state: "hidden" });
}

/** Drops files with these names and contents on the page. */
async function drop(page: Page, ...files: { name: string; bytes: Uint8Array }[]): Promise<void> {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, text } of files) {
      transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
    }
    return transfer;
  }, files.map(({ name, bytes }) => ({ name, text: bytes.toBase64() })));
  for (const type of ["dragenter", "dragover", "drop"]) {
    await page.locator("body").dispatchEvent(type, { dataTransfer: transfer });
  }
}

viewerTest("shows the report of a recording that is dropped", async (page) => {
  const bytes = Deno.readFileSync(fixturePath("aux_demo_exceeds.perf.data"));
  await drop(page, { name: "dropped.data", bytes });
  await page.locator('#verdict[data-verdict="exceeds"]').waitFor();
  await page.locator("#packet-kinds").waitFor();
  await page.locator("#progress").waitFor({ state: "hidden" });
  assertStringIncludes(await page.locator("h1").innerText(), "dropped.data");
  const { stdout } = await runCli(["replay", "testdata/aux_demo_exceeds.perf.data"]);
  const conclusion = await page.locator("#conclusion").innerText();
  assertStringIncludes(stdout.replace(/\s+/g, " "), conclusion.replace(/\s+/g, " ").trim());
  assert(await paintedPixels(page, "#chart canvas") > 1000);
  await screenshot(page, "viewer_1280");
});

viewerTest("opens every recording of the fixtures, one after the other", async (page) => {
  for (const name of fixtureNames(".replay.json")) {
    const { verdict } = JSON.parse(Deno.readTextFileSync(fixturePath(name)));
    await pick(page, fixturePath(name.replace(".replay.json", ".perf.data")));
    const shown = await page.locator("#verdict").getAttribute("data-verdict");
    assertEquals([name, shown], [name, verdict]);
    assertEquals(await page.locator("#failure").isVisible(), false);
  }
});

viewerTest("zooms to a flagged row", async (page) => {
  const path = `${FOLDER}/long.perf.data`;
  writeBigRecording(path, { size: 160 << 16, rings: 1 });
  await pick(page, path);
  const whole = await shownRange(page);
  await page.locator("#flagged tr[data-x]").nth(0).click();
  assertStringIncludes((await page.locator("#chart-readout").textContent())!, "0x100000000");
  assertNotEquals(await shownRange(page), whole);
});

viewerTest("shows the packets of a flagged tail's chunk", async (page) => {
  await pick(page, fixturePath("aux_demo_exceeds.perf.data"));
  const row = page.locator("#flagged tbody tr").nth(1);
  const offset = await row.locator("td").nth(2).innerText();
  const button = row.locator("button");
  await button.focus();
  await page.keyboard.press("Enter");
  await page.locator("#packet-rows tbody tr").first().waitFor();
  assertStringIncludes(await page.locator("#browser h3").innerText(), `the chunk at ${offset}`);
  assertEquals(await page.locator("#flagged tr.chosen").count(), 0);
  await page.keyboard.press("Escape");
  await page.locator("#chunks").waitFor();
  await page.keyboard.press("Escape");
  assert(await button.evaluate((element) => element === document.activeElement));
});

viewerTest("shows the packets of a chunk as auxtail packets prints them", async (page) => {
  const path = "testdata/aux_demo_fits.perf.data";
  const range = "0x400,0x7fd"; // the second chunk of queue 0: 1021 bytes after 1024
  const { stdout } = await runCli(["packets", "--queue", "0", "--range", range, path]);
  const expected = stdout.trimEnd().split("\n").slice(1).map(packetOf).filter((row) =>
    row !== null
  );
  assert(expected.length > 100);

  await pick(page, fixturePath("aux_demo_fits.perf.data"));
  await page.locator("#queues tr[data-queue] button").nth(0).click();
  await page.locator("#chunks tbody tr").nth(1).locator("button").click();
  await page.locator("#packet-rows tbody tr").first().waitFor();
  const shown: string[][] = [];
  for (;;) {
    shown.push(
      ...await page.locator("#packet-rows tbody tr").evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent!.trim()))
      ),
    );
    const next = page.locator('[data-do="next"]');
    if (await next.count() === 0) break;
    const first = await page.locator("#packet-rows tbody tr td").first().textContent();
    await next.click();
    await page.waitForFunction(
      (first) => document.querySelector("#packet-rows tbody tr td")?.textContent !== first,
      first,
    );
  }
  const rows = shown.map(([position, bytes, text]) =>
    [parseInt(position!), bytes!.replace(/\s/g, ""), text!.replace(/\s+/g, " ")] as const
  );
  assertEquals(rows, expected);
  await screenshot(page, "viewer_packets");

  await page.locator('[data-do="back"]').click();
  await page.locator("#chunks").waitFor();
  await page.locator('[data-do="close"]').click();
  assertEquals(await page.locator("#chunks").count(), 0);
});

/** Position, bytes and text of a line of `auxtail packets`; null for those that go on from the one before. */
function packetOf(line: string): readonly [number, string, string] | null {
  const [, position, bytes, text] = /^([0-9a-f]+): {2}((?:[0-9a-f]{2} )+) *(\S.*)?$/.exec(line) ??
    [];
  if (position === undefined || text === undefined) return null;
  return [parseInt(position, 16), bytes!.replace(/\s/g, ""), text.replace(/\s+/g, " ").trim()];
}

viewerTest("reads compressed recordings", async (page) => {
  await pick(page, fixturePath("aux_compressed.perf.data"));
  assertEquals(await page.locator("#verdict").getAttribute("data-verdict"), "exceeds");
});

viewerTest("says what is wrong with a file that it cannot read", async (page) => {
  await drop(page, {
    name: "notes.txt",
    bytes: new TextEncoder().encode("no recording\n".repeat(99)),
  });
  await page.locator("#failure").waitFor();
  const text = await page.locator("#failure").innerText();
  assertStringIncludes(text, "notes.txt");
  assertStringIncludes(text, "magic");
  assertEquals(await page.locator("#progress").isVisible(), false);

  await drop(page, { name: "a", bytes: new Uint8Array(1) }, {
    name: "b",
    bytes: new Uint8Array(1),
  });
  assertStringIncludes(await page.locator("#failure").innerText(), "2 files");
  await pick(page, fixturePath("aux_demo_fits.perf.data"));
  assertEquals(await page.locator("#failure").isVisible(), false);
});

viewerTest("shows what a hostile recording says as text", async (page) => {
  await drop(page, { name: HOSTILE_NAME, bytes: hostileRecording() });
  await page.locator("#verdict").waitFor();
  await page.locator("#progress").waitFor({ state: "hidden" });
  await assertHarmless(page);
});

viewerTest("is readable in a narrow window", async (page) => {
  await assertFitsWidth(page);
  await screenshot(page, "viewer_390_empty");
  await pick(page, fixturePath("aux_demo_exceeds.perf.data"));
  await assertFitsWidth(page);
  await screenshot(page, "viewer_390");
  await page.locator("#queues tr[data-queue] button").nth(0).click();
  await page.locator("#chunks [data-chunk]").nth(1).click({ position: { x: 40, y: 10 } });
  await page.locator("#packet-rows tbody tr").first().waitFor();
  await assertFitsWidth(page);
}, { width: 390, height: 844 });

viewerTest("is dark where the user prefers it", async (page) => {
  await pick(page, fixturePath("aux_demo_exceeds.perf.data"));
  await page.locator("#queues tr[data-queue] button").nth(0).click();
  await page.locator("#chunks").waitFor();
  await screenshot(page, "viewer_dark");
}, { dark: true });

viewerTest("reads 1 GiB in less than 300 MB, and answers within 200 ms", async (page) => {
  const path = `${FOLDER}/big.perf.data`;
  const { flaggedTails } = writeBigRecording(path, { size: 1024 * MIB });
  await page.locator("#file").setInputFiles(path);
  await page.locator("#queues tr[data-queue] button").nth(1).click();
  await page.locator("#chunks").waitFor();
  // One of ten may have to wait for another process of a busy machine, which may spoil a round.
  const rounds: number[][] = [];
  const isQuick = (delays: number[]) => delays.filter((delay) => delay <= 0.2).length >= 9;
  while (rounds.length < 3 && !rounds.some(isQuick)) {
    const delays: number[] = [];
    for (let chunk = 0; chunk < 10; chunk++) {
      delays.push(await secondsUntilPackets(page, chunk));
      await page.locator('[data-do="back"]').click();
      await page.locator("#chunks").waitFor();
    }
    assert(await page.locator("#bar").isVisible(), "all was decoded before the clicks");
    rounds.push(delays);
  }
  assert(rounds.some(isQuick), `${rounds.join(" s; ")} s`);

  const memory: number[] = [];
  while (await page.locator("#progress").isVisible()) {
    memory.push(await memoryOf(page));
    await page.locator("#progress").waitFor({ state: "hidden", timeout: 1000 }).catch(() => {});
  }
  assert(Math.max(...memory) < 300e6, `${memory} bytes`);
  assertEquals(await page.locator("#verdict").getAttribute("data-verdict"), "exceeds");
  const answer = await page.locator("#answer").innerText();
  assertStringIncludes(answer.replace(/\s/g, ""), `${flaggedTails}tails`);
  Deno.removeSync(path);
});

viewerTest("stops on Cancel, and shows packets all the same", async (page) => {
  const path = `${FOLDER}/long.perf.data`;
  writeBigRecording(path, { size: 512 * MIB });
  await page.locator("#file").setInputFiles(path);
  await page.locator("#verdict").waitFor();
  await page.locator("#cancel").click();
  assertEquals(await page.locator("#progress").isVisible(), false);
  assertStringIncludes(await page.locator("#packets").innerText(), "Cancelled");
  await page.locator("#queues tr[data-queue] button").nth(0).click();
  await page.locator("#chunks [data-chunk]").nth(2).click();
  await page.locator("#packet-rows tbody tr").first().waitFor();
  Deno.removeSync(path);
});

viewerTest("leaves the chart as it is when the packets have been counted", async (page) => {
  const path = `${FOLDER}/chart.perf.data`;
  writeBigRecording(path, { size: 512 * MIB });
  await page.locator("#file").setInputFiles(path);
  await page.locator("#verdict").waitFor();
  const whole = await shownRange(page);
  await page.locator("#queues tr[data-queue] input").nth(0).uncheck();
  await page.locator("input[data-mark]").first().uncheck();
  await page.locator("#chart-heads").uncheck();
  await page.locator("#flagged tr[data-x]").nth(2).click();
  const made = async () => ({
    range: await shownRange(page),
    queues: await page.locator("#chart-queues li").allInnerTexts(),
    fit: await page.locator("#chart-fit").getAttribute("aria-pressed"),
    marks: await page.locator("input[data-mark]:not(:checked)").count(),
    heads: await page.locator("#chart-heads").isChecked(),
    chosen: await page.locator("#flagged tr.chosen").innerText(),
  });
  const before = await made();
  assertNotEquals(before.range, whole);
  const readout = () => page.locator("#chart-readout").textContent();
  await page.mouse.move(0, 0);
  await page.locator("#flagged tr[data-x]").nth(2).press("Enter");
  const reading = await readout();
  assertStringIncludes(reading!, "0x1000");
  assert(await page.locator("#bar").isVisible(), "all was decoded before the clicks");
  await page.locator("#progress").waitFor({ state: "hidden" });
  await page.locator("#packet-kinds").waitFor();
  assertEquals(await readout(), reading);
  assertEquals(await made(), before);
  Deno.removeSync(path);
});

/** Clicks on a chunk, and measures in the page how long it takes until its packets are there. */
function secondsUntilPackets(page: Page, chunk: number): Promise<number> {
  return page.evaluate((chunk) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const start = performance.now();
    const observer = new MutationObserver(() => {
      if (document.querySelector("#packet-rows tbody tr") === null) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve((performance.now() - start) / 1000));
    });
    observer.observe(document.querySelector("#browser")!, { childList: true, subtree: true });
    document.querySelector<HTMLElement>(`#chunks [data-chunk="${chunk}"]`)!.click();
    return promise;
  }, chunk);
}
