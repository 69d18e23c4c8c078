/**
 * Finds the entries in sample data blocks of s390's CPU-measurement sampling facility and decodes
 * their headers.
 * `packetValues(new S390Cursor(bytes), s390Format)` yields them as values.
 *
 * @example Where samples were taken
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { S390Cursor, s390Fields } from "@auxtail/auxtail/s390-cpumsf";
 *
 * const block = new Uint8Array(4096);
 * block.set([0x00, 0x01], 0); // a basic entry
 * block.set([0x12, 0x34], 14); // its instruction address
 * block.set([0x80, 0x01], 32); // a diagnostic entry
 * block.set([0x00, 32, 0x00, 85], 4036); // their sizes, in the trailer
 * const cursor = new S390Cursor(block);
 * cursor.next();
 * const fields = s390Fields(cursor);
 * assertEquals("instructionAddress" in fields && fields.instructionAddress, 0x1234n);
 * ```
 *
 * @module
 */

export * from "../mod.ts";
export { s390Format } from "./format.ts";
export { S390Kind, s390KindNames } from "./packet_kind.ts";
export * from "./s390_cursor.ts";
export * from "./s390_fields.ts";
