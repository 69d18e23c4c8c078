import { assertEquals } from "@std/assert";
import { Palette, watchColours } from "./palette.ts";

/** A page whose colours, scheme and class can be changed. */
const page = {
  colours: new Map([["--ink", " #111 "]]),
  reads: 0,
  classes: new Set<string>(),
  scheme: new EventTarget(),
};

Object.assign(globalThis, {
  document: {
    documentElement: {
      classList: {
        toggle: (name: string, on: boolean) => page.classes[on ? "add" : "delete"](name),
      },
    },
  },
  getComputedStyle: (element: unknown) => {
    assertEquals(element, document.documentElement);
    page.reads++;
    return { getPropertyValue: (name: string) => page.colours.get(name) ?? "" };
  },
  matchMedia: (query: string) => {
    assertEquals(query, "(prefers-color-scheme: dark)");
    return page.scheme;
  },
});

Deno.test("Palette reads a colour once, until it is to forget", () => {
  const palette = new Palette();
  page.reads = 0;
  assertEquals([palette.get("ink"), palette.get("ink"), palette.get("none")], ["#111", "#111", ""]);
  assertEquals(page.reads, 2);
  page.colours.set("--ink", "#eee");
  assertEquals(palette.get("ink"), "#111");
  palette.forget();
  assertEquals(palette.get("ink"), "#eee");
});

Deno.test("watchColours() tells of the theme and of printing, until it is stopped", () => {
  const stop = new AbortController();
  const printing: boolean[] = [];
  watchColours(() => printing.push(page.classes.has("printing")), stop.signal);
  const all = () => {
    page.scheme.dispatchEvent(new Event("change"));
    dispatchEvent(new Event("beforeprint"));
    dispatchEvent(new Event("afterprint"));
  };
  all();
  assertEquals(printing, [false, true, false]);
  stop.abort();
  all();
  assertEquals(printing.length, 3);
});
