import { assert, assertEquals } from "@std/assert";
import { chunkBytes, corpusPath, oracleTest } from "../../testing/corpus.ts";
import { randomNumbers } from "../../testing/packet_pieces.ts";
import { payloadLines, perfPayloadLines } from "../../testing/payload_dump.ts";
import { ptBytes, randomPtCases } from "../../testing/pt_cases.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { PtCursor } from "./pt_cursor.ts";

const RECORDING = "quipper/perf.data.intel_pt-4.14";

oracleTest("PtCursor finds the packets of perf report -D in a recording", [
  "corpus",
  "perf",
], async () => {
  const found = chunkBytes(corpusPath(RECORDING)).map(perfLines);
  const perf = await payloadLines(corpusPath(RECORDING));
  assert(found.flat().length > 80_000);
  assertEquals(found.map(({ length }) => length), perf.map(({ length }) => length));
  for (const [i, lines] of perf.entries()) assertEquals(found[i], lines.map(normal));
});

oracleTest("PtCursor finds the packets of perf report -D in packets of every kind", [
  "perf",
], async () => {
  const packets = randomPtCases(randomNumbers(21), 5000).filter(({ name }) => name !== "TRIG");
  const chunk = ptBytes(packets);
  const bytes = new Uint8Array(chunk.length + 7 & ~7); // perf pads chunks
  bytes.set(chunk);
  const perf = (await perfPayloadLines(bytes, {})).map(normal);
  const found = perfLines(bytes);
  for (const [i, line] of perf.entries()) assertEquals(found[i], line);
  assertEquals(found.length, perf.length);
});

/** A line of perf without its indentation. */
function normal(line: string): string {
  return line.replace(/^\. +/, "").replaceAll(/ +/g, " ").trimEnd();
}

/** Lines as perf prints them: PAD stands on the line of the packet before, up to 8 bytes. */
function perfLines(bytes: Uint8Array): string[] {
  const cursor = new PtCursor(bytes, { synced: true });
  cursor.end();
  const lines: { offset: number; size: number; text: string }[] = [];
  while (cursor.next()) {
    const { kind, offset, size } = cursor;
    const last = lines.at(-1);
    if (kind === PtKind.Pad && last !== undefined && last.size < 8) last.size++;
    else lines.push({ offset, size, text: perfText(cursor) });
  }
  return lines.map(({ offset, size, text }) => {
    const hex = [...bytes.subarray(offset, offset + size)].map((byte) => byteText(byte)).join(" ");
    return `${offset.toString(16).padStart(8, "0")}: ${hex} ${text}`;
  });
}

function perfText(cursor: PtCursor): string {
  const { kind, low, high, count } = cursor;
  const name = ptKindNames[kind]!;
  const payload = BigInt(high) << 32n | BigInt(low);
  const hex = `0x${payload.toString(16)}`;
  const plain = name.replace("_IP", "");
  const ip = `IP:${Number(plain !== name)}`;
  switch (name) {
    case "PAD":
    case "PSB":
    case "PSBEND":
    case "OVF":
      return name;
    case "TraceStop":
      return "TraceSTOP";
    case "TNT": {
      const bits = payload.toString(2).padStart(64, "0").slice(0, count);
      return `TNT ${bits.replaceAll("1", "T").replaceAll("0", "N")} (${count})`;
    }
    case "TIP":
    case "TIP.PGE":
    case "TIP.PGD":
    case "FUP":
      return count === 0 ? `${name} no ip` : `${name} ${hex}`;
    case "PIP":
      return `PIP 0x${(payload >> 1n).toString(16)} (NR=${low & 1})`;
    case "MODE.Exec":
      return `MODE.Exec IF:${count >> 2 & 1} ${low}`;
    case "MODE.TSX":
      return `MODE.TSX TXAbort:${low >> 1} InTX:${low & 1}`;
    case "TMA":
      return `TMA CTC ${hex} FC 0x${count.toString(16)}`;
    case "EXSTOP":
    case "EXSTOP_IP":
    case "BEP":
    case "BEP_IP":
      return `${plain} ${ip}`;
    case "PTWRITE":
    case "PTWRITE_IP":
      return `${plain} ${hex} ${ip}`;
    case "MWAIT":
      return `MWAIT ${hex} Hints 0x${(low & 0xff).toString(16)} Extensions 0x${high & 3}`;
    case "PWRE":
      return `PWRE ${hex} HW:${low >> 7 & 1} CState:${low >> 12} Sub-CState:${low >> 8 & 15}`;
    case "PWRX": {
      const states = `Last CState:${low >> 4 & 15} Deepest CState:${low & 15}`;
      return `PWRX ${hex} ${states} Wake Reason 0x${(low >> 8 & 15).toString(16)}`;
    }
    case "BBP":
      return `BBP SZ ${count === 0 ? 8 : 4}-byte Type ${hex}`;
    case "BIP":
      return `BIP ID 0x${byteText(count)} Value ${hex}`;
    case "CFE":
    case "CFE_IP":
      return `CFE ${ip} Type 0x${byteText(count)} Vector ${hex}`;
    case "EVD":
      return `EVD Type 0x${byteText(count)} Payload ${hex}`;
    default:
      return `${name} ${hex}`;
  }
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}
