import type { BtsFigures } from "./bts_records.ts";
import {
  type BenchRow,
  compare,
  firstLine,
  type Invocation,
  outputOf,
  ratioText,
} from "./measure.ts";
import {
  etmPayload,
  ptPayload,
  type RepeatedPayload,
  spePayload,
  writePtRecording,
  writeRepeated,
} from "./_payloads.ts";
import { buildPeer, type Peer } from "./_peers.ts";

/** A comparison on one input. */
interface Question {
  readonly what: string;
  readonly ours: Invocation;
  readonly peer: Invocation;
  /** How many times as fast as the peer ours has to be. */
  readonly minSpeed: number;
  readonly runs?: number;
  /** Reads from what both print what has to be the same. */
  readonly answer?: (output: string) => string;
}

const MAX_ERROR_TEXT = 1000;
const MIB = 2 ** 20;
const GB = 1e9;
const MIN_BTS_GB_PER_SECOND = 3;
const DENO: Invocation = [Deno.execPath(), "run", "--no-prompt", "--allow-read"];
const PACKETS: Invocation = [...DENO, "cli/main.ts", "packets", "--raw", "intel_pt"];

const LIBIPT: Peer = {
  name: "libipt_packets",
  header: "intel-pt.h",
  libraries: ["-lipt"],
  debianPackage: "libipt-dev",
};
const OPENCSD: Peer = {
  name: "opencsd_packets",
  header: "opencsd/c_api/opencsd_c_api.h",
  libraries: ["-lopencsd_c_api", "-lopencsd"],
  debianPackage: "libopencsd-dev",
};
const SPE_TABLE: Peer = { name: "spe_table", libraries: [], debianPackage: "libc6-dev" };

/** Kinds that libipt does not tell apart, by our name. */
const LIBIPT_KINDS: ReadonlyMap<string, string> = new Map([
  ["MODE.Exec", "MODE"],
  ["MODE.TSX", "MODE"],
  ["EXSTOP_IP", "EXSTOP"],
  ["PTWRITE_IP", "PTWRITE"],
]);

/**
 * Compares the packet decoders with libipt, OpenCSD, perf and a loop in C.
 *
 * With `smoke` the inputs have 1/64 of their size.
 *
 * @param folder Where the inputs and the peers go.
 * @throws {Error} If ours and a peer do not count the same.
 */
export async function packetRows(
  { smoke, folder }: { smoke: boolean; folder: string },
): Promise<BenchRow[]> {
  const runs = smoke ? 3 : 7;
  const size = 256 * MIB / (smoke ? 64 : 1);
  const textSize = 32 * MIB / (smoke ? 64 : 1);

  async function onPeer(
    peer: Peer,
    what: string,
    questions: (program: string) => Promise<BenchRow[]>,
  ): Promise<BenchRow[]> {
    const built = await buildPeer(peer, folder);
    if ("program" in built) return await questions(built.program);
    return [{ what, ratio: `SKIPPED: ${built.missing}`, toReach: "-", met: undefined }];
  }

  async function onInput(
    { origin, unit }: RepeatedPayload,
    size: number,
    questions: (path: string, input: string) => Question[] | Promise<Question[]>,
  ): Promise<BenchRow[]> {
    const path = `${folder}/payload`;
    writeRepeated(path, unit, size);
    const rows: BenchRow[] = [];
    for (const question of await questions(path, `${size / MIB} MiB of ${origin} trace`)) {
      rows.push(await measured(question, runs));
    }
    await Deno.remove(path);
    return rows;
  }

  const pt = ptPayload();
  return [
    ...await onPeer(LIBIPT, "PT scan, columns and text against libipt", async (libipt) => [
      ...await onInput(pt, size, (path, input) => [
        {
          what: `PT scan, ${input}, 1 thread`,
          ours: [...DENO, "bench/scan.ts", "pt", path],
          peer: [libipt, "scan", path],
          minSpeed: 4,
          answer: libiptKinds,
        },
        {
          what: `PT scan, ${input}, 2 workers`,
          ours: [...PACKETS, path, "--summary", "--jobs", "2", "--format", "json"],
          peer: [libipt, "scan", path],
          minSpeed: 6.5,
          answer: libiptKinds,
        },
        {
          what: `PT columns, every packet read, ${input}, 1 thread`,
          ours: [...DENO, "bench/columns_pt.ts", path],
          peer: [libipt, "columns", path],
          minSpeed: 1.6,
          answer: libiptKinds,
        },
        {
          what: `PT columns, every packet read, ${input}, 2 workers`,
          ours: [...DENO, "bench/columns_pt.ts", path, "2"],
          peer: [libipt, "columns", path],
          minSpeed: 2.6,
          answer: libiptKinds,
        },
      ]),
      ...await onInput(pt, textSize, async (path, input) => {
        const unit = `${path}.unit`;
        Deno.writeFileSync(unit, pt.unit);
        await agree("packets as text", {
          ours: [...PACKETS, unit],
          peer: [libipt, "print", unit],
          answer: withoutHeadings,
        });
        const peer: Invocation = [libipt, "print", path];
        return [
          {
            what: `packets as text, ${input}, against libipt and printf`,
            ours: [...PACKETS, path],
            peer,
            minSpeed: 8,
          },
          {
            what: `packets as text, ${input}, 2 workers, against libipt and printf`,
            ours: [...PACKETS, path, "--jobs", "2"],
            peer,
            minSpeed: 8,
          },
        ];
      }),
    ]),
    ...await onInput(pt, textSize, (path, input) => {
      const recording = `${folder}/pt.data`;
      writePtRecording(recording, pt.unit, textSize);
      return [{
        what: `packets as text, ${input}, against perf report -D`,
        ours: [...PACKETS, path],
        peer: ["perf", "report", "-D", "-i", recording],
        minSpeed: 100,
        runs: 3,
      }];
    }),
    ...await onPeer(
      OPENCSD,
      "ETMv4 against OpenCSD",
      (opencsd) =>
        onInput(etmPayload(), size, (path, input) => [
          {
            what: `ETMv4 scan, ${input}`,
            ours: [...DENO, "bench/scan.ts", "etm", path],
            peer: [opencsd, "scan", path],
            minSpeed: 3.5,
            answer: packetsByKind,
          },
          {
            what: `ETMv4 with addresses, ${input}`,
            ours: [...DENO, "bench/addresses_etm.ts", path],
            peer: [opencsd, "addresses", path],
            minSpeed: 1.8,
            answer: unchanged,
          },
        ]),
    ),
    ...await onPeer(
      SPE_TABLE,
      "SPE scan against a loop in C",
      (table) =>
        onInput(spePayload(), size, (path, input) => [{
          what: `SPE scan, ${input}`,
          ours: [...DENO, "bench/scan.ts", "spe", path],
          peer: [table, path],
          minSpeed: 0.9,
          answer: unchanged,
        }]),
    ),
    await btsRow(),
  ];
}

async function measured(question: Question, usualRuns: number): Promise<BenchRow> {
  const { what, minSpeed, answer, runs = usualRuns } = question;
  const toReach = ratioText(1 / minSpeed);
  if (question.peer[0] === "perf" && await firstLine(["perf", "--version"]) === undefined) {
    return { what, ratio: "SKIPPED: perf is not installed", toReach, met: undefined };
  }
  if (answer) await agree(what, { ...question, answer });
  const { ours, peer } = await compare({ ours: question.ours, peer: question.peer }, runs);
  const time = ours.seconds / peer.seconds;
  return { what, ours, peer, ratio: ratioText(time), toReach, met: time <= 1 / minSpeed };
}

async function agree(
  what: string,
  { ours, peer, answer }: Required<Pick<Question, "ours" | "peer" | "answer">>,
): Promise<void> {
  const answers = [answer(await outputOf(ours)), answer(await outputOf(peer))];
  if (answers[0] === answers[1]) return;
  const texts = answers.map((text) => text.slice(0, MAX_ERROR_TEXT)).join("\n\nThe peer:\n");
  throw new Error(`${what}: ours and the peer do not agree. Ours:\n${texts}`);
}

/** The lines for packets. */
function withoutHeadings(output: string): string {
  return output.split("\n").filter((line) => !line.startsWith("queue ")).join("\n");
}

function unchanged(output: string): string {
  return output;
}

/** Numbers by libipt's kinds. */
function libiptKinds(output: string): string {
  const sums = new Map<string, number[]>();
  for (const [kind, numbers] of numbersByKind(output)) {
    const name = LIBIPT_KINDS.get(kind) ?? kind;
    const sum = sums.get(name);
    sums.set(name, sum ? sum.map((number, index) => number + numbers[index]!) : numbers);
  }
  return [...sums].map(([kind, numbers]) => `${kind} ${numbers.join(" ")}`).sort().join("\n");
}

/** Numbers of packets by kind. */
function packetsByKind(output: string): string {
  return numbersByKind(output).map(([kind, [packets]]) => `${kind} ${packets}`).sort().join("\n");
}

/** Kinds and numbers of lines of text; packets and bytes by kind of a summary as JSON. */
function numbersByKind(output: string): [string, number[]][] {
  if (output.startsWith("{")) {
    const { totals }: Summary = JSON.parse(output);
    return Object.entries(totals.byKind)
      .map(([kind, packets]) => [kind, [packets, totals.bytesByKind[kind] ?? NaN]]);
  }
  return output.trimEnd().split("\n").map((line) => {
    const [kind = "", ...numbers] = line.split(" ");
    return [kind, numbers.map(Number)];
  });
}

/** The part of `packets --summary --format json` that is compared. */
interface Summary {
  readonly totals: {
    readonly byKind: Readonly<Record<string, number>>;
    readonly bytesByKind: Readonly<Record<string, number>>;
  };
}

async function btsRow(): Promise<BenchRow> {
  const figures: BtsFigures = JSON.parse(await outputOf([...DENO, "bench/bts_records.ts"]));
  const gbPerSecond = figures.bytesPerSecond / GB;
  return {
    what: `BTS scan, ${(figures.scannedBytes / GB).toFixed(2)} GB in process`,
    ratio: `${gbPerSecond.toFixed(1)} GB/s`,
    toReach: `${MIN_BTS_GB_PER_SECOND} GB/s`,
    met: gbPerSecond >= MIN_BTS_GB_PER_SECOND,
  };
}
