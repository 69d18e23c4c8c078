import { assertEquals } from "@std/assert";
import { oracleTest } from "../../testing/corpus.ts";
import { BLOCK_ENDS, BLOCK_STAYS } from "../../testing/pt_cases.ts";
import * as pt from "../../testing/pt_packets.ts";
import { perfPayloadLines } from "../../testing/payload_dump.ts";
import { payloadBytes, printedLines } from "../../testing/printed_packets.ts";
import { FACTS } from "../../testing/parts_decoding.ts";
import { payloadFormat } from "../../packets/mod.ts";

/** A packet of each kind and form, and what perf prints of it. */
const PACKETS: readonly (readonly [hex: string, text: string])[] = [
  ["02 82 02 82 02 82 02 82 02 82 02 82 02 82 02 82", "PSB"],
  ["04", "TNT N (1)"],
  ["06", "TNT T (1)"],
  ["b8", "TNT NTTTNN (6)"],
  ["02 a3 03 00 00 00 00 00", "TNT T (1)"],
  ["02 a3 01 00 00 00 00 80", `TNT ${"N".repeat(46)}T (47)`],
  ["0d", "TIP no ip"],
  ["2d 01 02", "TIP 0x201"],
  ["4d 01 02 03 04", "TIP 0x4030201"],
  ["6d 01 02 03 04 05 06", "TIP 0x60504030201"],
  ["8d 01 02 03 04 05 86", "TIP 0x860504030201"],
  ["cd 01 02 03 04 05 06 07 08", "TIP 0x807060504030201"],
  ["31 01 02", "TIP.PGE 0x201"],
  ["01", "TIP.PGD no ip"],
  ["41 01 02 03 04", "TIP.PGD 0x4030201"],
  ["7d 00 d3 60 b9 ff ff", "FUP 0xffffb960d300"],
  ["02 43 02 04 06 08 0a 0c", "PIP 0x60504030201 (NR=0)"],
  ["02 43 03 04 06 08 0a fc", "PIP 0x7e0504030201 (NR=1)"],
  ["99 00", "MODE.Exec IF:0 16"],
  ["99 05", "MODE.Exec IF:1 64"],
  ["99 02", "MODE.Exec IF:0 32"],
  ["99 21", "MODE.TSX TXAbort:0 InTX:1"],
  ["99 22", "MODE.TSX TXAbort:1 InTX:0"],
  ["02 83", "TraceSTOP"],
  ["02 03 12 00", "CBR 0x12"],
  ["19 01 02 03 04 05 06 07", "TSC 0x7060504030201"],
  ["59 12", "MTC 0x12"],
  ["02 73 80 c0 00 ff 01", "TMA CTC 0xc080 FC 0x1ff"],
  ["03", "CYC 0x0"],
  ["ff fe", "CYC 0xfff"],
  ["07 01 01 01 01 02", "CYC 0x200000000"],
  ["02 c8 01 02 03 04 05", "VMCS 0x504030201"],
  ["02 f3", "OVF"],
  ["02 23", "PSBEND"],
  ["02 c3 88 01 02 03 04 05 06 07 00", "MNT 0x7060504030201"],
  ["02 12 01 02 03 04", "PTWRITE 0x4030201 IP:0"],
  ["02 b2 01 02 03 04 05 06 07 08", "PTWRITE 0x807060504030201 IP:1"],
  ["02 62", "EXSTOP IP:0"],
  ["02 e2", "EXSTOP IP:1"],
  ["02 c2 ff 02 03 04 07 06 07 08", "MWAIT 0x8070607040302ff Hints 0xff Extensions 0x3"],
  ["02 22 80 34", "PWRE 0x3480 HW:1 CState:3 Sub-CState:4"],
  ["02 a2 01 02 03 04 05", "PWRX 0x504030201 Last CState:0 Deepest CState:1 Wake Reason 0x2"],
  ["02 63 00", "BBP SZ 8-byte Type 0x0"],
  ["0c 01 02 03 04 05 06 07 08", "BIP ID 0x01 Value 0x807060504030201"],
  ["02 33", "BEP IP:0"],
  ["02 63 9f", "BBP SZ 4-byte Type 0x1f"],
  ["fc 01 02 03 04", "BIP ID 0x1f Value 0x4030201"],
  ["02 b3", "BEP IP:1"],
  ["02 13 01 03", "CFE IP:0 Type 0x01 Vector 0x3"],
  ["02 13 9f ff", "CFE IP:1 Type 0x1f Vector 0xff"],
  ["02 53 09 01 02 03 04 05 06 07 00", "EVD Type 0x09 Payload 0x7060504030201"],
  ["00", "PAD"],
];

const BYTES = Uint8Array.from(
  PACKETS.flatMap(([hex]) => hex.split(" ").map((byte) => Number.parseInt(byte, 16))),
);

/** A line without its position: bytes, then name and payload without what auxtail adds. */
function bytesAndText(line: string): string[] {
  const [, hex, text] = /: {2}((?:[0-9a-f]{2} )+) *(.*)$/.exec(line)!;
  return [hex!.trim(), text!.replace(/ ip=0x[0-9a-f]+$/, "")];
}

Deno.test("ptText() writes every kind of packet as perf does", () => {
  assertEquals(
    printedLines(payloadFormat({ ...FACTS, type: "intel_pt" }), [payloadBytes(BYTES)]).map(
      bytesAndText,
    ),
    PACKETS,
  );
});

oracleTest("ptText() writes what perf prints", ["perf"], async () => {
  const lines = (await perfPayloadLines(BYTES, {})).map(bytesAndText);
  assertEquals(lines.slice(0, -1), PACKETS.slice(0, -1)); // perf sees its padding as one PAD
});

Deno.test("ptText() adds the whole address where the packet has only a part of it", () => {
  const psb = "02 82 ".repeat(8).trim();
  const hex = [
    [psb, "PSB"],
    ["2d 01 02", "TIP 0x201"],
    ["7d 00 d3 60 b9 ff ff", "FUP 0xffffb960d300 ip=0xffffffffb960d300"],
    ["2d 94 d7", "TIP 0xd794 ip=0xffffffffb960d794"],
    ["4d a2 20 74 b9", "TIP 0xb97420a2 ip=0xffffffffb97420a2"],
    ["0d", "TIP no ip"],
    ["8d 01 02 03 04 05 06", "TIP 0x60504030201 ip=0xffff060504030201"],
    [psb, "PSB"],
    ["2d 01 02", "TIP 0x201"],
  ] as const;
  const bytes = Uint8Array.from(
    hex.flatMap(([packet]) => packet.split(" ").map((byte) => Number.parseInt(byte, 16))),
  );
  const lines = printedLines(payloadFormat({ ...FACTS, type: "intel_pt" }), [payloadBytes(bytes)]);
  assertEquals(
    lines.map((line) => line.replace(/^.{8}: {2}(?:[0-9a-f]{2} )+ */, "")),
    hex.map(([, text]) => text),
  );
});

Deno.test("ptFormat tells the time of TSC packets", () => {
  // 2^40 ticks in steps of 2^31, 1431655765 ns each; the reference completes the top byte.
  const time = { timeShift: 31n, timeMult: 1431655765n, timeZero: 7n };
  const bytes = Uint8Array.from([...BYTES.subarray(0, 16), 0x19, 0, 0, 0, 0, 0, 1, 0]);
  const line = (reference: bigint) =>
    printedLines(payloadFormat({ ...FACTS, type: "intel_pt", time }), [
      payloadBytes(bytes, { reference }),
    ])[1];
  assertEquals(
    line(0n),
    "00000010:  19 00 00 00 00 00 01 00     TSC 0x10000000000 time=733.007751687",
  );
  const high = 3n * 2n ** 56n + 2n ** 40n;
  const ns = BigInt.asUintN(64, (high >> 31n) * 1431655765n + 7n);
  const text = `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, "0")}`;
  assertEquals(line(3n * 2n ** 56n), `${line(0n)!.replace(/=.*/, "")}=${text}`);
});

oracleTest("ptText() sees the blocks that perf sees", ["perf"], async () => {
  const groups = [...BLOCK_STAYS, ...BLOCK_ENDS].map((packet) => [
    ...pt.ptPsb,
    ...pt.ptBbp(2, 8),
    ...packet,
    ...pt.ptBip(1, 0x0606060606060606n, 8), // read as TNT packets where no block is open
  ]);
  const bytes = Uint8Array.from(groups.flat());
  const names = (lines: readonly string[]) =>
    lines.map((line) => bytesAndText(line)[1]!.replace(/ ip=.*/, ""))
      .filter((text) => text !== "PAD"); // perf prints none
  const ours = printedLines(payloadFormat({ ...FACTS, type: "intel_pt" }), [payloadBytes(bytes)]);
  assertEquals(names(ours), names(await perfPayloadLines(bytes, {})));
});
