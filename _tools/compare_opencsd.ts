// deno-lint-ignore-file no-console
/**
 * Compares the packets of OpenCSD's own ETMv4 and ETE snapshots with what its `trc_pkt_lister`
 * prints of them. Run from the root of the repository:
 * `deno run --allow-read --allow-run --allow-env _tools/compare_opencsd.ts CHECKOUT [LISTER]`.
 *
 * CHECKOUT is a source tree of OpenCSD, LISTER its packet lister: the one that was built in the
 * checkout, or else the installed one. Those before 1.8 print no commits and fewer states. Prints a line for each buffer, examples of what differs, and
 * the counts by kind; the exit code is 1 if anything differs.
 *
 * @module
 */

import { CoresightCursor, EtmKind, etmText, traceUnits } from "../parsers/coresight/mod.ts";
import type { CoresightCpu } from "../parsers/coresight/mod.ts";
import { listBuffer, type ListedPacket, listerIndex } from "../testing/trc_pkt_lister.ts";

/** Sections of an ini file, with their keys and values. */
type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Examples that are printed of each kind of difference in a buffer. */
const MOST_EXAMPLES = 3;

/** What the lister says of bytes that are no packet. */
const ERROR = /^I_(?:RESERVED|BAD_SEQUENCE)/;
/** A block of a DSTREAM file, and the data in it. */
const DSTREAM_BLOCK = 512;
const DSTREAM_DATA = 504;

/** A buffer of a snapshot and the units whose trace it has. */
interface Buffer {
  readonly name: string;
  readonly file: string;
  readonly format: string;
  readonly sources: readonly Source[];
}

interface Source {
  readonly type: string;
  readonly cpu: CoresightCpu;
}

/** How many packets of a kind both found alike, and how many one of them. */
interface Counts {
  equal: number;
  differ: number;
  ours: number;
  theirs: number;
}

const [checkout, given] = Deno.args;
if (checkout === undefined) {
  console.error("Usage: compare_opencsd.ts CHECKOUT [LISTER]");
  Deno.exit(64);
}
const tests = `${checkout}/decoder/tests`;
const lister = given ?? builtLister(`${tests}/bin/builddir/trc_pkt_lister`);
const totals = new Map<string, Counts>();
/** Packets that the lister makes of bytes that follow an error; we look for the next A-Sync. */
let afterErrors = 0;
const tally = { snapshots: 0, buffers: 0, equal: 0, skipped: 0, packets: 0, bytes: 0 };
for (const list of ["snapshots", "snapshots-ete"]) {
  const names = [...Deno.readDirSync(`${tests}/${list}`)].filter(({ isDirectory }) => isDirectory);
  for (const { name } of names.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    compareSnapshot(`${tests}/${list}/${name}`, `${list}/${name}`);
  }
}
console.log(`\n${"kind".padEnd(24)}${"equal".padStart(9)}  differ  ours only  theirs only`);
let differences = 0;
for (const [kind, { equal, differ, ours, theirs }] of [...totals].toSorted()) {
  const cells = [`${equal}`.padStart(9), `${differ}`.padStart(8), `${ours}`.padStart(11)];
  console.log(`${kind.padEnd(24)}${cells.join("")}${`${theirs}`.padStart(13)}`);
  differences += differ + ours + theirs;
}
const { snapshots, buffers, equal, skipped, packets, bytes } = tally;
console.log(
  `\n${snapshots} snapshots, ${buffers} buffers of ${bytes} bytes: ${equal} equal, ` +
    `${buffers - equal} differ; ${packets} packets, ${differences} differences; ` +
    `${afterErrors} packets of theirs after errors, ${skipped} buffers without ETMv4 or ETE`,
);
Deno.exit(differences === 0 ? 0 : 1);

function builtLister(path: string): string {
  try {
    Deno.statSync(path);
    return path;
  } catch {
    return "trc_pkt_lister";
  }
}

function compareSnapshot(folder: string, name: string): void {
  let isCounted = false;
  for (const buffer of readBuffers(folder)) {
    const title = `${name} ${buffer.name}`;
    const types = [...new Set(buffer.sources.map(({ type }) => type))].join(", ");
    const isOurs = buffer.sources.some(({ cpu }) => cpu.kind !== "unknown");
    if (!isOurs) {
      console.log(`${title}: skipped, ${types || "no source"} in ${buffer.format}`);
      tally.skipped++;
      continue;
    }
    if (!isCounted) tally.snapshots++;
    isCounted = true;
    compareBuffer(folder, buffer, title);
  }
}

function compareBuffer(folder: string, buffer: Buffer, title: string): void {
  const file = Deno.readFileSync(`${folder}/${buffer.file}`);
  const isRaw = buffer.format === "source_data";
  const isDstream = buffer.format === "dstream_coresight";
  const bytes = isDstream ? framesOfDstream(file) : file;
  const args = isDstream ? ["-dstream_format"] : [];
  const theirs = listBuffer(folder, buffer.name, { program: lister, args }).filter((
    { text, traceId },
  ) =>
    !/^I_(?:NOT_SYNC|INCOMPLETE_EOT)/.test(text) &&
    (isRaw || buffer.sources.some(({ cpu }) => cpu.traceId === traceId && cpu.kind !== "unknown"))
  );
  const ours = decode(bytes, buffer, isRaw);
  const examples: string[] = [];
  const counts = { equal: 0, differ: 0, ours: 0, theirs: 0 };
  const count = (what: keyof Counts, text: string, example: string) => {
    const kind = text.split(" : ")[0]!;
    const total = totals.get(kind) ?? { equal: 0, differ: 0, ours: 0, theirs: 0 };
    totals.set(kind, total);
    total[what]++;
    counts[what]++;
    if (what !== "equal" && counts[what] <= MOST_EXAMPLES) examples.push(`  ${what}: ${example}`);
  };
  for (const traceId of new Set([...theirs, ...ours].map(({ traceId }) => traceId))) {
    const isHere = (packet: ListedPacket) => packet.traceId === traceId;
    const left = ours.filter(isHere).values();
    let found = left.next().value;
    let isLost = false;
    for (const packet of theirs.filter(isHere)) {
      if (packet.text.startsWith("I_ASYNC")) isLost = false;
      const place = `${traceId}:${packet.index}`;
      // Positions in a file with other things than frames are not ours.
      const isSame = found?.text === packet.text && (isDstream || found.index === packet.index);
      if (isLost) {
        afterErrors++;
        continue;
      } else if (isSame) {
        count("equal", packet.text, "");
      } else if (found?.text === "BAD" && ERROR.test(packet.text)) {
        isLost = true;
        count("equal", packet.text, "");
      } else if (found === undefined) {
        count("theirs", packet.text, `${place} ${packet.text}`);
      } else {
        const both = `theirs ${packet.text}\n    ours   ${found.index} ${found.text}`;
        count("differ", packet.text, `${place}\n    ${both}`);
      }
      found = left.next().value;
    }
    for (; found !== undefined; found = left.next().value) {
      count("ours", found.text, `${traceId}:${found.index} ${found.text}`);
    }
  }
  tally.buffers++;
  tally.packets += theirs.length;
  tally.bytes += bytes.length;
  if (counts.differ + counts.ours + counts.theirs === 0) tally.equal++;
  console.log(
    `${title}: ${bytes.length} bytes, ${theirs.length} packets, ${counts.equal} equal` +
      (examples.length === 0
        ? ""
        : `, ${counts.differ} differ, ${counts.ours} ours only, ${counts.theirs} theirs only`),
  );
  for (const example of examples) console.log(example);
}

/** The frames of a DSTREAM file, without the words between them that synchronise a receiver. */
function framesOfDstream(file: Uint8Array): Uint8Array {
  const data: number[] = [];
  for (let at = 0; at < file.length; at += DSTREAM_BLOCK) {
    data.push(...file.subarray(at, at + DSTREAM_DATA));
  }
  const frames: number[] = [];
  for (let at = 0; at < data.length;) {
    const isSync = data[at] === 0xff && data[at + 1] === 0xff && data[at + 2] === 0xff;
    if (!isSync) frames.push(...data.slice(at, at + 16));
    at += isSync ? 4 : 16;
  }
  return Uint8Array.from(frames);
}

/** Our packets in the lister's form. */
function decode(bytes: Uint8Array, { sources }: Buffer, isRaw: boolean): ListedPacket[] {
  const units = traceUnits({ cpus: sources.map(({ cpu }) => cpu) });
  const cursor = new CoresightCursor({ units, isRaw }, bytes);
  cursor.end();
  const packets: ListedPacket[] = [];
  while (cursor.next()) {
    const { kind, offset, traceId } = cursor;
    if (kind === EtmKind.Skipped || kind === EtmKind.Cut || kind === EtmKind.Barrier) continue;
    const index = isRaw ? offset : listerIndex(bytes, offset);
    packets.push({ index, traceId, text: etmText(cursor).trim() });
  }
  return packets;
}

function readBuffers(folder: string): Buffer[] {
  const snapshot = readIni(`${folder}/snapshot.ini`);
  const trace = readIni(`${folder}/${snapshot.get("trace")?.get("metadata") ?? "trace.ini"}`);
  const devices = new Map(
    [...snapshot.get("device_list")?.values() ?? []].map((file) => {
      const ini = readIni(`${folder}/${file}`);
      return [ini.get("device")?.get("name") ?? "", ini];
    }),
  );
  const ids = trace.get("trace_buffers")?.get("buffers")?.split(/[,\s]+/) ?? [];
  return ids.filter((id) => id !== "").map((id) => {
    const buffer = trace.get(id);
    const name = buffer?.get("name") ?? "";
    const sources = [...trace.get("source_buffers") ?? []].flatMap(([source, buffers], cpu) => {
      const device = devices.get(source);
      const isHere = buffers.split(",").some((other) => other.trim() === name);
      return isHere && device !== undefined ? [readSource(device, cpu)] : [];
    });
    const format = buffer?.get("format") ?? "";
    return { name, file: buffer?.get("file") ?? "", format, sources };
  });
}

function readSource(device: Ini, cpu: number): Source {
  const type = device.get("device")?.get("type") ?? "";
  const kind = type.startsWith("ETE") ? "ete" : type.startsWith("ETM4") ? "etmv4" : "unknown";
  const params = [...device.get("regs") ?? []].map(([name, value]) => {
    return { name: name.replace(/\(.*/, ""), value: BigInt(value) };
  });
  const id = params.find(({ name }) => name === "TRCTRACEIDR")?.value;
  const traceId = id === undefined ? null : Number(id);
  return { type, cpu: { cpu, kind, magic: 0n, traceId, params } };
}

function readIni(path: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of Deno.readTextFileSync(path).split(/\r?\n/)) {
    const [, title] = /^\[(.*)\]/.exec(line) ?? [];
    const [, key, value] = /^\s*([^;#=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (title !== undefined) sections.set(title, section = new Map());
    else if (key !== undefined) section.set(key, value!);
  }
  return sections;
}
