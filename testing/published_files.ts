import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

/** What would be published. */
export interface Published {
  /** Paths from the project's root. */
  readonly files: readonly string[];
  /** In which modules how many imports have names that Deno cannot know. */
  readonly computed: ReadonlyMap<string, number>;
}

/** Asks Deno what it would publish. */
export async function publishedFiles(): Promise<Published> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check", "--allow-slow-types"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(success, true, text);
  const files = [...text.matchAll(/^ +(file:\S+) \(/gm)].map(([, url = ""]) =>
    decodeURIComponent(url.slice(root.href.length))
  );
  const computed = new Map<string, number>();
  const warning = /^warning\[unanalyzable-dynamic-import\].*\n +--> (.*):\d+:\d+$/gm;
  for (const [, path = ""] of text.matchAll(warning)) {
    const file = path.slice(decodeURIComponent(root.pathname).length);
    computed.set(file, (computed.get(file) ?? 0) + 1);
  }
  return { files, computed };
}
