import { assertEquals } from "@std/assert";
import { hex, isDecimal, jsonText, jsonValue } from "./mod.ts";

/**
 * Values and their JSON, written by hand. Objects of simple values are written in a quick way, so
 * that each object here has one kind of value.
 */
const OBJECTS: readonly (readonly [object, string])[] = [
  [{}, "{}"],
  [{ a: 1 }, '{"a":1}'],
  [{ a: 1, b: 2, c: 3 }, '{"a":1,"b":2,"c":3}'],
  [{ a: 0 }, '{"a":0}'],
  [{ a: -0.5 }, '{"a":-0.5}'],
  [{ a: 1e21 }, '{"a":9007199254740991,"saturated":true}'],
  [{ a: -1 }, '{"a":-1}'],
  [{ "2": 1, "1": 2, a: 3 }, '{"1":2,"2":1,"a":3}'],
  [{ d: true, e: false }, '{"d":true,"e":false}'],
  [{ c: null }, '{"c":null}'],
  [{ none: undefined }, "{}"],
  [{ none: undefined, a: 1 }, '{"a":1}'],
  [{ rest: NaN }, '{"rest":null}'],
  [{ rest: -Infinity }, '{"rest":null}'],
  // Positions: hexadecimal, whether small or large, a number or a bigint.
  [{ fileOffset: 0 }, '{"fileOffset":"0x0"}'],
  [{ fileOffset: 4096 }, '{"fileOffset":"0x1000"}'],
  [{ ip: 0n }, '{"ip":"0x0"}'],
  [{ ip: 0xffff_ffff_8100_0000n }, '{"ip":"0xffffffff81000000"}'],
  [{ low: -1n }, '{"low":"-0x1"}'],
  [{ low: -0xabcn }, '{"low":"-0xabc"}'],
  // Times: decimal strings.
  [{ timeNs: 0n }, '{"timeNs":"0"}'],
  [{ timeNs: 9223372036854775808n }, '{"timeNs":"9223372036854775808"}'],
  [{ ticks: 18446744073709551615n }, '{"ticks":"18446744073709551615"}'],
  // Counts: numbers, up to the largest that is exact.
  [{ count: 7n }, '{"count":7}'],
  [{ count: 0n }, '{"count":0}'],
  [{ size: 9007199254740990n }, '{"size":9007199254740990}'],
  [{ size: 9007199254740991n }, '{"size":9007199254740991,"saturated":true}'],
  [{ size: 9007199254740992n }, '{"size":9007199254740991,"saturated":true}'],
  [{ size: 18446744073709551615n }, '{"size":9007199254740991,"saturated":true}'],
  [{ a: 9007199254740990 }, '{"a":9007199254740990}'],
  [{ a: 9007199254740991 }, '{"a":9007199254740991,"saturated":true}'],
  [{ a: 9007199254740992 }, '{"a":9007199254740991,"saturated":true}'],
  [{ a: 1, size: 2n ** 60n, b: 2 }, '{"a":1,"size":9007199254740991,"b":2,"saturated":true}'],
  // Bytes.
  [{ data: new Uint8Array([0, 1, 10, 15, 16, 171, 255]) }, '{"data":"00010a0f10abff"}'],
  [{ data: new Uint8Array(0) }, '{"data":""}'],
  [{ regs: new Uint16Array([1, 65535]) }, '{"regs":[1,65535]}'],
  [{ regs: new BigUint64Array([1n, 16n]) }, '{"regs":["0x1","0x10"]}'],
  // What is inside of others. The items of a list are what the list is.
  [{ list: [1, "a", null, true, 16n] }, '{"list":[1,"a",null,true,"0x10"]}'],
  [{ ids: [16n, 17n], stack: [16n] }, '{"ids":[16,17],"stack":["0x10"]}'],
  [{ in: { fileOffset: 16, size: 3n } }, '{"in":{"fileOffset":"0x10","size":3}}'],
  [
    { in: { size: 2n ** 53n }, size: 1n },
    '{"in":{"size":9007199254740991,"saturated":true},"size":1}',
  ],
  [
    { a: 1, in: { pid: 2, id: 3n, timeNs: 4n, cpu: null, deep: {} }, b: "c" },
    '{"a":1,"in":{"pid":2,"id":3,"timeNs":"4","cpu":null,"deep":{}},"b":"c"}',
  ],
  [{ a: 1, in: { text: "\u202e" } }, '{"a":1,"in":{"text":"\\u202e"}}'],
  [{ in: [{ ip: 255n }, {}, []] }, '{"in":[{"ip":"0xff"},{},[]]}'],
  // Text.
  [{ text: "" }, '{"text":""}'],
  [{ text: "text ~!#[]^" }, '{"text":"text ~!#[]^"}'],
  [{ text: 'a"b' }, '{"text":"a\\"b"}'],
  [{ text: "a\\b" }, '{"text":"a\\\\b"}'],
  [{ text: "\n\t\u0000\u001b" }, '{"text":"\\n\\t\\u0000\\u001b"}'],
  [{ 'k"': 1 }, '{"k\\"":1}'],
  [{ "k\u2028": 1 }, '{"k\\u2028":1}'],
  [{ text: "é\u{1f600}" }, '{"text":"é\u{1f600}"}'],
];

const LISTS: readonly (readonly [unknown, string])[] = [
  [new Uint8Array([1, 255]), '"01ff"'],
  [new Uint32Array([1, 255]), "[1,255]"],
  [[1n, 2n], '["0x1","0x2"]'],
  [["a", { size: 1n }], '["a",{"size":1}]'],
  [[], "[]"],
  [null, "null"],
  [5, "5"],
  [16n, '"0x10"'],
  ["\u009b", '"\\u009b"'],
  [2 ** 60, "9007199254740991"],
];

Deno.test("jsonText() writes values as the form of JSON says", () => {
  for (const [value, expected] of [...OBJECTS, ...LISTS]) {
    assertEquals(jsonText(value), expected);
    assertEquals(JSON.parse(JSON.stringify(jsonValue(value))), JSON.parse(expected));
  }
});

Deno.test("jsonText() indents what it writes, if asked", () => {
  assertEquals(jsonText({ a: 1, ip: 16n }, 2), '{\n  "a": 1,\n  "ip": "0x10"\n}');
  assertEquals(jsonText({ a: [1] }, 1), '{\n "a": [\n  1\n ]\n}');
  assertEquals(jsonText({ a: 1 }, 0), '{"a":1}');
  for (const [value, expected] of OBJECTS) {
    assertEquals(
      JSON.stringify(JSON.parse(jsonText(value, 3))),
      JSON.stringify(JSON.parse(expected)),
    );
  }
});

Deno.test("jsonText() escapes what a terminal acts on, and nothing beside it", () => {
  const escaped = [
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x34f, 0x34f],
    [0x600, 0x605],
    [0x61c, 0x61c],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0x3164, 0x3164],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
  ] as const;
  for (const [first, last] of escaped) {
    for (let code = first; code <= last; code++) {
      const text = `\\u${`000${code.toString(16)}`.slice(-4)}`;
      const unit = String.fromCharCode(code);
      assertEquals(jsonText({ text: `a${unit}${unit}` }), `{"text":"a${text}${text}"}`);
      assertEquals(jsonText({ [`a${unit}`]: 1 }), `{"a${text}":1}`);
      assertEquals(jsonText([unit]), `["${text}"]`);
    }
    for (const code of [first - 1, last + 1]) {
      const unit = String.fromCharCode(code);
      assertEquals(jsonText({ text: unit }), `{"text":"${unit}"}`);
    }
  }
});

Deno.test("isDecimal() knows counts and times", () => {
  for (const key of ["count", "auxSize", "ids", "weight", "size", "timeNs", "Ns", "ticks"]) {
    assertEquals([key, isDecimal(key)], [key, true]);
  }
  for (const key of ["ip", "fileOffset", "addr", "time", "nsTime", "tail", ""]) {
    assertEquals([key, isDecimal(key)], [key, false]);
  }
});

Deno.test("hex() writes the sign before 0x", () => {
  assertEquals([0, 255, 2 ** 40].map(hex), ["0x0", "0xff", "0x10000000000"]);
  assertEquals([0n, 255n, 2n ** 64n - 1n].map(hex), ["0x0", "0xff", "0xffffffffffffffff"]);
  assertEquals([-1, -16].map(hex), ["-0x1", "-0x10"]);
  assertEquals([-1n, -16n].map(hex), ["-0x1", "-0x10"]);
});

Deno.test("jsonValue() marks positions in a file that stop at 2^53 - 1", () => {
  const most = Number.MAX_SAFE_INTEGER;
  assertEquals(jsonValue({ fileOffset: most - 1 }), { fileOffset: "0x1ffffffffffffe" });
  for (const fileOffset of [most, 2 ** 64]) {
    assertEquals(jsonValue({ fileOffset }), { fileOffset: "0x1fffffffffffff", saturated: true });
  }
});
