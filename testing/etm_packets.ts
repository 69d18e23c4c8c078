/** Encoders of ETMv4 and ETE packets and of CoreSight frames: values in, bytes out. */

/** Sync point. */
export const etmAsync: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
/** Trace is discarded from here on. */
export const etmDiscard: readonly number[] = [0x00, 0x03];
/** Trace was lost. */
export const etmOverflow: readonly number[] = [0x00, 0x05];
/** Trace starts again. */
export const etmTraceOn: readonly number[] = [0x04];
/** Return from an exception, not in ETE. */
export const etmExceptionReturn: readonly number[] = [0x07];
/** The context is as before. */
export const etmSameContext: readonly number[] = [0x80];
/** Padding of a raw stream. */
export const etmIgnore: readonly number[] = [0x70];
/** Where a timestamp was asked for. */
export const etmTimestampMarker: readonly number[] = [0x88];
/** A transaction starts. */
export const eteTransactionStart: readonly number[] = [0x0a];
/** A transaction ends well. */
export const eteTransactionCommit: readonly number[] = [0x0b];
/** The conditional instructions so far are done. */
export const etmConditionalFlush: readonly number[] = [0x43];

/** Seven bits to a byte, low bits first. */
function field(value: number | bigint, most = 10): number[] {
  const bytes = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n && bytes.length < most);
  return bytes;
}

/** The sections that are given, in their order. */
export function etmTraceInfo(
  sections: {
    readonly info?: number;
    readonly key?: number;
    readonly speculation?: number;
    readonly cycleThreshold?: number;
    readonly window?: number;
  } = {},
): number[] {
  const { info, key, speculation, cycleThreshold, window } = sections;
  const values = [info, key, speculation, cycleThreshold, window];
  const control = values.reduce<number>(
    (bits, value, i) => bits | (value === undefined ? 0 : 1 << i),
    0,
  );
  return [0x01, control, ...values.flatMap((value) => value === undefined ? [] : field(value))];
}

/** The low bits of a time: `bytes` of seven bits, or all with 9; as many as needed by default. */
export function etmTimestamp(
  ticks: bigint,
  { bytes, cycles }: { readonly bytes?: number; readonly cycles?: number } = {},
): number[] {
  let count = bytes ?? 1;
  if (bytes === undefined) { while (count < 9 && ticks >> BigInt(7 * count) > 0n) count++; }
  const groups = Array.from({ length: count }, (_, i) => {
    const group = Number(ticks >> BigInt(7 * i) & (i === 8 ? 0xffn : 0x7fn));
    return i < count - 1 ? group | 0x80 : group;
  });
  return [
    cycles === undefined ? 0x02 : 0x03,
    ...groups,
    ...(cycles === undefined ? [] : field(cycles)),
  ];
}

/** Exception of a type, with the two bits that tell what address follows. */
export function etmException(type: number, { address = 1, long = type > 31 } = {}): number[] {
  const info = (address & 2) << 5 | (type & 0x1f) << 1 | address & 1;
  return long ? [0x06, info | 0x80, type >> 5] : [0x06, info];
}

/** A software value of ETE 1.3. */
export function eteInstrumentation(level: number, value: bigint): number[] {
  return [0x09, level, ...littleEndian(value, 8)];
}

/** Cycle count format 1; null for an unknown count, `commits` where the unit has them. */
export function etmCycleCount1(cycles: number | null, commits?: number): number[] {
  const fields = [
    ...(commits === undefined ? [] : field(commits)),
    ...(cycles === null ? [] : field(cycles)),
  ];
  return [cycles === null ? 0x0f : 0x0e, ...fields];
}

/**
 * Cycle count format 2: above the threshold, 0 to 15, with 1 to 16 commits, or with the 16 numbers
 * that end at the most that can be speculative.
 */
export function etmCycleCount2(cycles: number, commits: number, most?: number): number[] {
  return most === undefined
    ? [0x0c, commits - 1 << 4 | cycles]
    : [0x0d, commits - most + 15 << 4 | cycles];
}

/** Cycle count format 3: above the threshold, 0 to 3, with 1 to 4 commits. */
export function etmCycleCount3(cycles: number, commits: number): number[] {
  return [0x10 | commits - 1 << 2 | cycles];
}

/** Data synchronisation marker with a number of 0 to 7. */
export function etmNumberedMarker(number: number): number[] {
  return [0x20 | number];
}

/** Data synchronisation marker with a count of 0 to 4. */
export function etmUnnumberedMarker(count: number): number[] {
  return [0x28 | count];
}

/** Elements that are no longer speculative. */
export function etmCommit(commits: number): number[] {
  return [0x2d, ...field(commits)];
}

/** Elements that did not happen. */
export function etmCancel1(cancels: number, mispredict = false): number[] {
  return [mispredict ? 0x2f : 0x2e, ...field(cancels)];
}

/** Mispredict after atoms: "", "E", "EE" or "N". */
export function etmMispredict(atoms: string): number[] {
  return [0x30 | ["", "E", "EE", "N"].indexOf(atoms)];
}

/** Mispredict with one cancelled element after atoms: "", "E", "EE" or "N". */
export function etmCancel2(atoms: string): number[] {
  return [0x34 | ["", "E", "EE", "N"].indexOf(atoms)];
}

/** Mispredict with 2 to 5 cancelled elements after "" or "E". */
export function etmCancel3(cancels: number, atoms: string): number[] {
  return [0x38 | cancels - 2 << 1 | atoms.length];
}

/** A conditional instruction with its key. */
export function etmConditional1(key: number): number[] {
  return [0x6c, ...field(key)];
}

/** A conditional instruction of code 0 to 2. */
export function etmConditional2(code: number): number[] {
  return [0x40 | code];
}

/** Conditional instructions, with the last one or not. */
export function etmConditional3(count: number, final: boolean): number[] {
  return [0x6d, count << 1 | (final ? 1 : 0)];
}

/** One result of a conditional instruction. */
export interface EtmResult {
  readonly key: number;
  readonly result: number;
  readonly instruction: number;
}

/** Conditional result format 1: one or two results. */
export function etmResult1(first: EtmResult, second?: EtmResult): number[] {
  const one = field(first.key << 4 | first.result);
  if (second === undefined) return [0x6e | first.instruction, ...one];
  const header = 0x68 | first.instruction | second.instruction << 1;
  return [header, ...one, ...field(second.key << 4 | second.result)];
}

/** Conditional result format 2: key increment 1 or 2, token 0 to 2. */
export function etmResult2(increment: number, token: number): number[] {
  return [0x48 | increment - 1 << 2 | token];
}

/** Conditional result format 3: twelve bits of tokens. */
export function etmResult3(tokens: number): number[] {
  return [0x50 | tokens >> 8, tokens & 0xff];
}

/** Conditional result format 4: token 0 to 2. */
export function etmResult4(token: number): number[] {
  return [0x44 | token];
}

/** Events 0 to 3 as bits. */
export function etmEvent(events: number): number[] {
  return [0x70 | events];
}

/** What a context packet says. */
export interface EtmContext {
  readonly level?: number;
  readonly aarch64?: boolean;
  readonly nonSecure?: boolean;
  readonly rootOrRealm?: boolean;
  readonly vmid?: number;
  readonly contextId?: number;
  /** Bytes of a virtual machine id, by default 4. */
  readonly vmidSize?: number;
}

function contextPart(context: EtmContext): number[] {
  const { level = 0, aarch64 = true, nonSecure = true, vmid, contextId, vmidSize = 4 } = context;
  const info = level | (context.rootOrRealm ? 8 : 0) | (aarch64 ? 0x10 : 0) |
    (nonSecure ? 0x20 : 0) |
    (vmid === undefined ? 0 : 0x40) | (contextId === undefined ? 0 : 0x80);
  return [
    info,
    ...(vmid === undefined ? [] : littleEndian(BigInt(vmid), vmidSize)),
    ...(contextId === undefined ? [] : littleEndian(BigInt(contextId), 4)),
  ];
}

/** A context of its own. */
export function etmContext(context: EtmContext): number[] {
  return [0x81, ...contextPart(context)];
}

/** Which of the address packets: instruction set, of target (default) or source, with a context. */
export interface EtmAddress {
  readonly is1?: boolean;
  readonly source?: boolean;
  readonly context?: EtmContext;
}

/** An address that is one of the last three: 0 for the last one. */
export function etmMatch(index: number, { source = false }: EtmAddress = {}): number[] {
  return [(source ? 0xb0 : 0x90) | index];
}

/** The low bits of an address: 9 or 17 of IS0, 8 or 16 of IS1. */
export function etmShort(address: bigint, bytes: 1 | 2, options: EtmAddress = {}): number[] {
  const { is1 = false, source = false } = options;
  return [(source ? 0xb4 : 0x95) + (is1 ? 1 : 0), ...shortPart(address, bytes, is1)];
}

function shortPart(address: bigint, bytes: 1 | 2, is1: boolean): number[] {
  const bits = Number(address >> (is1 ? 1n : 2n) & 0x7fffn);
  return bytes === 1 ? [bits & 0x7f] : [bits & 0x7f | 0x80, bits >> 7];
}

/** The low half of an address. */
export function etmLong32(address: bigint, options: EtmAddress = {}): number[] {
  const { is1 = false, source = false, context } = options;
  const header = context ? 0x82 : source ? 0xb6 : 0x9a;
  return [
    header + (is1 ? 1 : 0),
    ...longPart(address, 4, is1),
    ...(context ? contextPart(context) : []),
  ];
}

/** A whole address. */
export function etmLong64(address: bigint, options: EtmAddress = {}): number[] {
  const { is1 = false, source = false, context } = options;
  const header = context ? 0x85 : source ? 0xb8 : 0x9d;
  return [
    header + (is1 ? 1 : 0),
    ...longPart(address, 8, is1),
    ...(context ? contextPart(context) : []),
  ];
}

function longPart(address: bigint, size: number, is1: boolean): number[] {
  const upper = littleEndian(address, size).slice(2);
  const first = Number(address >> (is1 ? 1n : 2n) & 0x7fn);
  const second = Number(is1 ? address >> 8n & 0xffn : address >> 9n & 0x7fn);
  return [first, second, ...upper];
}

/** Q without an address: a count, or null if it is unknown. */
export function etmQ(count: number | null): number[] {
  return count === null ? [0xaf] : [0xac, ...field(count)];
}

/** Q with one of the last three addresses. */
export function etmQMatch(count: number, index: number): number[] {
  return [0xa0 | index, ...field(count)];
}

/** Q with the low bits of an address. */
export function etmQShort(count: number, address: bigint, { is1 = false } = {}): number[] {
  return [is1 ? 0xa6 : 0xa5, ...shortPart(address, 2, is1), ...field(count)];
}

/** Q with the low half of an address. */
export function etmQLong(count: number, address: bigint, { is1 = false } = {}): number[] {
  return [is1 ? 0xab : 0xaa, ...longPart(address, 4, is1), ...field(count)];
}

/** Atoms, oldest first, in the one packet that holds just these, where there is one. */
export function etmAtoms(atoms: string): number[] {
  const value = [...atoms].reduce((bits, atom, i) => bits | (atom === "E" ? 1 << i : 0), 0);
  switch (atoms.length) {
    case 1:
      return [0xf6 | value];
    case 2:
      return [0xd8 | value];
    case 3:
      return [0xf8 | value];
  }
  const listed = new Map([
    ["NEEE", 0xdc],
    ["NNNN", 0xdd],
    ["NENE", 0xde],
    ["ENEN", 0xdf],
    ["NNNNN", 0xd5],
    ["NENEN", 0xd6],
    ["ENENE", 0xd7],
    ["NEEEE", 0xf5],
  ]).get(atoms);
  if (listed !== undefined) return [listed];
  return [(atoms.endsWith("E") ? 0xc0 : 0xe0) | atoms.length - 4];
}

function littleEndian(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(value >> BigInt(8 * i) & 0xffn));
}

/** The frame that the kernel puts where trace was lost. */
export const barrierFrame: readonly number[] = [0, 1, 2, 3].flatMap(() => [0xff, 0xff, 0xff, 0x7f]);

/** Bytes of one source. */
export interface FrameRun {
  readonly id: number;
  readonly bytes: readonly number[];
}

/**
 * Puts runs into frames, the last one filled with padding of id 0. An id that is due at an odd byte
 * goes into the even one before it, with the bit that delays it.
 */
export function formatFrames(runs: readonly FrameRun[]): Uint8Array {
  const frames: number[] = [];
  let frame: number[] = [];
  let low = 0;
  let id = -1;
  const close = () => {
    if (frame.length < 15) return;
    frames.push(...frame, low);
    frame = [];
    low = 0;
  };
  const data = (byte: number) => {
    const isEven = frame.length % 2 === 0;
    if (isEven && (byte & 1) === 1) low |= 1 << frame.length / 2;
    frame.push(isEven ? byte & 0xfe : byte);
    close();
  };
  const turn = (next: number) => {
    if (next === id) return;
    id = next;
    if (frame.length % 2 === 1) {
      const before = frame.length - 1;
      const byte = frame[before]! | low >> before / 2 & 1;
      low |= 1 << before / 2;
      frame[before] = next << 1 | 1;
      frame.push(byte);
    } else {
      frame.push(next << 1 | 1);
    }
    close();
  };
  for (const run of [...runs, { id: 0, bytes: [] }]) {
    if (run.bytes.length > 0 || run.id === 0) turn(run.id);
    run.bytes.forEach(data);
  }
  while (frame.length > 0) data(0);
  return new Uint8Array(frames);
}
