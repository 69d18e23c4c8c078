import type { Cursor } from "../../internal.ts";
import { decodeHex, decodeItems } from "../_fields.ts";
import type { KernelRecord, RecordBase } from "./record.ts";

/** `PERF_RECORD_KSYMBOL`: kernel code appeared or went. */
export interface KsymbolRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "ksymbol";
  /** First address. */
  readonly addr: bigint;
  /** Length in bytes. */
  readonly len: number;
  /** 0 unknown, 1 BPF program, 2 out-of-line code. */
  readonly ksymType: number;
  /** Whether the code went. */
  readonly unregister: boolean;
  /** Name of the symbol. */
  readonly name: string;
}

/** `PERF_RECORD_BPF_EVENT`: a BPF program was loaded or unloaded. */
export interface BpfEventRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "bpf_event";
  /** 1 loaded, 2 unloaded. */
  readonly bpfType: number;
  /** Flags; none are defined. */
  readonly flags: number;
  /** Id of the program. */
  readonly programId: number;
  /** Tag of the program in hexadecimal. */
  readonly tag: string;
}

/** `PERF_RECORD_TEXT_POKE`: kernel code was changed in place. */
export interface TextPokeRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "text_poke";
  /** First address. */
  readonly addr: bigint;
  /** The code before; empty if it is new. */
  readonly oldBytes: Uint8Array;
  /** The code after; empty if it is gone. */
  readonly newBytes: Uint8Array;
}

/** `PERF_RECORD_BPF_METADATA`: what a BPF program says of itself. Written by perf. */
export interface BpfMetadataRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "bpf_metadata";
  /** Name of the program. */
  readonly programName: string;
  /** Keys and values. */
  readonly entries: readonly { readonly key: string; readonly value: string }[];
}

const UNREGISTER = 1;
const PROGRAM_NAME_SIZE = 512;
const KEY_SIZE = 64;
const VALUE_SIZE = 256;

/** Decodes `PERF_RECORD_KSYMBOL`. */
export function decodeKsymbol(body: Cursor, base: KernelRecord): KsymbolRecord {
  return {
    ...base,
    type: "ksymbol",
    addr: body.u64(),
    len: body.u32(),
    ksymType: body.u16(),
    unregister: (body.u16() & UNREGISTER) !== 0,
    name: body.text(body.remaining),
  };
}

/** Decodes `PERF_RECORD_BPF_EVENT`. */
export function decodeBpfEvent(body: Cursor, base: KernelRecord): BpfEventRecord {
  return {
    ...base,
    type: "bpf_event",
    bpfType: body.u16(),
    flags: body.u16(),
    programId: body.u32(),
    tag: decodeHex(body, 8),
  };
}

/** Decodes `PERF_RECORD_TEXT_POKE`. */
export function decodeTextPoke(body: Cursor, base: KernelRecord): TextPokeRecord {
  const addr = body.u64();
  const oldSize = body.u16();
  const newSize = body.u16();
  return {
    ...base,
    type: "text_poke",
    addr,
    oldBytes: body.copy(oldSize),
    newBytes: body.copy(newSize),
  };
}

/** Decodes `PERF_RECORD_BPF_METADATA`. */
export function decodeBpfMetadata(body: Cursor, base: RecordBase): BpfMetadataRecord {
  const programName = body.text(PROGRAM_NAME_SIZE);
  const entries = decodeItems(
    body.count64(KEY_SIZE + VALUE_SIZE),
    () => ({ key: body.text(KEY_SIZE), value: body.text(VALUE_SIZE) }),
  );
  return { ...base, type: "bpf_metadata", programName, entries };
}
