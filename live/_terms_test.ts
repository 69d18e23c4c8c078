import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fakeFiles, fakePmu } from "../testing/fake_files.ts";
import { ARM_SPE, CPU, CS_ETM, INTEL_PT } from "../testing/fake_pmus.ts";
import { parseEvents } from "./event_syntax.ts";
import { EventSyntaxError } from "./event_syntax_error.ts";

const FILES = fakeFiles({
  ...INTEL_PT,
  ...ARM_SPE,
  ...CS_ETM,
  ...CPU,
  ...fakePmu("odd", {
    type: "30",
    "format/event": "config:8-15",
    "format/low": "config:0-3",
    "format/top": "config:63",
    "format/beyond": "config:64",
    "format/backwards": "config:5-4",
    "format/five": "config5:0",
    "format/four": "config4:60-63",
    "format/pair": "config1:0,63",
    "events/words": "config=0x10,config1=2,config3=0x18,config4=4,low=5",
    "events/both": "event=0x1,low=2",
    "events/unknown": "event=0x1,high=2",
    "events/large": "low=16",
    "events/tool": "period=5",
  }),
});

function one(text: string) {
  const [event, second] = parseEvents(text, FILES);
  assertEquals(second, undefined);
  return event!;
}

function refuse(text: string, position: number, message: RegExp): void {
  const error: EventSyntaxError = assertThrows(() => parseEvents(text, FILES), EventSyntaxError);
  assertMatch(error.message, message);
  assertEquals([text, error.position], [text, position]);
}

const U32 = 2n ** 32n - 1n;
const U64 = 2n ** 64n - 1n;

Deno.test("parseEvents() takes the terms for the tool up to their highest value", () => {
  // perf-record(1): sizes and counts of 32 bits, max-stack of 16 as in the attribute
  const highest: Record<string, [term: string, most: bigint]> = {
    "period": ["period", U64],
    "freq": ["freq", U32],
    "stack-size": ["stackSize", U32],
    "max-stack": ["maxStack", 65535n],
    "nr": ["maxEvents", U32],
    "aux-sample-size": ["auxSampleSize", U32],
  };
  for (const [name, [key, most]] of Object.entries(highest)) {
    const { terms } = one(`cs/${name}=${most}/`);
    const value = (terms as Record<string, unknown>)[key];
    assertEquals([name, BigInt(value as number)], [name, most]);
    refuse(`cs/${name}=${most + 1n}/`, 3, new RegExp(`expected ${name} to be 0 to ${most},`));
  }
});

Deno.test("parseEvents() reads flags with and without a value, and their opposites", () => {
  const values: Record<string, [term: string, value: boolean]> = {
    "inherit": ["inherit", true],
    "inherit=0": ["inherit", false],
    "no-inherit": ["inherit", false],
    "no-inherit=0": ["inherit", true],
    "overwrite=1": ["overwrite", true],
    "overwrite=0": ["overwrite", false],
    "no-overwrite": ["overwrite", false],
    "no-overwrite=0": ["overwrite", true],
    "aux-output=0": ["auxOutput", false],
    "time": ["time", true],
    "time=0x0": ["time", false],
  };
  for (const [text, [key, value]] of Object.entries(values)) {
    const { terms } = one(`cs/${text}/`);
    assertEquals([text, { [key]: (terms as Record<string, unknown>)[key] }], [text, {
      [key]: value,
    }]);
  }
  for (const name of ["inherit", "no-inherit", "time", "overwrite", "no-overwrite", "aux-output"]) {
    refuse(`cs/${name}=2/`, 3, /to be 0 to 1, got "2"/);
  }
});

Deno.test("parseEvents() reads actions for AUX areas", () => {
  // perf_event.h: aux_start_paused, aux_pause, aux_resume
  for (const [word, action] of [["pause", "pause"], ["resume", "resume"]]) {
    assertEquals(one(`cs/aux-action=${word}/`).attr.auxAction as string | undefined, action);
  }
  refuse("cs/aux-action=stop/", 3, /expected pause, resume, start-paused, got "stop"/);
  refuse("cs/aux-action/", 3, /aux-action=TEXT/);
  refuse("cs/name=/", 3, /name=TEXT/);
  refuse("cs/call-graph=''/", 3, /call-graph=TEXT/);
});

Deno.test("parseEvents() tells where a term starts, after blanks too", () => {
  refuse("intel_pt/ cyc , mtc_period=16/", 16, /to be 0 to 15/);
  refuse("intel_pt/cyc,  mtc=2/", 15, /to be 0 to 1/);
  refuse("cs,intel_pt/cyc,?/", 16, /expected a term, got "\?"/);
  refuse("intel_pt/cyc=1 2/", 9, /cyc=NUMBER, got "1 2"/);
  refuse("intel_pt/cyc=0b1/", 9, /cyc=NUMBER/);
  refuse("intel_pt/cyc=-1/", 9, /cyc=NUMBER/);
  assertEquals(one("cs/ period = 7 , name = 'a / b' /").terms.period, 7n);
  assertEquals(one("cs/ period = 7 , name = 'a, b'/").name, "a, b");
});

Deno.test("parseEvents() clears the bits of a term that is given again, and no others", () => {
  // split is bits 0-7 and 32-35 of config: 0xabc is 0xbc below and 0xa above.
  assertEquals(
    one("cpu/config=0xffffffffffffffff,split=0xabc/").attr.config,
    U64 - 0xf_0000_00ffn +
      0xa_0000_00bcn,
  );
  assertEquals(one("cpu/split=0xfff,split=0/").attr.config, 0n);
  refuse("cpu/split=0x1000/", 4, /split to be 0 to 4095 \(config:0-7,32-35\)/);
  assertEquals(one("odd/top=1/").attr.config, 2n ** 63n);
  assertEquals(one("odd/pair=3/").attr.config1, 2n ** 63n + 1n);
  assertEquals(one("odd/pair=2/").attr.config1, 2n ** 63n);
  assertEquals(one("odd/four=15/").attr.config4, 15n << 60n);
  for (const name of ["beyond", "backwards", "five"]) {
    refuse(`odd/${name}/`, 4, /expected a term whose format is bits of config/);
  }
});

Deno.test("parseEvents() takes each word of config in full", () => {
  for (const word of ["config", "config1", "config2", "config3", "config4"] as const) {
    assertEquals(one(`cpu/${word}=${U64}/`).attr[word], U64);
    refuse(`cpu/${word}=${U64 + 1n}/`, 4, new RegExp(`${word} to be 0 to ${U64},`));
  }
});

Deno.test("parseEvents() applies the terms of a PMU's own event, at the place of its name", () => {
  const { config, config1, config3, config4 } = one("odd/words/").attr;
  assertEquals([config, config1, config3, config4], [0x15n, 2n, 0x18n, 4n]);
  assertEquals(one("odd/both/").attr.config, 0x102n);
  assertEquals(one("odd/event=both/").attr.config, 0x102n);
  assertEquals(one("odd/event=0x3,low=1/").attr.config, 0x301n);
  assertEquals(one("odd/low=1,both/").attr.config, 0x102n);
  refuse("odd/low,unknown/", 8, /expected a known term, got "high"/);
  refuse("odd/low,large/", 8, /expected low to be 0 to 15 \(config:0-3\), got "16"/);
  refuse("odd/tool/", 4, /expected a known term, got "period"/);
  refuse("odd/both=1/", 4, /expected a known term \(.*\bboth\b.*\), got "both"/);
  refuse("odd/event=bath/", 4, /NUMBER/);
  refuse("cs/both/", 3, /expected a known term, got "both"/);
});

Deno.test("parseEvents() knows sinks only where a PMU has some", () => {
  refuse("cs/@tmc_etr0/", 3, /a sink only for a PMU that has sinks, got "@tmc_etr0"/);
  refuse(
    "intel_pt/@tmc_etr0/",
    9,
    /expected a sink \(none: this PMU has no sinks\), got "tmc_etr0"/,
  );
  refuse("cs_etm/@tmc_etr1/", 7, /did you mean @tmc_etr0\?$/);
});
