/**
 * Builds the viewer: one page without anything beside it, `web/dist/auxtail.html`.
 *
 * Run: `deno task web`.
 *
 * @module
 */

import { bundleProgram } from "../_tools/embed.ts";
import { viewerPage } from "./viewer/page.ts";

const UPLOT = "npm:uplot@1.6.32";

/** Makes the text of the page. */
export async function buildViewer(): Promise<string> {
  const chartScript = await uplotText("uPlot.iife.min.js");
  const chartStyle = await uplotText("uPlot.min.css");
  // One after the other: two that fetch the bundler at the same time get in each other's way.
  const client = await bundleProgram("web/viewer/main.ts");
  const worker = await bundleProgram("web/viewer/worker.ts");
  return await viewerPage({ chartScript, chartStyle, client, worker });
}

/** Text of a file of uPlot; of a package that was not yet used, only modules can be imported. */
async function uplotText(name: string): Promise<string> {
  const facts: string = `${UPLOT}/package.json`;
  await import(facts, { with: { type: "json" } });
  const file: string = `${UPLOT}/dist/${name}`;
  const { default: text }: { default: string } = await import(file, { with: { type: "text" } });
  return text;
}

if (import.meta.main) {
  const page = await buildViewer();
  const folder = new URL("dist/", import.meta.url);
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(new URL("auxtail.html", folder), page);
  const size = `${(page.length / 1000).toFixed(0)} kB`;
  Deno.stdout.writeSync(new TextEncoder().encode(`web/dist/auxtail.html: ${size}\n`));
}
