/**
 * Byte offsets of the ring fields of the control page, the first page of a perf event's data mapping.
 *
 * Every field is a `u64` in the byte order of the host. Positions (`dataHead` to `dataTail`,
 * `auxHead` to `auxTail`) count bytes since the ring was made and are not reduced to its size. The
 * kernel writes the heads and the data area's place and size; user space writes the rest.
 * Source: perf_event.h `struct perf_event_mmap_page`.
 *
 * @example The kernel's side of an AUX ring, on plain memory
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CONTROL_PAGE_SIZE, ControlPage, nativeAuxPointers } from "@auxtail/auxtail/auxtrace";
 *
 * const page = new ArrayBuffer(CONTROL_PAGE_SIZE);
 * new DataView(page).setBigUint64(ControlPage.auxHead, 4096n, true);
 * assertEquals(nativeAuxPointers(page).readHead(), 4096n);
 * ```
 */
export const ControlPage = {
  /** `data_head`: end of what the kernel has written to the data ring. */
  dataHead: 1024,
  /** `data_tail`: end of what user space has read from the data ring. */
  dataTail: 1032,
  /** `data_offset`: where the data ring starts in the mapping; 0 before Linux 4.1. */
  dataOffset: 1040,
  /** `data_size`: size of the data ring; 0 before Linux 4.1. */
  dataSize: 1048,
  /** `aux_head`: end of what the kernel has written to the AUX ring. */
  auxHead: 1056,
  /** `aux_tail`: end of what user space has read from the AUX ring. */
  auxTail: 1064,
  /** `aux_offset`: file offset of the AUX mapping, set before it is mapped. */
  auxOffset: 1072,
  /** `aux_size`: size of the AUX mapping, set before it is mapped. */
  auxSize: 1080,
} as const;

/** Bytes of the control page that hold fields; the kernel maps a whole page. */
export const CONTROL_PAGE_SIZE = 1088;
