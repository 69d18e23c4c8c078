import { offsetText } from "./u64.ts";

/** What is wrong with the bytes: cut short, not this format at all, contradictory, or not supported. */
export type Fault = "truncated" | "bad-magic" | "corrupt" | "unsupported";

/** Where damage was found and what was expected there. */
export interface FormatErrorDetail {
  /** Name of the structure, as in the kernel or perf sources. */
  readonly structure: string;
  /** Absolute position of the structure in its file, in bytes. */
  readonly offset: number;
  /** What a sound file has there. */
  readonly expected: string;
  /** What this file has there. */
  readonly actual: string;
  /** The cause and what to do, where what follows from the fault does not fit. */
  readonly cure?: string;
}

/** The cause and what to do, for structures of which nothing better is known. */
const CURES: Readonly<Record<Fault, string>> = {
  "bad-magic": "it is damaged there, or of another kind; compare it with the original",
  "truncated":
    "it is damaged there, or has a layout that auxtail does not know; compare it with the original",
  "corrupt": "it is damaged there; compare it with the original, or record again",
  "unsupported": "auxtail does not know this; it reads the rest of the file",
};

/**
 * Reports bytes that cannot be decoded. The only error that a file's content can cause.
 *
 * @example Reading a file that is not a recording
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { bytesSource, FormatError, parsePerfFile } from "@auxtail/auxtail";
 *
 * const source = bytesSource(new TextEncoder().encode("not a recording!"));
 * const error = assertThrows(() => parsePerfFile(source), FormatError);
 * assertEquals(error.fault, "bad-magic");
 * assertEquals(error.detail.offset, 0);
 * assertEquals(error.cure, "it is text: give a file that perf record wrote");
 * ```
 */
export class FormatError extends Error {
  /** The name of the class, for messages. */
  override readonly name = "FormatError";
  /** The kind of damage. */
  readonly fault: Fault;
  /** Structure, absolute offset, expected and actual. */
  readonly detail: FormatErrorDetail;
  /** The cause, where the message does not say it, and what to do about it. */
  readonly cure: string;

  /** Builds the message from the detail. */
  constructor(fault: Fault, detail: FormatErrorDetail) {
    const { structure, offset, expected, actual } = detail;
    super(
      `Cannot decode ${structure} at ${offsetText(offset)}: expected ${expected}, got ${actual}`,
    );
    this.fault = fault;
    this.detail = detail;
    this.cure = detail.cure ?? CURES[fault];
  }
}

/** Where an error is in its file, and what to do about it. */
export function placeOf(
  { detail, message, fault, cure }: FormatError,
): Pick<FormatError, "fault" | "cure"> & { fileOffset: number; reason: string } {
  return { fileOffset: detail.offset, reason: message, fault, cure };
}
