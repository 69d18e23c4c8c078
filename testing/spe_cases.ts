import { SpeKind } from "../parsers/arm_spe/packet_kind.ts";
import {
  speAddress,
  speContext,
  speCounter,
  speDataSource,
  speEnd,
  speEvents,
  speInstruction,
  speOperation,
  spePad,
  spePhysical,
  speTimestamp,
} from "./spe_packets.ts";

/** A packet, and what has to be read from it. */
export interface SpeCase {
  readonly bytes: readonly number[];
  readonly kind: SpeKind;
  /** Payload by name. */
  readonly fields: object;
  /** Payload as text. */
  readonly text: string;
}

const NO_EVENTS = {
  bitmap: 0n,
  implementationDefined: [] as number[],
  exceptionGenerated: false,
  retired: false,
  l1dAccess: false,
  l1dRefill: false,
  tlbAccess: false,
  tlbWalk: false,
  notTaken: false,
  mispredicted: false,
  llcAccess: false,
  llcMiss: false,
  remoteAccess: false,
  misaligned: false,
  transactional: false,
  partialPredicate: false,
  emptyPredicate: false,
  l2dAccess: false,
  l2dMiss: false,
  dataModified: false,
  recentlyFetched: false,
  dataSnooped: false,
  streamingSve: false,
  smcu: false,
};

const EVENT_BITS: readonly (readonly [number, keyof typeof NO_EVENTS, string])[] = [
  [0, "exceptionGenerated", "EXCEPTION-GEN"],
  [1, "retired", "RETIRED"],
  [2, "l1dAccess", "L1D-ACCESS"],
  [3, "l1dRefill", "L1D-REFILL"],
  [4, "tlbAccess", "TLB-ACCESS"],
  [5, "tlbWalk", "TLB-REFILL"],
  [6, "notTaken", "NOT-TAKEN"],
  [7, "mispredicted", "MISPRED"],
  [8, "llcAccess", "LLC-ACCESS"],
  [9, "llcMiss", "LLC-REFILL"],
  [10, "remoteAccess", "REMOTE-ACCESS"],
  [11, "misaligned", "ALIGNMENT"],
  [16, "transactional", "TXN"],
  [17, "partialPredicate", "SVE-PARTIAL-PRED"],
  [18, "emptyPredicate", "SVE-EMPTY-PRED"],
  [19, "l2dAccess", "L2D-ACCESS"],
  [20, "l2dMiss", "L2D-MISS"],
  [21, "dataModified", "HITM"],
  [22, "recentlyFetched", "LFB"],
  [23, "dataSnooped", "SNOOPED"],
  [24, "streamingSve", "STREAMING-SVE"],
  [25, "smcu", "SMCU"],
];

const NO_OPERATION = {
  class: "reserved",
  group: "unknown",
  conditional: false,
  indirect: false,
  gcs: false,
  common: false,
  floatingPoint: false,
  simd: false,
  atomic: false,
  exclusive: false,
  acquireRelease: false,
  predicated: false,
  gatherScatter: false,
  vectorBits: null,
};

/** One case at least of every packet but ALIGNMENT, whose size depends on where it is. */
export const speCases: readonly SpeCase[] = [
  { bytes: spePad, kind: SpeKind.Pad, fields: {}, text: "PAD" },
  { bytes: speEnd, kind: SpeKind.End, fields: {}, text: "END" },
  {
    bytes: speTimestamp(0xfedcba9876543210n),
    kind: SpeKind.Timestamp,
    fields: { ticks: 0xfedcba9876543210n },
    text: "TS 18364758544493064720",
  },
  ...eventCases(),
  ...dataSourceCases(),
  ...[1, 2, 3, 4].map((el): SpeCase => ({
    bytes: speContext(el, 0xfffffff0 + el),
    kind: SpeKind.Context,
    fields: { el, contextId: 0xfffffff0 + el },
    text: `CONTEXT 0xfffffff${el} el${el}`,
  })),
  ...operationCases(),
  ...instructionCases(),
  ...dataAddressCases(),
  ...counterCases(),
];

function eventCases(): SpeCase[] {
  const one = (size: number) => ([bit, name, word]: typeof EVENT_BITS[number]): SpeCase => ({
    bytes: speEvents([bit], size),
    kind: SpeKind.Events,
    fields: { ...NO_EVENTS, bitmap: 1n << BigInt(bit), [name]: true },
    text: `EV ${word}`,
  });
  return [
    ...[1, 2, 4, 8].flatMap((size) => {
      return EVENT_BITS.filter(([bit]) => bit < 8 * size).map(one(size));
    }),
    {
      bytes: speEvents([63, 12], 8),
      kind: SpeKind.Events,
      fields: {
        ...NO_EVENTS,
        bitmap: 0x8000000000001000n,
        implementationDefined: [12, 63],
      },
      text: "EV IMPDEF:12,63",
    },
    {
      bytes: speEvents([32, 34, 62], 8),
      kind: SpeKind.Events,
      fields: {
        ...NO_EVENTS,
        bitmap: 0x4000000500000000n,
        implementationDefined: [32, 34, 62],
      },
      text: "EV IMPDEF:32,34,62",
    },
    {
      bytes: speEvents([1, 15, 25, 26, 31, 32], 8),
      kind: SpeKind.Events,
      fields: {
        ...NO_EVENTS,
        bitmap: 0x186008002n,
        implementationDefined: [15, 26, 31, 32],
        retired: true,
        smcu: true,
      },
      text: "EV RETIRED SMCU IMPDEF:15,26,31,32",
    },
  ];
}

function dataSourceCases(): SpeCase[] {
  return [[9, 1], [0x1234, 2], [0xfedcba98, 4], [0x1fffffffffffff, 8]].map(([value, size]) => ({
    bytes: speDataSource(value!, size!),
    kind: SpeKind.DataSource,
    fields: { dataSource: value },
    text: `DATA-SOURCE ${value}`,
  }));
}

function operationCases(): SpeCase[] {
  const other = (payload: number, text: string, fields: object) =>
    operation(0, payload, text, { class: "other", ...fields });
  const load = (payload: number, text: string, fields: object) => [
    operation(1, payload, `LD ${text}`, { class: "load", ...fields }),
    operation(1, payload | 1, `ST ${text}`, { class: "store", ...fields }),
  ];
  const branch = (payload: number, text: string, fields: object) =>
    operation(2, payload, text, { class: "branch", ...fields });
  return [
    other(0x00, "OTHER INSN-OTHER", { group: "general" }),
    other(0x01, "OTHER COND-SELECT", { group: "general", conditional: true }),
    other(0x02, "OTHER FP INSN-OTHER", { group: "general", floatingPoint: true }),
    other(0x06, "OTHER ASE FP INSN-OTHER", { group: "general", floatingPoint: true, simd: true }),
    other(0x08, "SVE-OTHER EVLEN 32", { group: "sve", vectorBits: 32 }),
    other(0x7e, "SVE-OTHER EVLEN 4096 FP PRED", {
      group: "sve",
      vectorBits: 4096,
      floatingPoint: true,
      predicated: true,
    }),
    other(0x88, "SME-OTHER ETS 128", { group: "sme", vectorBits: 128 }),
    other(0x8c, "SME-OTHER ETS 256", { group: "sme", vectorBits: 256 }),
    other(0x9a, "SME-OTHER ETS 512 FP", { group: "sme", vectorBits: 512, floatingPoint: true }),
    other(0x09, "SVE-OTHER EVLEN 32", { group: "sve", vectorBits: 32 }),
    other(0x89, "SME-OTHER ETS 128", { group: "sme", vectorBits: 128 }),
    other(0x10, "OTHER 0x10", { group: "unknown" }),
    ...load(0x00, "GP-REG", { group: "general" }),
    ...load(0x04, "SIMD-FP", { group: "simd-fp" }),
    ...load(0x10, "UNSPEC-REG", { group: "unspecified" }),
    ...load(0x14, "MTE-TAG", { group: "mte-tag" }),
    ...load(0x20, "MEMCPY", { group: "memcpy" }),
    ...load(0x30, "NV-SYSREG", { group: "system-register" }),
    operation(1, 0x25, "ST MEMSET", { class: "store", group: "memset" }),
    operation(1, 0x24, "LD 0x24", { class: "load", group: "unknown" }),
    ...load(0x06, "AT", { group: "atomic", atomic: true }),
    ...load(0x0a, "EXCL", { group: "atomic", exclusive: true }),
    ...load(0x12, "AR", { group: "atomic", acquireRelease: true }),
    ...load(0x1e, "AT EXCL AR", {
      group: "atomic",
      atomic: true,
      exclusive: true,
      acquireRelease: true,
    }),
    ...load(0x28, "SVE-SME-REG EVLEN 128", { group: "sve", vectorBits: 128 }),
    ...load(0xbc, "SVE-SME-REG EVLEN 256 PRED SG", {
      group: "sve",
      vectorBits: 256,
      predicated: true,
      gatherScatter: true,
    }),
    ...load(0x40, "GCS", { group: "gcs" }),
    ...load(0x44, "GCS COMM", { group: "gcs", common: true }),
    branch(0x00, "B", { group: "general" }),
    branch(0x01, "B COND", { group: "general", conditional: true }),
    branch(0x02, "B IND", { group: "general", indirect: true }),
    branch(0x08, "B CR-BL", { group: "call" }),
    branch(0x0a, "B IND CR-BL", { group: "call", indirect: true }),
    branch(0x16, "B IND GCS CR-RET", { group: "return", indirect: true, gcs: true }),
    branch(0x18, "B CR-NON-BL-RET", { group: "other" }),
    operation(3, 0x7f, "OP-TYPE 0x7f (3)", {}),
  ];
}

function operation(index: number, payload: number, text: string, fields: object): SpeCase {
  return {
    bytes: speOperation(index, payload),
    kind: SpeKind.Operation,
    fields: { ...NO_OPERATION, ...fields },
    text,
  };
}

function instructionCases(): SpeCase[] {
  const roles = [[0, SpeKind.Pc, "PC"], [1, SpeKind.Target, "TGT"], [
    4,
    SpeKind.PreviousTarget,
    "PBT",
  ]] as const;
  return roles.flatMap(([index, kind, name]) => {
    const one = (address: bigint, state: { el: number; nonSecure: boolean; nse?: boolean }) => ({
      bytes: speAddress(index, speInstruction(address, state)),
      kind,
      fields: { address, nse: false, ...state },
      text: `${name} 0x${BigInt.asUintN(56, address).toString(16)} el${state.el} ns=${
        Number(state.nonSecure)
      }${state.nse ? ` nse=1 ${state.nonSecure ? "Realm" : "Root"}` : ""}`,
    });
    return [
      one(0x401280n, { el: 0, nonSecure: true }),
      one(0xffff800012345678n, { el: 1, nonSecure: true }),
      one(0xffff800012345678n, { el: 2, nonSecure: true, nse: true }),
      one(0x12345678n, { el: 3, nonSecure: false, nse: true }),
      one(0x12345678n, { el: 3, nonSecure: false }),
      one(0x12345678n, { el: 1, nonSecure: false }),
    ];
  });
}

function dataAddressCases(): SpeCase[] {
  const va = (payload: bigint, address: bigint, tag: number): SpeCase => ({
    bytes: speAddress(2, payload),
    kind: SpeKind.Va,
    fields: { address, tag },
    text: `VA 0x${payload.toString(16)}`,
  });
  const physical = { nonSecure: true, nse: false, checked: true, pat: 0xa };
  return [
    va(0x0000ffff12345678n, 0x0000ffff12345678n, 0),
    va(0x5a00ffff12345678n, 0x0000ffff12345678n, 0x5a),
    va(0x5afff00012345678n, 0xfffff00012345678n, 0x5a),
    {
      bytes: speAddress(3, spePhysical(0x80001234n, physical)),
      kind: SpeKind.Pa,
      fields: { address: 0x80001234n, ...physical },
      text: "PA 0x80001234 ns=1 ch=1 pat=a",
    },
    ...[true, false].map((nonSecure): SpeCase => ({
      bytes: speAddress(3, spePhysical(0x80001234n, { ...physical, nonSecure, nse: true })),
      kind: SpeKind.Pa,
      fields: { address: 0x80001234n, ...physical, nonSecure, nse: true },
      text: `PA 0x80001234 ns=${Number(nonSecure)} ch=1 pat=a nse=1 ${
        nonSecure ? "Realm" : "Root"
      }`,
    })),
    {
      bytes: speAddress(3, 0xffffffffffffffn, { extended: true }),
      kind: SpeKind.Pa,
      fields: { address: 0xffffffffffffffn, nonSecure: false, nse: false, checked: false, pat: 0 },
      text: "PA 0xffffffffffffff ns=0 ch=0 pat=0",
    },
    ...[5, 7, 8, 31].map((index): SpeCase => ({
      bytes: speAddress(index, 0xfedcba9876543210n),
      kind: SpeKind.Address,
      fields: { index, payload: 0xfedcba9876543210n },
      text: `ADDR 0xfedcba9876543210 (${index})`,
    })),
  ];
}

function counterCases(): SpeCase[] {
  const latencies = [
    [SpeKind.TotalLatency, "TOT"],
    [SpeKind.IssueLatency, "ISSUE"],
    [SpeKind.TranslationLatency, "XLAT"],
  ] as const;
  return [
    ...latencies.flatMap(([kind, name], index) => {
      return [false, true].map((extended): SpeCase => ({
        bytes: speCounter(index, 0xff00 + index, { extended }),
        kind,
        fields: { cycles: 0xff00 + index },
        text: `LAT ${0xff00 + index} ${name}`,
      }));
    }),
    ...[3, 7, 8, 31].map((index): SpeCase => ({
      bytes: speCounter(index, 300),
      kind: SpeKind.Counter,
      fields: { index, count: 300 },
      text: `LAT 300 (${index})`,
    })),
  ];
}
