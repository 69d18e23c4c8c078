import { assertEquals } from "@std/assert";
import { EventSyntaxError } from "./event_syntax_error.ts";

function suggested(actual: string, ...candidates: string[]): string | undefined {
  const { message } = new EventSyntaxError({
    text: "t",
    position: 3,
    expected: "an event",
    actual,
    candidates,
  });
  return /; did you mean (.*)\?$/.exec(message)?.[1];
}

// Distances are counted by hand: letters added, dropped or changed.
Deno.test("EventSyntaxError suggests what is at most a third of the word away, or two letters", () => {
  assertEquals(suggested("abcdefghi", "abcdefXXX"), "abcdefXXX"); // 3 of 9
  assertEquals(suggested("abcdefghi", "abcdeXXXX"), undefined); // 4
  assertEquals(suggested("abcdefgh", "abcdeXXX"), undefined); // 3 of 8
  assertEquals(suggested("abcdefgh", "abcdefXX"), "abcdefXX");
  assertEquals(suggested("abc", "aXX"), "aXX"); // two letters of three
  assertEquals(suggested("abc", "XXX"), undefined);
  assertEquals(suggested("abc", "abcde"), "abcde");
  assertEquals(suggested("abcde", "abc"), "abc");
  assertEquals(suggested("abc", "abcdef"), undefined);
  assertEquals(suggested("bcd", "abc"), "abc"); // one dropped, one added
});

Deno.test("EventSyntaxError suggests the nearest, the first of equals, whatever its case", () => {
  assertEquals(suggested("cycels", "cycle", "cycles", "bicycles"), "cycle");
  assertEquals(suggested("abcd", "abXX", "abcX", "Xbcd"), "abcX");
  assertEquals(suggested("MEM-LOADS", "mem-load"), "mem-load");
  assertEquals(suggested("ab", "xy"), undefined); // no letter would stay
  assertEquals(suggested("", "a", "ab"), undefined);
  assertEquals(suggested("abc"), undefined);
});

Deno.test("EventSyntaxError says what was there instead, or nothing", () => {
  const error = (actual: string) =>
    new EventSyntaxError({ text: "t", position: 3, expected: "an event", actual, candidates: [] });
  assertEquals(error("x").message, 'Cannot parse events "t" at 3: expected an event, got "x"');
  assertEquals(error("").message, 'Cannot parse events "t" at 3: expected an event, got nothing');
  assertEquals(error("x").position, 3);
});
