import { assertEquals, assertThrows } from "@std/assert";
import { html } from "./html.ts";

Deno.test("html escapes text, in elements and in attributes", () => {
  const text = `<script>&amp;"'</script>`;
  assertEquals(
    `${html`<p title="${text}">${text}</p>`}`,
    '<p title="&lt;script&gt;&amp;amp;&quot;&#39;&lt;/script&gt;">' +
      "&lt;script&gt;&amp;amp;&quot;&#39;&lt;/script&gt;</p>",
  );
});

Deno.test("html joins lists, leaves out null, and escapes markup once", () => {
  const items = ["<", 1, 2n, null, html`<b>${"&"}</b>`];
  assertEquals(`${html`<p>${items}${null}</p>`}`, "<p>&lt;12<b>&amp;</b></p>");
});

Deno.test("html takes nothing for markup that only looks like it", () => {
  const copy = { toString: () => "<b>" } as unknown as string;
  assertEquals(`${html`${`${html`<b>`}`}`}`, "&lt;b&gt;");
  assertThrows(() => html`${copy}`, TypeError);
});

Deno.test("html shows characters that are not seen", () => {
  for (
    const [character, shown] of [
      ["\0", "\\x00"],
      ["\x1b", "\\x1b"],
      ["\n", "\\x0a"],
      ["\x85", "\\x85"],
      ["\u00ad", "\\xad"],
      ["\u061c", "\\u061c"],
      ["\u200b", "\\u200b"],
      ["\u202e", "\\u202e"],
      ["\u2028", "\\u2028"],
      ["\u2029", "\\u2029"],
      ["\u2066", "\\u2066"],
      ["\ufeff", "\\ufeff"],
      ["\ud800", "\\ud800"],
      ["\udc00x", "\\udc00x"],
      ["\u{e0041}", "\\u{e0041}"],
      ["\u00a0\u202f", "\u00a0\u202f"],
      ["é\u{1f600}", "é\u{1f600}"],
    ] as const
  ) {
    assertEquals(`${html`${character}`}`, shown);
  }
});
