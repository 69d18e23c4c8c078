import {
  coresightSnapshot,
  type SnapshotFile,
  type SnapshotPayload,
} from "../parsers/coresight/mod.ts";

/** A packet as OpenCSD's `trc_pkt_lister` prints it. */
export interface ListedPacket {
  /** Position as OpenCSD counts; see {@linkcode listerIndex}. */
  readonly index: number;
  /** Trace id; 0 in raw fragments. */
  readonly traceId: number;
  /** Name, description and payload. */
  readonly text: string;
}

/** A fragment and its bytes. */
export interface ListedPayload extends SnapshotPayload {
  readonly bytes: Uint8Array;
}

/** Misprints of OpenCSD 1.3.3, and what it means. */
const MISPRINTS = [
  ["I_SCR_ADDR_L_32IS0", "I_SRC_ADDR_L_32IS0"],
  [
    "I_ADDR_CTXT_L_32IS1 : Address & Context, Long, 32 bit, IS0.",
    "I_ADDR_CTXT_L_32IS1 : Address & Context, Long, 32 bit, IS1.",
  ],
] as const;

/** What it adds to Trace Info from its own state since 1.8. */
const LISTER_STATE = /; (?:INIT SPEC DEPTH=\d+|Decoder Sync point TINFO)/g;

/** What versions of OpenCSD do not print yet, and what they print instead. */
const NEWS = [
  { since: [1, 8], news: /(?<=^I_CCNT_F.*); Commit\(.*\)/, olds: "" },
  { since: [1, 5], news: /\bRealm;/, olds: "NS;" },
  { since: [1, 5], news: /\bRoot;/, olds: "S;" },
] as const;

/** A text of ours as the installed `trc_pkt_lister`, which can be an older one, prints it. */
export function listedText(text: string): string {
  const [major = 0, minor = 0] = listerVersion ??= readVersion();
  return NEWS.reduce((text, { since, news, olds }) => {
    const isOld = major < since[0] || major === since[0] && minor < since[1];
    return isOld ? text.replace(news, olds) : text;
  }, text);
}

let listerVersion: readonly number[] | undefined;

function readVersion(): number[] {
  const args = ["-help", "-logfilename", "/dev/null", "-logstdout"];
  const { stdout } = new Deno.Command("trc_pkt_lister", { args, stderr: "null" }).outputSync();
  const [, version = ""] = /Version : ([\d.]+)/.exec(new TextDecoder().decode(stdout)) ?? [];
  return version.split(".").map(Number);
}

/** Lets `trc_pkt_lister` print the packets of fragments, each in a list of its own. */
export function listPackets(
  facts: Parameters<typeof coresightSnapshot>[0],
  payloads: readonly ListedPayload[],
): ListedPacket[][] {
  const folder = Deno.makeTempDirSync();
  try {
    const files: SnapshotFile[] = coresightSnapshot(facts, payloads);
    for (const { name, text } of files) Deno.writeTextFileSync(`${folder}/${name}`, text);
    for (const { name, bytes } of payloads) Deno.writeFileSync(`${folder}/${name}`, bytes);
    return payloads.map((_, i) => listBuffer(folder, `BUFFER_${i}`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Lets `trc_pkt_lister`, or one of these by path, print the packets of a snapshot's buffer. */
export function listBuffer(
  folder: string,
  buffer: string,
  { program = "trc_pkt_lister", args = [] as readonly string[] } = {},
): ListedPacket[] {
  const { stdout } = new Deno.Command(program, {
    // Without a name for its log it leaves one in the current folder.
    args: [
      "-ss_dir",
      folder,
      "-src_name",
      buffer,
      "-logfilename",
      "/dev/null",
      "-logstdout",
      ...args,
    ],
    // One that was built and not installed has its library beside it.
    env: program.includes("/") ? { LD_LIBRARY_PATH: program.replace(/\/[^/]*$/, "") } : {},
    stderr: "null",
  }).outputSync();
  const lines = new TextDecoder().decode(stdout).matchAll(/Idx:(\d+); ID:([0-9a-f]+);\t(I_.*)/g);
  return [...lines].map(([, index = "", id = "", text = ""]) => {
    const correct = MISPRINTS.reduce((text, [wrong, right]) => text.replace(wrong, right), text)
      .replace(LISTER_STATE, "");
    return { index: Number(index), traceId: parseInt(id, 16), text: correct.trim() };
  });
}

/**
 * What OpenCSD prints as the position of a byte. It counts from the start of the frame, or from the
 * last byte in it that changed the id, and counts data only.
 */
export function listerIndex(frames: Uint8Array, offset: number): number {
  const frame = offset - offset % 16;
  const low = frames[frame + 15]!;
  let id = idBefore(frames, frame);
  let index = 0;
  for (let i = 0; frame + i < offset; i++) {
    const byte = frames[frame + i]!;
    if (i % 2 === 1 || (byte & 1) === 0) {
      index++;
    } else if (byte >> 1 !== id) {
      const isLate = (low >> i / 2 & 1) === 1;
      if (isLate && frame + i + 1 === offset) break;
      id = byte >> 1;
      index = i;
      if (isLate) i++;
    }
  }
  return frame + index;
}

function idBefore(frames: Uint8Array, frame: number): number {
  for (let at = frame - 2; at >= 0; at -= 2) if ((frames[at]! & 1) === 1) return frames[at]! >> 1;
  return -1;
}
