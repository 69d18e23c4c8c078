import { html } from "./html.ts";

/** What a page consists of. Texts of scripts and styles are ours, or a library's. */
export interface PageParts {
  /** Escaped. */
  readonly title: string;
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  /** What the page may do besides running its own scripts, by its Content-Security-Policy. */
  readonly policy?: readonly string[];
  /** Markup of the body, before the scripts. */
  readonly body: string;
  /** A text that the scripts read, in an element of its own. */
  readonly data: { readonly id: string; readonly type: string; readonly text: string };
}

/**
 * Makes one HTML document that needs nothing else, and may do nothing else.
 *
 * Its Content-Security-Policy names the scripts and the styles by their hashes; it allows no
 * others, and no request.
 *
 * @throws {RangeError} If a text would end its element.
 */
export async function pageDocument({ title, body, data, ...parts }: PageParts): Promise<string> {
  const scripts = parts.scripts.map(inlineText);
  const styles = parts.styles.map(inlineText);
  const policy = [
    "default-src 'none'",
    `script-src ${await hashSources(scripts)}`,
    `style-src ${await hashSources(styles)}`,
    ...parts.policy ?? [],
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
${html`<meta http-equiv="Content-Security-Policy" content="${policy}">`}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
${html`<title>${title}</title>`}
${styles.map((style) => `<style>${style}</style>`).join("\n")}
</head>
<body>
${body}
<script type="${data.type}" id="${data.id}">${inlineText(data.text)}</script>
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
</body>
</html>
`;
}

/** Prepares the text of a script or a style for its element: as a parser of HTML hands it on. */
function inlineText(text: string): string {
  if (/<\/(?:script|style)|<!--/i.test(text)) {
    throw new RangeError("Cannot put a text into a page: it has the end of its own element");
  }
  return text.replace(/\r\n?/g, "\n");
}

/** Names texts by their hashes, as sources of a Content-Security-Policy. */
async function hashSources(texts: readonly string[]): Promise<string> {
  const digests = texts.map(async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
  });
  return (await Promise.all(digests)).join(" ");
}
