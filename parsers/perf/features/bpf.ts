import type { Cursor } from "../../internal.ts";
import { decodeHex, decodeItems } from "../_fields.ts";

/** One BPF program of `HEADER_BPF_PROG_INFO`: what it is and where its bytes are. */
export interface BpfProgram {
  /** Id that the kernel gave the program. */
  readonly id: number;
  /** `BPF_PROG_TYPE_*`. */
  readonly type: number;
  /** A hash of the instructions, in hexadecimal. */
  readonly tag: string;
  /** Name, at most 15 bytes. */
  readonly name: string;
  /** Which arrays the data holds: bit n is `PERF_BPIL_*` n. */
  readonly arrays: bigint;
  /** Absolute position of `struct bpf_prog_info`; its pointers are offsets into the data. */
  readonly infoAt: number;
  /** Size of `struct bpf_prog_info` in bytes, as the recorder knew it. */
  readonly infoSize: number;
  /** Absolute position of the arrays. */
  readonly dataAt: number;
  /** Size of all arrays in bytes. */
  readonly dataSize: number;
}

/** One set of BPF type information: `HEADER_BPF_BTF`. */
export interface BpfTypes {
  /** Id that the kernel gave it. */
  readonly id: number;
  /** Absolute position of the BTF bytes. */
  readonly fileOffset: number;
  /** Their size in bytes. */
  readonly size: number;
}

/** Place of the name in `struct bpf_prog_info`, which has had one longer than perf stores it. */
const NAME_AT = 64;
const NAME_SIZE = 16;

/** Decodes `HEADER_BPF_PROG_INFO`. Source: perf's `struct perf_bpil`, bpf.h `struct bpf_prog_info`. */
export function decodeBpfPrograms(body: Cursor): BpfProgram[] {
  return decodeItems(body.count32(16), () => decodeProgram(body));
}

function decodeProgram(body: Cursor): BpfProgram {
  const infoSize = body.u32();
  const dataSize = body.u32();
  const arrays = body.u64();
  const infoAt = body.fileOffset;
  if (infoSize < NAME_AT + NAME_SIZE) {
    body.refuse("corrupt", `size >= ${NAME_AT + NAME_SIZE}`, `size ${infoSize}`);
  }
  const start = body.take(infoSize);
  body.at = start;
  const type = body.u32();
  const id = body.u32();
  const tag = decodeHex(body, 8);
  body.at = start + NAME_AT;
  const name = body.text(NAME_SIZE);
  body.at = start + infoSize;
  const dataAt = body.fileOffset;
  body.take(dataSize);
  return { id, type, tag, name, arrays, infoAt, infoSize, dataAt, dataSize };
}

/** Decodes `HEADER_BPF_BTF`. */
export function decodeBpfTypes(body: Cursor): BpfTypes[] {
  return decodeItems(body.count32(8), () => {
    const id = body.u32();
    const size = body.u32();
    const { fileOffset } = body;
    body.take(size);
    return { id, fileOffset, size };
  });
}
