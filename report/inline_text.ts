/**
 * Prepares the text of a script or a style for its element: as a parser of HTML hands it on.
 *
 * @throws {RangeError} If it would end the element.
 */
export function inlineText(text: string): string {
  if (/<\/(?:script|style)|<!--/i.test(text)) {
    throw new RangeError("Cannot put a text into a page: it has the end of its own element");
  }
  return text.replace(/\r\n?/g, "\n");
}

/** Names texts by their hashes, as sources of a Content-Security-Policy. */
export async function hashSources(texts: readonly string[]): Promise<string> {
  const digests = texts.map(async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
  });
  return (await Promise.all(digests)).join(" ");
}
