// deno-lint-ignore-file no-console
/**
 * Compares the packets of libipt's own tests with what its `ptdump` prints of them.
 * `deno run --allow-read --allow-run --allow-write _tools/compare_libipt.ts CHECKOUT [PROGRAMS]`
 *
 * CHECKOUT is a source tree of libipt, PROGRAMS the folder of its `ptdump` and `pttc`, by default
 * `build/bin` in the checkout. `pttc` needs `yasm` and makes a stream of each `.ptt` file. Prints
 * what differs and which of the two is right, and counts; the exit code is 1 if it is not known.
 *
 * @module
 */

import { PtCursor, PtKind, ptKindNames } from "../parsers/intel_pt/mod.ts";

/** Where libipt and we differ for a known reason, by what ptdump calls the packet. */
const KNOWN: Readonly<Record<string, string>> = {
  pwre: "libipt takes bit 3 of byte 2 for HW; it is bit 7 in the SDM and to perf: ours is right",
};

/** What ptdump says of a byte at which no packet starts. */
const BAD = "error decoding packet";

/** A packet, or a bad byte, as ptdump prints it. */
interface Line {
  readonly offset: number;
  readonly text: string;
}

const [checkout, programs = `${checkout}/build/bin`] = Deno.args;
if (checkout === undefined) {
  console.error("Usage: compare_libipt.ts CHECKOUT [PROGRAMS]");
  Deno.exit(64);
}
const kinds = new Map<string, number>();
const tally = { files: 0, equal: 0, packets: 0, known: 0, unknown: 0 };
const folder = Deno.makeTempDirSync();
try {
  console.log(run("ptdump", "--version").trim());
  for (const path of findTests(Deno.realPathSync(checkout))) compare(path);
} finally {
  Deno.removeSync(folder, { recursive: true });
}
for (const [kind, count] of [...kinds].toSorted()) console.log(`${kind.padEnd(12)}${count}`);
const { files, equal, packets, known, unknown } = tally;
console.log(
  `${files} files, ${equal} equal; ${packets} packets, ${known} differ for known reasons, ` +
    `${unknown} for others`,
);
Deno.exit(unknown === 0 ? 0 : 1);

function* findTests(path: string): Generator<string> {
  for (const { name, isDirectory } of [...Deno.readDirSync(path)].toSorted(byName)) {
    if (isDirectory) yield* findTests(`${path}/${name}`);
    else if (name.endsWith(".ptt")) yield `${path}/${name}`;
  }
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}

function compare(path: string): void {
  const name = path.split("/").at(-1)!.replace(/ptt$/, "pt");
  run("pttc", path); // fails after the stream is made where labels need what was left out of a build
  const theirs = parse(run("ptdump", "--raw", "--lastip", name));
  const ours = decode(Deno.readFileSync(`${folder}/${name}`));
  let isEqual = true;
  for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
    const [their, our] = [theirs[i], ours[i]];
    const kind = their?.text === BAD ? "bad" : their?.text.split(" ")[1] ?? "none";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    tally.packets++;
    if (their?.offset === our?.offset && their?.text === our?.text) continue;
    isEqual = false;
    const isSamePlace = their?.offset === our?.offset;
    const reason = isSamePlace ? KNOWN[kind] : undefined;
    tally[reason === undefined ? "unknown" : "known"]++;
    console.log(`${name} ${their?.offset.toString(16)}: ${reason ?? "why is not known"}`);
    console.log(`  libipt: ${their?.text}\n  ours:   ${our?.text}`);
    if (!isSamePlace) break;
  }
  tally.files++;
  if (isEqual) tally.equal++;
}

/** Runs one of libipt's programs in the temporary folder; gives what it prints, errors last. */
function run(program: string, ...args: string[]): string {
  const command = new Deno.Command(`${programs}/${program}`, { args, cwd: folder });
  const { stdout, stderr } = command.outputSync();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Packets of ptdump: raw bytes, opcode, payload; errors in their place. */
function parse(text: string): Line[] {
  const lines: Line[] = [];
  for (const line of text.split("\n")) {
    const [, at, message] = /^\[([0-9a-f]+): ([^:\]]*)/.exec(line) ?? [];
    if (message !== undefined) lines.push({ offset: parseInt(at!, 16), text: message });
    const [, offset, packet] = /^([0-9a-f]{16}) +(.*)$/.exec(line) ?? [];
    if (packet === undefined) continue;
    // What ptdump follows beside the payload is left out, but for the last IP.
    const payload = packet.replace(/ {2,}(?:cr3 {2}|vmcs |type )\S+$/, "").replaceAll(/ +/g, " ")
      .trim();
    lines.push({ offset: parseInt(offset!, 16), text: payload });
  }
  return lines;
}

/** Our packets in the form of ptdump. */
function decode(bytes: Uint8Array): Line[] {
  const cursor = new PtCursor(bytes);
  cursor.end();
  const lines: Line[] = [];
  while (cursor.next()) {
    const { kind, offset, size } = cursor;
    const name = ptKindNames[kind]!;
    if (name === "SKIPPED" || name === "CUT") continue;
    const raw = bytes.subarray(offset, offset + size);
    lines.push({ offset, text: name === "BAD" ? BAD : `${raw.toHex()} ${describe(cursor)}` });
  }
  return lines;
}

function describe(packet: PtCursor): string {
  const { kind, low, high, count, size } = packet;
  const payload = (BigInt(high) << 32n | BigInt(low)).toString(16);
  const hasIp = ptKindNames[kind]!.endsWith("_IP");
  const flags = (name: string, ...flags: readonly (string | false)[]) => {
    const set = flags.filter((flag) => flag !== false).join(", ");
    return set === "" ? name : `${name} ${set}`;
  };
  switch (kind) {
    case PtKind.Tnt:
      return `tnt.${size === 1 ? 8 : 64} ${branches(packet)}`;
    case PtKind.Tip:
    case PtKind.TipPge:
    case PtKind.TipPgd:
    case PtKind.Fup:
      return `${ptKindNames[kind]!.toLowerCase()} ${address(packet)}`;
    case PtKind.Pip: {
      const cr3 = ((BigInt(high) << 32n | BigInt(low)) >> 1n) << 5n;
      return flags("pip", cr3.toString(16), (low & 1) !== 0 && "nr");
    }
    case PtKind.ModeExec:
      return flags(
        "mode.exec",
        low === 32 && "cs.d",
        low === 64 && "cs.l",
        (count & 4) !== 0 && "if",
      );
    case PtKind.ModeTsx:
      return flags("mode.tsx", (low & 1) !== 0 && "intx", (low & 2) !== 0 && "abrt");
    case PtKind.TraceStop:
      return "stop";
    case PtKind.Tma:
      return `tma ${low.toString(16)}, ${count.toString(16)}`;
    case PtKind.Vmcs:
      return `vmcs ${(BigInt(`0x${payload}`) << 12n).toString(16)}`;
    case PtKind.Exstop:
    case PtKind.ExstopIp:
      return flags("exstop", hasIp && "ip");
    case PtKind.Mwait:
      return `mwait ${word(low)}, ${word(high)}`;
    case PtKind.Pwre: {
      const state = `c${(low >> 12) + 1 & 15}.${(low >> 8 & 15) + 1 & 15}`;
      return flags("pwre", state, (low & 0x80) !== 0 && "hw");
    }
    case PtKind.Pwrx: {
      const reasons = ["int: ", "", "st: ", "hw: "].filter((_, bit) => (low >> 8 + bit & 1) !== 0);
      return `pwrx ${reasons.join("")}c${(low >> 4 & 15) + 1 & 15}, c${(low & 15) + 1 & 15}`;
    }
    case PtKind.Ptwrite:
    case PtKind.PtwriteIp:
      return flags("ptw", `${count}: ${payload}`, hasIp && "ip");
    case PtKind.Cfe:
    case PtKind.CfeIp:
      return flags("cfe", `${count}${cfeVector(packet)}`, hasIp && "ip");
    case PtKind.Evd:
      return `evd ${count}: ${payload}`;
    case PtKind.Trig:
      return flags(
        "trig",
        (low & 0xff).toString(16).padStart(2, "0"),
        (count & 0x80) !== 0 && "ip",
        (count & 0x20) !== 0 && "mult",
        (count & 0x40) !== 0 && `icnt: ${low >>> 8}`,
      );
    case PtKind.Cbr:
    case PtKind.Tsc:
    case PtKind.Mtc:
    case PtKind.Cyc:
    case PtKind.Mnt:
      return `${ptKindNames[kind]!.toLowerCase()} ${payload}`;
    default:
      return ptKindNames[kind]!.toLowerCase();
  }
}

/** Branches from the oldest on: `!` taken, `.` not. */
function branches({ high, low, count }: PtCursor): string {
  const bits = (BigInt(high) << 32n | BigInt(low)).toString(2).padStart(64, "0").slice(0, count);
  return bits.replaceAll("1", "!").replaceAll("0", ".");
}

/** The bytes of the address by the IPBytes field, then the last IP. */
function address({ count, high, low, hasIp, ipHigh, ipLow }: PtCursor): string {
  const digits = [0, 4, 8, 16, 12, 0, 16][count]!;
  const payload = BigInt(high) << 32n | BigInt(low);
  const whole = count === 3 ? BigInt.asUintN(64, BigInt.asIntN(48, payload)) : payload;
  const text = digits === 0 ? "" : whole.toString(16).padStart(digits, "0");
  const last = count === 0 ? "<suppressed>" : hasIp ? word(ipHigh) + word(ipLow) : "unknown";
  return `${count}: ${text.padStart(16, "?")} ip ${last}`;
}

/** The vector of the types that have one: interrupts in decimal, SIPI in hexadecimal digits. */
function cfeVector({ count, low }: PtCursor): string {
  if (count === 5) return `: ${low.toString(16)}`;
  return [1, 9, 12, 14].includes(count) ? `: ${low}` : "";
}

function word(value: number): string {
  return value.toString(16).padStart(8, "0");
}
