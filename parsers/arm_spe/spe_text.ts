import { joinU64 } from "../internal.ts";
import { SpeKind, speKindNames } from "./packet_kind.ts";
import type { SpeCursor } from "./spe_cursor.ts";
import { decodeSpeInstruction, decodeSpePhysical } from "./spe_address.ts";
import { modelBits } from "./spe_events.ts";
import { decodeSpeOperation, type SpeOperation } from "./spe_operation.ts";

/** Names of event bits from bit 0 on; those of - and above belong to the CPU's model. */
const EVENTS: readonly string[] = `
  EXCEPTION-GEN RETIRED L1D-ACCESS L1D-REFILL TLB-ACCESS TLB-REFILL NOT-TAKEN MISPRED LLC-ACCESS
  LLC-REFILL REMOTE-ACCESS ALIGNMENT - - - - TXN SVE-PARTIAL-PRED SVE-EMPTY-PRED L2D-ACCESS
  L2D-MISS HITM LFB SNOOPED STREAMING-SVE SMCU
`.trim().split(/\s+/);

const GROUPS: Partial<Record<SpeOperation["group"], string>> = {
  "general": "GP-REG",
  "simd-fp": "SIMD-FP",
  "unspecified": "UNSPEC-REG",
  "system-register": "NV-SYSREG",
  "mte-tag": "MTE-TAG",
  "memcpy": "MEMCPY",
  "memset": "MEMSET",
  "gcs": "GCS",
};

/** Kinds of branches that FEAT_SPE_CRR records tell. */
const LINKS: Partial<Record<SpeOperation["group"], string>> = {
  call: "CR-BL",
  return: "CR-RET",
  other: "CR-NON-BL-RET",
};

/**
 * Describes the packet under the cursor in the words of `perf script -D`, without position and
 * bytes: `PC 0xff800008123456 el1 ns=1`, `LAT 34 TOT`, `LD GP-REG`.
 *
 * The words are those of perf 7.3. Where it describes two packets with one word, the kind's own name
 * stands; patterns and counters that it has no word for have their number. The bit NSE, where it is
 * set, follows as `nse=1 Realm` or `nse=1 Root`. Addresses are as recorded: without the top byte of
 * instructions' addresses, with the tag of data addresses.
 */
export function speText(cursor: SpeCursor): string {
  const { kind, index, high, low } = cursor;
  switch (kind) {
    case SpeKind.Timestamp:
      return `TS ${joinU64(high, low)}`;
    case SpeKind.Events:
      return eventsText(high, low);
    case SpeKind.DataSource:
      return `DATA-SOURCE ${joinU64(high, low)}`;
    case SpeKind.Context:
      return `CONTEXT 0x${low.toString(16)} el${index + 1}`;
    case SpeKind.Operation:
      return operationText(decodeSpeOperation(index, low), low);
    case SpeKind.Pc:
      return instructionText("PC", high, low);
    case SpeKind.Target:
      return instructionText("TGT", high, low);
    case SpeKind.PreviousTarget:
      return instructionText("PBT", high, low);
    case SpeKind.Va:
      return `VA ${hex(high, low)}`;
    case SpeKind.Pa:
      return physicalText(high, low);
    case SpeKind.Address:
      return `ADDR ${hex(high, low)} (${index})`;
    case SpeKind.TotalLatency:
      return `LAT ${low} TOT`;
    case SpeKind.IssueLatency:
      return `LAT ${low} ISSUE`;
    case SpeKind.TranslationLatency:
      return `LAT ${low} XLAT`;
    case SpeKind.Counter:
      return `LAT ${low} (${index})`;
    default:
      return speKindNames[kind]!;
  }
}

function eventsText(high: number, low: number): string {
  const named = EVENTS.filter((name, bit) => name !== "-" && (low >>> bit & 1) === 1);
  const others = modelBits(high, low);
  return words("EV", ...named, others.length > 0 && `IMPDEF:${others}`);
}

function operationText(operation: SpeOperation, payload: number): string {
  const raw = `0x${payload.toString(16)}`;
  switch (operation.class) {
    case "other":
      return otherText(operation, raw);
    case "load":
      return loadStoreText("LD", operation, raw);
    case "store":
      return loadStoreText("ST", operation, raw);
    case "branch": {
      const { conditional, indirect, gcs, group } = operation;
      return words("B", conditional && "COND", indirect && "IND", gcs && "GCS", LINKS[group]);
    }
    case "reserved":
      return `OP-TYPE ${raw} (3)`;
  }
}

function otherText(operation: SpeOperation, raw: string): string {
  const { group, conditional, floatingPoint, simd, predicated, vectorBits } = operation;
  const fp = floatingPoint && "FP";
  if (group === "sve") return words(`SVE-OTHER EVLEN ${vectorBits}`, fp, predicated && "PRED");
  if (group === "sme") return words(`SME-OTHER ETS ${vectorBits}`, fp);
  if (group === "unknown") return `OTHER ${raw}`;
  return words("OTHER", simd && "ASE", fp, conditional ? "COND-SELECT" : "INSN-OTHER");
}

function loadStoreText(name: string, operation: SpeOperation, raw: string): string {
  const { group, atomic, exclusive, acquireRelease, predicated, gatherScatter } = operation;
  if (group === "atomic") {
    return words(name, atomic && "AT", exclusive && "EXCL", acquireRelease && "AR");
  }
  if (group === "sve") {
    const length = `SVE-SME-REG EVLEN ${operation.vectorBits}`;
    return words(name, length, predicated && "PRED", gatherScatter && "SG");
  }
  return words(name, GROUPS[group] ?? raw, operation.common && "COMM");
}

function instructionText(name: string, high: number, low: number): string {
  const { el, nonSecure, nse } = decodeSpeInstruction(high, low);
  const state = `ns=${Number(nonSecure)}${nseText(nonSecure, nse)}`;
  return `${name} ${hex(high & 0xffffff, low)} el${el} ${state}`;
}

function physicalText(high: number, low: number): string {
  const { address, nonSecure, nse, checked, pat } = decodeSpePhysical(high, low);
  const flags = `ns=${Number(nonSecure)} ch=${Number(checked)} pat=${pat.toString(16)}`;
  return `PA 0x${address.toString(16)} ${flags}${nseText(nonSecure, nse)}`;
}

/** What the bit NSE adds, which perf does not print. */
function nseText(nonSecure: boolean, nse: boolean): string {
  return nse ? ` nse=1 ${nonSecure ? "Realm" : "Root"}` : "";
}

function hex(high: number, low: number): string {
  return `0x${joinU64(high, low).toString(16)}`;
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined).join(" ");
}
