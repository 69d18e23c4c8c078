import { assert, assertEquals } from "@std/assert";
import { openPerfFile } from "../../mod.ts";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import { randomNumbers } from "../../testing/packet_pieces.ts";
import { payloadLines, perfPayloadLines } from "../../testing/payload_dump.ts";
import { ptBytes, randomPtCases } from "../../testing/pt_cases.ts";
import { ptPsb } from "../../testing/pt_packets.ts";
import { seenByCursor } from "../../testing/pt_readings.ts";
import { Mark } from "../packet_cursor.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { PtCursor } from "./pt_cursor.ts";
import { findPsb } from "./sync.ts";

const RECORDING = "quipper/perf.data.intel_pt-4.14";
/** Kinds that libipt 2.0.5 does not know. */
const UNKNOWN_TO_LIBIPT = ["BBP", "BIP", "BEP", "BEP_IP", "CFE", "CFE_IP", "EVD", "TRIG"];
/** Its longest CYC packet: a tenth byte would hold bits above 63. */
const MAX_LIBIPT_CYC = 9;

oracleTest("PtCursor finds the packets of perf report -D in a recording", [
  "corpus",
  "perf",
], async () => {
  const found = chunksOf(corpusPath(RECORDING)).map(perfLines);
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

oracleTest("PtCursor finds the packets of libipt in a recording", ["corpus", "libipt"], () => {
  const chunks = chunksOf(corpusPath(RECORDING));
  const libipt = libiptPackets(chunks);
  for (const [i, bytes] of chunks.entries()) assertEquals(comparable(bytes), libipt[i]);
});

oracleTest("PtCursor finds the packets of libipt in all packets that it knows", ["libipt"], () => {
  const streams = Array.from({ length: 20 }, (_, seed) => libiptStream(100 + seed, 500));
  const libipt = libiptPackets(streams);
  for (const [i, bytes] of streams.entries()) assertEquals(comparable(bytes), libipt[i]);
});

oracleTest("PtCursor finds the packets of libipt in damaged streams", ["libipt"], () => {
  const random = randomNumbers(22);
  const streams = Array.from({ length: 2000 }, (_, i) => {
    const bytes = libiptStream(1000 + i, 10 + random(30));
    for (let hits = random(4); hits >= 0; hits--) bytes[random(bytes.length)] = random(256);
    return bytes;
  });
  const libipt = libiptPackets(streams);
  let same = 0;
  for (const [i, bytes] of streams.entries()) {
    const [found, expected] = [comparable(bytes), libipt[i]!];
    const end = Math.max(found.length, expected.length);
    let line = 0;
    while (line < end && found[line] === expected[line]) line++;
    if (line === end) same++;
    else assert(isKnown(bytes, found.slice(line), expected.slice(line)), `stream ${i}`);
  }
  assert(same > 1800);
});

oracleTest("PtCursor finds the PSB of libipt that begins before a bad byte", [
  "corpus",
  "libipt",
], () => {
  const bytes = Deno.readFileSync(corpusPath("edge/ptdump-trunc-resync.pt"));
  assertEquals(libiptPackets([bytes])[0], comparable(bytes));
});

/**
 * Whether it is known why libipt goes on otherwise: it checks the reserved bits of TMA, and not the
 * bits of MODE; it calls a packet bad that the end cuts; of a longer run of bytes of PSB packets it
 * takes the last 16 for one, where we take the first.
 */
function isKnown(bytes: Uint8Array, [found]: string[], [expected]: string[]): boolean {
  const at = Number(/\d+/.exec(expected ?? found ?? ""));
  if (expected === `bad ${at}`) {
    if (found === undefined) return bytes.length - at < ptPsb.length;
    const packet = new PtCursor(bytes.subarray(at), { synced: true });
    const name = packet.next() ? ptKindNames[packet.kind]! : "";
    return name === "TMA" || UNKNOWN_TO_LIBIPT.includes(name) ||
      (name === "CYC" && packet.size > MAX_LIBIPT_CYC);
  }
  if (found === `bad ${at}`) return bytes[at] === 0x99 && expected === `${at} 2`;
  const isRun = bytes[at - 2] === ptPsb[0] && bytes[at - 1] === ptPsb[1];
  return expected === `${at} 16` && findPsb(bytes, at) === at && isRun;
}

function chunksOf(path: string): Uint8Array[] {
  using file = openPerfFile(path);
  return [...file.auxChunks()].map((chunk) => chunk.read());
}

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

/** Packets and bad bytes of a stream as `libipt_count.c` prints them. */
function comparable(bytes: Uint8Array): string[] {
  return seenByCursor(bytes).flatMap(([kind, offset, size]) => {
    if (kind === Mark.Skipped || kind === Mark.Cut) return [];
    return kind === Mark.Bad ? [`bad ${offset}`] : [`${offset} ${size}`];
  });
}

/** A stream of the packets that libipt knows, with CYC as short as it takes them. */
function libiptStream(seed: number, groups: number): Uint8Array {
  const packets = randomPtCases(randomNumbers(seed), groups);
  return ptBytes(
    packets.filter(({ name, bytes }) =>
      !UNKNOWN_TO_LIBIPT.includes(name) && !(name === "CYC" && bytes.length > MAX_LIBIPT_CYC)
    ),
  );
}

/** What libipt finds in each stream. */
function libiptPackets(streams: readonly Uint8Array[]): string[][] {
  const folder = Deno.makeTempDirSync();
  try {
    const program = `${folder}/libipt_count`;
    const source = new URL("../../testing/libipt_count.c", import.meta.url).pathname;
    run("gcc", ["-O2", "-o", program, decodeURIComponent(source), "-lipt"]);
    using file = Deno.openSync(`${folder}/streams`, { write: true, create: true });
    for (const bytes of streams) {
      file.writeSync(new Uint8Array(Uint32Array.of(bytes.length).buffer));
      file.writeSync(bytes);
    }
    const text = run("sh", ["-c", '"$0" < "$1"', program, `${folder}/streams`]);
    const found: string[][] = [[]];
    for (const line of text.split("\n")) {
      if (line === "") found.push([]);
      else found.at(-1)!.push(line);
    }
    return found;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function run(program: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
