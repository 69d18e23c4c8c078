import { joinU64 } from "../internal.ts";
import { PtKind } from "./packet_kind.ts";
import type { PtCursor } from "./pt_cursor.ts";

/** Bytes of an IP by the IPBytes field. */
const IP_BYTES: readonly number[] = [0, 2, 4, 6, 6, 0, 8, 0];

/**
 * Gives the payload of the packet under a cursor by name, as `PtPayloads` has it.
 * Source: SDM volume 3, "Packet Definitions".
 */
export function ptFields(
  packet: PtCursor,
): Record<string, bigint | number | boolean | string | null> {
  const { low, high, count } = packet;
  const payload = joinU64(high, low);
  switch (packet.kind) {
    case PtKind.Tnt:
      return { count, taken: branches(packet) };
    case PtKind.Tip:
    case PtKind.TipPge:
    case PtKind.TipPgd:
    case PtKind.Fup: {
      const ipBytes = IP_BYTES[count]!;
      if (count === 0) return { ip: null, ipBytes, payload };
      const { ipBits } = packet;
      const ip = joinU64(packet.ipHigh, packet.ipLow);
      return packet.hasIp
        ? { ip, ipBytes, payload }
        : { ip: null, ipBytes, payload, partialIp: BigInt.asUintN(ipBits, ip), knownBits: ipBits };
    }
    case PtKind.Pip:
      return { cr3: (payload >> 1n) << 5n, nonRoot: (low & 1) !== 0 };
    case PtKind.ModeExec:
      return { bits: low, ifFlag: (count & 4) !== 0 };
    case PtKind.ModeTsx:
      return { inTx: (low & 1) !== 0, txAbort: (low & 2) !== 0 };
    case PtKind.Cbr:
      return { ratio: low };
    case PtKind.Tsc:
      return { tsc: payload };
    case PtKind.Mtc:
      return { ctc: low };
    case PtKind.Tma:
      return { ctc: low, fastCounter: count };
    case PtKind.Cyc:
      return { cycles: payload };
    case PtKind.Vmcs:
      return { vmcs: payload << 12n };
    case PtKind.Mnt:
      return { payload };
    case PtKind.Ptwrite:
    case PtKind.PtwriteIp:
      return { payload, bytes: count === 0 ? 4 : 8, hasIp: packet.kind === PtKind.PtwriteIp };
    case PtKind.Exstop:
    case PtKind.ExstopIp:
      return { hasIp: packet.kind === PtKind.ExstopIp };
    case PtKind.Mwait:
      return { hints: low & 0xff, extensions: high & 3 };
    case PtKind.Pwre:
      return { hardware: (low & 0x80) !== 0, cState: low >> 12 & 15, subCState: low >> 8 & 15 };
    case PtKind.Pwrx:
      return { lastCState: low >> 4 & 15, deepestCState: low & 15, wakeReason: low >> 8 & 15 };
    case PtKind.Bbp:
      return { blockType: low, itemBytes: count === 0 ? 8 : 4 };
    case PtKind.Bip:
      return { item: count, payload };
    case PtKind.Bep:
    case PtKind.BepIp:
      return { hasIp: packet.kind === PtKind.BepIp };
    case PtKind.Cfe:
    case PtKind.CfeIp:
      return { type: count, vector: low, hasIp: packet.kind === PtKind.CfeIp };
    case PtKind.Evd:
      return { type: count, payload };
    case PtKind.Trig:
      return {
        triggers: low & 0xff,
        instructions: (count & 0x40) === 0 ? null : low >>> 8,
        multiple: (count & 0x20) !== 0,
        hasIp: (count & 0x80) !== 0,
      };
    default:
      return {};
  }
}

/** Branches from the oldest on: T taken, N not taken. */
function branches({ high, low, count }: PtCursor): string {
  let text = "";
  for (let i = 0; i < count; i++) text += ((i < 32 ? high : low) << i) < 0 ? "T" : "N";
  return text;
}
