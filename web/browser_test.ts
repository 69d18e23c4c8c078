import { assertRejects } from "@std/assert";
import { hasBrowser, openFile, withPage } from "./browser.ts";

const FOLDER = Deno.makeTempDirSync({ prefix: "auxtail-browser-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));

/** What a page can do wrong, and what is said of it. */
const MISDEEDS: readonly [name: string, html: string, message: string][] = [
  ["an error on the console", `<script>console.error("oh")</script>`, "console error: oh"],
  ["a script that throws", `<script>throw new Error("oh")</script>`, "thrown: Error: oh"],
  [
    "a rejected promise",
    `<body><script>
      onunhandledrejection = () => document.body.append("done");
      Promise.reject(new Error("oh"));
    </script>`,
    "thrown: Error: oh",
  ],
  ["a dialog", `<script>alert("oh")</script>`, "dialog: oh"],
  [
    "a forbidden script",
    `<meta http-equiv="Content-Security-Policy" content="script-src 'none'"><script>1</script>`,
    "Content Security Policy",
  ],
  ["an image from the network", `<img src="https://example.org/a.png">`, "request https://example"],
  [
    "a request of a Worker",
    `<script>
      const program = 'fetch("https://example.org/").catch(() => postMessage(1))';
      const worker = new Worker(URL.createObjectURL(new Blob([program])));
      worker.onmessage = () => document.body.append("done");
    </script><body>`,
    "request https://example",
  ],
];

for (const [name, html, message] of MISDEEDS) {
  Deno.test({
    name: `withPage() fails on ${name}`,
    ignore: !hasBrowser(),
    async fn() {
      const path = `${FOLDER}/page.html`;
      Deno.writeTextFileSync(path, html);
      await assertRejects(
        () =>
          withPage(async (page) => {
            await openFile(page, path);
            if (html.includes("done")) await page.getByText("done").waitFor();
          }),
        Error,
        message,
      );
    },
  });
}
