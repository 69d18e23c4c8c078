import type { CoresightCpu } from "../parsers/coresight/mod.ts";
import * as etm from "./etm_packets.ts";

/** A packet and what its decoder has to say. */
export interface ExpectedPacket {
  readonly bytes: readonly number[];
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A trace unit and streams that it could write. */
export interface EtmVariant {
  readonly name: string;
  readonly cpu: CoresightCpu;
  readonly packets: readonly ExpectedPacket[];
}

/** ETMv4.2 as in phones, and one with conditional instructions, Q, data trace and commits; ETE. */
export function etmVariants(): EtmVariant[] {
  const plain = { TRCIDR0: 0x28000ea1, TRCIDR1: 0x4100f423, TRCIDR2: 0x20001088, TRCIDR8: 0 };
  const rich = { TRCIDR0: 0x08018eff, TRCIDR1: 0x4100f463, TRCIDR2: 0x30000888, TRCIDR8: 78 };
  return [
    {
      name: "ETMv4.2",
      cpu: traceUnit("etmv4", { TRCCONFIGR: 0x08c1, ...plain }),
      packets: [...commonPackets(4, 12), ...plainCycles(), ...etm4Packets()],
    },
    {
      name: "ETMv4.6 with everything",
      cpu: traceUnit("etmv4", { TRCCONFIGR: 0x107c7, ...rich }),
      packets: [
        ...commonPackets(2, 20),
        ...commitCycles(),
        ...etm4Packets(),
        ...conditionalPackets(),
        ...qPackets(),
        ...dataMarkers(),
        packet(etm.etmIgnore, "I_IGNORE"),
        packet(etm.etmTimestampMarker, "I_TS_MARKER"),
      ],
    },
    {
      name: "ETE 1.2",
      cpu: traceUnit("ete", { TRCCONFIGR: 0x08c1, ...plain, TRCDEVARCH: 0x47725a13 }),
      packets: [...commonPackets(4, 12), ...plainCycles(), ...etePackets()],
    },
  ];
}

/** The block of a trace unit with these registers; the trace id is 0x10. */
export function traceUnit(
  kind: "etmv4" | "ete",
  registers: Readonly<Record<string, number>>,
  traceId = 0x10,
): CoresightCpu {
  const params = Object.entries({ ...registers, TRCTRACEIDR: traceId, TRCAUTHSTATUS: 0xcc })
    .map(([name, value]) => ({ name, value: BigInt(value) }));
  const magic = kind === "ete" ? 0x5050505050505050n : 0x4040404040404040n;
  return { cpu: traceId - 0x10, kind, magic, traceId, params };
}

function packet(
  bytes: readonly number[],
  kind: string,
  fields: Readonly<Record<string, unknown>> = {},
): ExpectedPacket {
  return { bytes, kind, fields };
}

/** Packets of all variants; they begin with A-Sync and trace info. */
function commonPackets(vmidSize: number, cycleBits: number): ExpectedPacket[] {
  const cycles = 2 ** cycleBits - 2;
  return [
    packet(etm.etmAsync, "I_ASYNC"),
    packet(etm.etmTraceInfo({ info: 0 }), "I_TRACE_INFO", { info: 0 }),
    packet(etm.etmTraceInfo(), "I_TRACE_INFO"),
    packet(
      etm.etmTraceInfo({ info: 1, key: 300, speculation: 2, cycleThreshold: 4, window: 5 }),
      "I_TRACE_INFO",
      {
        info: 1,
        key: 300,
        speculation: 2,
        cycleThreshold: 4,
        window: 5,
      },
    ),
    packet(etm.etmTraceOn, "I_TRACE_ON"),
    packet(etm.etmDiscard, "I_DISCARD"),
    packet(etm.etmOverflow, "I_OVERFLOW"),
    ...timestamps(cycles),
    ...addresses(vmidSize),
    ...speculation(),
    ...atomPackets(),
    ...[1, 2, 15].map((events) => packet(etm.etmEvent(events), "I_EVENT", { events })),
    packet(etm.etmAsync, "I_ASYNC"),
    packet(etm.etmMatch(0), "I_ADDR_MATCH", {
      match: 0,
      address: 0x4567890an,
      instructionSet: "IS1",
    }),
  ];
}

function timestamps(cycles: number): ExpectedPacket[] {
  const time = (bytes: number[], timestamp: bigint, cycles?: number) => {
    return packet(bytes, "I_TIMESTAMP", { timestamp, ...(cycles === undefined ? {} : { cycles }) });
  };
  return [
    time(etm.etmTimestamp(0x123456789abcdef0n), 0x123456789abcdef0n),
    time(etm.etmTimestamp(0x05n, { bytes: 1 }), 0x123456789abcde85n),
    time(etm.etmTimestamp(0x7fffffffn, { bytes: 5 }), 0x12345678_7fffffffn & ~0x700000000n),
    time(etm.etmTimestamp(0x0n, { bytes: 8 }), 0x1200000000000000n),
    time(etm.etmTimestamp(0xfedcba9876543210n), 0xfedcba9876543210n),
    time(etm.etmTimestamp(0x11n, { bytes: 4, cycles: 5 }), 0xfedcba9870000011n, 5),
    time(etm.etmTimestamp(0x12n, { bytes: 1, cycles }), 0xfedcba9870000012n, cycles),
    packet(etm.etmTraceInfo({ info: 0 }), "I_TRACE_INFO", { info: 0 }),
    time(etm.etmTimestamp(0x33n), 0x33n),
  ];
}

function addresses(vmidSize: number): ExpectedPacket[] {
  const at = (address: bigint, is1 = false) => ({ address, instructionSet: is1 ? "IS1" : "IS0" });
  const is1 = { is1: true };
  const context = { level: 1, aarch64: true, nonSecure: true, vmid: 0x0ab, vmidSize };
  const shown = {
    exceptionLevel: 1,
    aarch64: true,
    nonSecure: true,
    rootOrRealm: false,
    securityState: "Non-secure",
    vmid: 0xab,
  };
  const arm = { level: 0, aarch64: false, nonSecure: false, contextId: 0xfedcba98 };
  const shownArm = {
    exceptionLevel: 0,
    aarch64: false,
    nonSecure: false,
    rootOrRealm: false,
    securityState: "Secure",
    contextId: 0xfedcba98,
  };
  return [
    packet(etm.etmSameContext, "I_CTXT", { same: true }),
    packet(etm.etmContext(context), "I_CTXT", shown),
    packet(etm.etmLong64(0xffff_8000_1234_5678n), "I_ADDR_L_64IS0", at(0xffff_8000_1234_5678n)),
    packet(etm.etmLong32(0x9abc_def0n), "I_ADDR_L_32IS0", at(0xffff_8000_9abc_def0n)),
    packet(etm.etmShort(0x1ecn, 1), "I_ADDR_S_IS0", at(0xffff_8000_9abc_dfecn & ~0x1ffn | 0x1ecn)),
    packet(etm.etmMatch(2), "I_ADDR_MATCH", { match: 2, ...at(0xffff_8000_1234_5678n) }),
    packet(etm.etmMatch(2), "I_ADDR_MATCH", { match: 2, ...at(0xffff_8000_9abc_def0n) }),
    packet(etm.etmMatch(1), "I_ADDR_MATCH", { match: 1, ...at(0xffff_8000_1234_5678n) }),
    packet(etm.etmShort(0x1fffcn, 2), "I_ADDR_S_IS0", at(0xffff_8000_1235_fffcn)),
    packet(etm.etmShort(0xaen, 1, is1), "I_ADDR_S_IS1", at(0xffff_8000_1235_ffaen, true)),
    packet(etm.etmShort(0x1234n, 2, is1), "I_ADDR_S_IS1", at(0xffff_8000_1235_1234n, true)),
    packet(etm.etmLong64(0x7f_ffff_fffen, is1), "I_ADDR_L_64IS1", at(0x7f_ffff_fffen, true)),
    packet(etm.etmLong64(0xfff0n, { context: arm }), "I_ADDR_CTXT_L_64IS0", {
      ...at(0xfff0n),
      ...shownArm,
    }),
    packet(etm.etmLong64(0x1_0000_ff02n, { is1: true, context }), "I_ADDR_CTXT_L_64IS1", {
      ...at(0x1_0000_ff02n, true),
      ...shown,
    }),
    packet(etm.etmLong32(0x8000_0004n, { context: arm }), "I_ADDR_CTXT_L_32IS0", {
      ...at(0x1_8000_0004n),
      ...shownArm,
    }),
    packet(etm.etmLong32(0x4567_0000n), "I_ADDR_L_32IS0", at(0x4567_0000n)),
    packet(
      etm.etmLong32(0x4567_890an, {
        is1: true,
        context: { level: 3, contextId: 1, vmid: 2, vmidSize },
      }),
      "I_ADDR_CTXT_L_32IS1",
      {
        ...at(0x4567_890an, true),
        exceptionLevel: 3,
        aarch64: true,
        nonSecure: true,
        rootOrRealm: false,
        securityState: "Non-secure",
        contextId: 1,
        vmid: 2,
      },
    ),
    packet(etm.etmLong32(0x4567_890an, is1), "I_ADDR_L_32IS1", at(0x4567_890an, true)),
  ];
}

function speculation(): ExpectedPacket[] {
  return [
    packet(etm.etmCommit(3), "I_COMMIT", { commits: 3 }),
    packet(etm.etmCommit(0xffffffff), "I_COMMIT", { commits: 0xffffffff }),
    packet(etm.etmCancel1(200), "I_CANCEL_F1", { cancels: 200 }),
    packet(etm.etmCancel1(1, true), "I_CANCEL_F1_MISPRED", { cancels: 1 }),
    ...["", "E", "EE", "N"].flatMap((atoms) => [
      packet(etm.etmMispredict(atoms), "I_MISPREDICT", { atoms }),
      packet(etm.etmCancel2(atoms), "I_CANCEL_F2", { cancels: 1, atoms }),
    ]),
    ...[2, 3, 4, 5].flatMap((cancels) =>
      ["", "E"].map((atoms) => {
        return packet(etm.etmCancel3(cancels, atoms), "I_CANCEL_F3", { cancels, atoms });
      })
    ),
  ];
}

function atomPackets(): ExpectedPacket[] {
  const format = (kind: string, list: readonly string[]) => {
    return list.map((atoms) => packet(etm.etmAtoms(atoms), kind, { atoms }));
  };
  const six = Array.from({ length: 21 }, (_, i) => ["E".repeat(i + 4), "E".repeat(i + 3) + "N"]);
  return [
    ...format("I_ATOM_F1", ["N", "E"]),
    ...format("I_ATOM_F2", ["NN", "EN", "NE", "EE"]),
    ...format("I_ATOM_F3", ["NNN", "ENN", "NEN", "EEN", "NNE", "ENE", "NEE", "EEE"]),
    ...format("I_ATOM_F4", ["NEEE", "NNNN", "NENE", "ENEN"]),
    ...format("I_ATOM_F5", ["NNNNN", "NENEN", "ENENE", "NEEEE"]),
    ...format("I_ATOM_F6", six.flat()),
  ];
}

function exceptions(types: readonly (readonly [number, string])[]): ExpectedPacket[] {
  return types.flatMap(([type, name]) =>
    [1, 2].map((address) => {
      const fields = { type, name, addressInterpretation: address };
      return packet(etm.etmException(type, { address }), "I_EXCEPT", fields);
    })
  );
}

const EXCEPTIONS = [[1, "Debug Halt"], [14, "IRQ"], [5, "Reserved"], [0x123, "Reserved"]] as const;

function etm4Packets(): ExpectedPacket[] {
  return [
    ...exceptions([[0, "PE Reset"], ...EXCEPTIONS]),
    packet(etm.etmExceptionReturn, "I_EXCEPT_RTN"),
  ];
}

function plainCycles(): ExpectedPacket[] {
  return [
    packet(etm.etmTraceInfo({ info: 1, cycleThreshold: 0x104 }), "I_TRACE_INFO", {
      info: 1,
      cycleThreshold: 0x104,
    }),
    packet(etm.etmCycleCount1(100000), "I_CCNT_F1", { cycles: 100000 + 0x104 }),
    packet(etm.etmCycleCount1(null), "I_CCNT_F1", { cycles: null }),
    packet(etm.etmCycleCount2(15, 16), "I_CCNT_F2", { cycles: 0x113 }),
    packet(etm.etmCycleCount3(3, 4), "I_CCNT_F3", { cycles: 0x107 }),
  ];
}

function commitCycles(): ExpectedPacket[] {
  return [
    packet(etm.etmTraceInfo({ info: 1, cycleThreshold: 7 }), "I_TRACE_INFO", {
      info: 1,
      cycleThreshold: 7,
    }),
    packet(etm.etmCycleCount1(0x1ffff, 200), "I_CCNT_F1", { cycles: 0x1ffff + 7, commits: 200 }),
    packet(etm.etmCycleCount1(null, 3), "I_CCNT_F1", { cycles: null, commits: 3 }),
    packet(etm.etmCycleCount2(0, 1), "I_CCNT_F2", { cycles: 7, commits: 1 }),
    packet(etm.etmCycleCount2(15, 16), "I_CCNT_F2", { cycles: 22, commits: 16 }),
    packet(etm.etmCycleCount2(1, 63, 78), "I_CCNT_F2", { cycles: 8, commits: 63 }),
    packet(etm.etmCycleCount2(2, 78, 78), "I_CCNT_F2", { cycles: 9, commits: 78 }),
    packet(etm.etmCycleCount3(0, 1), "I_CCNT_F3", { cycles: 7, commits: 1 }),
  ];
}

function conditionalPackets(): ExpectedPacket[] {
  const first = { key: 0x1234, result: 5, instruction: 1 };
  return [
    packet(etm.etmConditional1(0x12345), "I_COND_I_F1", { key: 0x12345 }),
    ...[0, 1, 2].map((code) => packet(etm.etmConditional2(code), "I_COND_I_F2", { code })),
    packet(etm.etmConditional3(63, true), "I_COND_I_F3", { count: 63, final: true }),
    packet(etm.etmConditionalFlush, "I_COND_FLUSH"),
    packet(etm.etmResult1(first), "I_COND_RES_F1", first),
    packet(etm.etmResult1(first, { key: 0, result: 2, instruction: 0 }), "I_COND_RES_F1", {
      ...first,
      secondKey: 0,
      secondResult: 2,
      secondInstruction: 0,
    }),
    ...[1, 2].flatMap((increment) =>
      [0, 1, 2].map((token) => {
        return packet(etm.etmResult2(increment, token), "I_COND_RES_F2", { increment, token });
      })
    ),
    packet(etm.etmResult3(0xabc), "I_COND_RES_F3", { tokens: 0xabc }),
    ...[0, 1, 2].map((token) => packet(etm.etmResult4(token), "I_COND_RES_F4", { token })),
  ];
}

function qPackets(): ExpectedPacket[] {
  const at = (address: bigint, is1 = false) => ({ address, instructionSet: is1 ? "IS1" : "IS0" });
  const long = (address: bigint) => packet(etm.etmLong64(address), "I_ADDR_L_64IS0", at(address));
  return [
    packet(etm.etmContext({ aarch64: false, nonSecure: false }), "I_CTXT", {
      exceptionLevel: 0,
      aarch64: false,
      nonSecure: false,
      rootOrRealm: false,
      securityState: "Secure",
    }),
    long(0x1111_2222_3333_4444n),
    long(0x5555_6666_7777_8888n),
    packet(etm.etmQ(5), "I_Q", { count: 5 }),
    packet(etm.etmQ(null), "I_Q", { count: null }),
    packet(etm.etmQMatch(1000, 1), "I_Q", { count: 1000, match: 1, ...at(0x1111_2222_3333_4444n) }),
    packet(etm.etmQMatch(1, 1), "I_Q", { count: 1, match: 1, ...at(0x5555_6666_7777_8888n) }),
    packet(etm.etmQShort(7, 0x123n << 2n), "I_Q", { count: 7, ...at(0x5555_6666_7776_048cn) }),
    packet(etm.etmQShort(7, 0xfffen, { is1: true }), "I_Q", {
      count: 7,
      ...at(0x5555_6666_7776_fffen, true),
    }),
    packet(etm.etmQLong(9, 0x9999_aaa8n), "I_Q", { count: 9, ...at(0x9999_aaa8n) }),
    packet(etm.etmQLong(9, 0x9999_aaaan, { is1: true }), "I_Q", {
      count: 9,
      ...at(0x9999_aaaan, true),
    }),
    packet(etm.etmMatch(1), "I_ADDR_MATCH", { match: 1, ...at(0x9999_aaa8n) }),
  ];
}

function dataMarkers(): ExpectedPacket[] {
  return [
    packet(etm.etmNumberedMarker(7), "I_NUM_DS_MKR", { marker: 7 }),
    packet(etm.etmUnnumberedMarker(4), "I_UNNUM_DS_MKR", { marker: 4 }),
  ];
}

function etePackets(): ExpectedPacket[] {
  const at = (address: bigint, is1 = false) => ({ address, instructionSet: is1 ? "IS1" : "IS0" });
  const source = { source: true };
  const sourceIs1 = { source: true, is1: true };
  return [
    ...exceptions(EXCEPTIONS),
    packet(etm.etmException(0, { long: true }), "I_PE_RESET"),
    packet(etm.etmException(0x18, { long: true }), "I_TRANS_FAIL"),
    packet(etm.eteTransactionStart, "I_TRANS_ST"),
    packet(etm.eteTransactionCommit, "I_TRANS_COMMIT"),
    packet(etm.etmIgnore, "I_IGNORE"),
    packet(etm.etmTimestampMarker, "I_TS_MARKER"),
    packet(etm.etmContext({ level: 2, contextId: 5 }), "I_CTXT", {
      exceptionLevel: 2,
      aarch64: true,
      nonSecure: true,
      rootOrRealm: false,
      securityState: "Non-secure",
      contextId: 5,
    }),
    ...[[false, "Root"], [true, "Realm"]].map(([nonSecure, securityState]) => {
      const context = { level: 1, nonSecure: nonSecure === true, rootOrRealm: true };
      return packet(etm.etmContext(context), "I_CTXT", {
        exceptionLevel: 1,
        aarch64: true,
        nonSecure,
        rootOrRealm: true,
        securityState,
      });
    }),
    packet(etm.etmLong64(0x1_0000_0000n, source), "I_SRC_ADDR_L_64IS0", at(0x1_0000_0000n)),
    packet(
      etm.etmLong64(0x2_0000_0002n, sourceIs1),
      "I_SRC_ADDR_L_64IS1",
      at(0x2_0000_0002n, true),
    ),
    packet(etm.etmLong32(0x8765_4320n, source), "I_SRC_ADDR_L_32IS0", at(0x2_8765_4320n)),
    packet(etm.etmLong32(0x8765_4322n, sourceIs1), "I_SRC_ADDR_L_32IS1", at(0x2_8765_4322n, true)),
    packet(
      etm.etmShort(0x104n, 1, source),
      "I_SRC_ADDR_S_IS0",
      at(0x2_8765_4304n & ~0x1ffn | 0x104n),
    ),
    packet(etm.etmShort(0x1fen, 2, sourceIs1), "I_SRC_ADDR_S_IS1", at(0x2_8765_01fen, true)),
    packet(etm.etmMatch(2, source), "I_SRC_ADDR_MATCH", { match: 2, ...at(0x2_8765_4322n, true) }),
  ];
}
