/**
 * Opens pages from disk in Chromium, and fails where a page misbehaves.
 *
 * @module
 */

import { chromium, type Page } from "playwright-core";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { HOSTILE, HOSTILE_NAME } from "../testing/hostile_recording.ts";

/** Debian's `chromium`. */
const PROGRAM = "/usr/bin/chromium";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Milliseconds that a page may take for one answer on a slow machine. */
const PATIENCE = 60_000;

/** Whether Chromium is there; says that tests are skipped if not, and throws then in CI. */
export function hasBrowser(): boolean {
  try {
    Deno.statSync(PROGRAM);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || Deno.env.get("CI") === "true") throw error;
    Deno.stdout.writeSync(new TextEncoder().encode(`Skipped: no ${PROGRAM}\n`));
    return false;
  }
}

/** How a page is shown. */
export interface ViewOptions {
  /** Width of the window in CSS pixels; 1280 unless given. */
  readonly width?: number;
  /** Height of the window; 900 unless given. */
  readonly height?: number;
  /** Whether the user prefers dark pages. */
  readonly dark?: boolean;
}

/** Declares a test that uses a page, where Chromium is there. */
export function browserTest(
  name: string,
  use: (page: Page) => Promise<void>,
  options: ViewOptions = {},
): void {
  Deno.test({
    name,
    ignore: !hasBrowser(),
    fn: () => withPage(use, options),
  });
}

/**
 * Lends a page of a new Chromium with a profile of its own, without a network, and closes it.
 *
 * @throws {AssertionError} If there was an error on the console, a script that threw, a dialog, a
 * second page, or a request for anything that is not a file, a `data:` or a `blob:`.
 */
export async function withPage(
  use: (page: Page) => Promise<void>,
  { width = 1280, height = 900, dark = false }: ViewOptions = {},
): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "auxtail-chromium-" });
  const problems: string[] = [];
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: PROGRAM,
      args: FLAGS,
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      offline: true,
      acceptDownloads: false,
    });
    try {
      context.setDefaultTimeout(PATIENCE);
      const [page = await context.newPage()] = context.pages();
      context.on("request", (request) => {
        if (!/^(?:file|data|blob):/.test(request.url())) problems.push(`request ${request.url()}`);
      });
      context.on("page", (other) => problems.push(`page ${other.url()}`));
      context.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
          problems.push(`console ${message.type()}: ${message.text()}`);
        }
      });
      context.on("weberror", (error) => problems.push(`thrown: ${error.error()}`));
      page.on("dialog", async (dialog) => {
        problems.push(`dialog: ${dialog.message()}`);
        await dialog.dismiss();
      });
      await use(page);
    } catch (error) {
      throw problems.length > 0 ? new Error(problems.join("\n"), { cause: error }) : error;
    } finally {
      await context.close();
    }
  } finally {
    await Deno.remove(profile, { recursive: true });
  }
  assertEquals(problems, []);
}

/** Opens a file. */
export async function openFile(page: Page, path: string): Promise<void> {
  await page.goto(`file://${encodeURI(path)}`);
}

/** Keeps a picture of the whole page in the folder `AUXTAIL_SHOTS`, if that is set. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("AUXTAIL_SHOTS");
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** Counts the pixels of a canvas that are not transparent. */
export function paintedPixels(page: Page, selector: string): Promise<number> {
  return page.locator(selector).first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const image = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return image.data.filter((value, index) => index % 4 === 3 && value > 0).length;
  });
}

/** Where the chart begins and ends, as it says itself to a pointer at its edges. */
export async function shownRange(page: Page): Promise<[from: string, to: string]> {
  const over = page.locator("#chart-plot .u-over");
  const { width, height } = (await over.boundingBox())!;
  const places: string[] = [];
  for (const x of [1, width - 2]) {
    await over.hover({ position: { x, y: height / 2 }, force: true });
    const text = await page.locator("#chart-readout").textContent();
    places.push(/^[^,:]*/.exec(text!)![0]);
  }
  return [places[0]!, places[1]!];
}

/** Checks that nobody has to scroll the page sideways. */
export async function assertFitsWidth(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assertEquals(content, window);
}

/** Mean of red, green and blue of a colour of the page; that of white where it has none. */
export function brightness(page: Page, property: string): Promise<number> {
  return page.locator("body").evaluate((body, property) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = getComputedStyle(body)
      .getPropertyValue(property).match(/[\d.]+/g)!.map(Number);
    return alpha === 0 ? 255 : (red + green + blue) / 3;
  }, property);
}

/** Memory of all processes that show pages, in bytes: what they alone hold. */
export async function memoryOf(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return processInfo.filter(({ type }) => type === "renderer")
      .map(({ id }) => privateBytes(id)).reduce((a, b) => a + b, 0);
  } finally {
    await session.detach();
  }
}

/** Source: proc(5), /proc/pid/smaps_rollup. */
function privateBytes(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return [...text.matchAll(/^Private_\w+: +(\d+) kB$/gm)]
    .reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}

/** Checks a page that shows the hostile recording. */
export async function assertHarmless(page: Page): Promise<void> {
  assertEquals(await page.locator("#verdict").getAttribute("data-verdict"), "exceeds");
  const text = await page.locator("main").evaluate((element) => element.textContent);
  for (const said of [HOSTILE_NAME, ...Object.values(HOSTILE)]) assertStringIncludes(text!, said);
  const found = await page.evaluate(() => ({
    ran: "ran" in globalThis,
    elements: document.querySelectorAll("img, iframe, object, base, a[href^=javascript]").length,
    handlers:
      [...document.querySelectorAll("*")].filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith("on"))
      ).length,
    visible: document.querySelector("#verdict")!.getClientRects().length > 0,
  }));
  assertEquals(found, { ran: false, elements: 0, handlers: 0, visible: true });
}
