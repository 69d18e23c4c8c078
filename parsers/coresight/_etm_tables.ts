import { EtmKind } from "./etm_kind.ts";
import { ETE_VERSION, type EtmConfig } from "./trace_unit.ts";

/** How the length of a packet follows from its first bytes; below 16 it is the length itself. */
export const Shape = {
  Bad: 0,
  Single: 1,
  /** One byte that repeats an address. */
  Match: 16,
  Extension: 17,
  TraceInfo: 18,
  Timestamp: 19,
  TimestampCycles: 20,
  Exception: 21,
  EteException: 22,
  /** Fields of seven bits to a byte after the header. */
  Field5: 23,
  Field5Field3: 24,
  Field3: 25,
  Field5Field5: 26,
  Context: 27,
  Short: 28,
  Long32: 29,
  Long64: 30,
  Long32Context: 31,
  Long64Context: 32,
  QMatch: 33,
  QShort: 34,
  QLong: 35,
} as const;

/** What a unit's header bytes mean. */
export interface HeaderTables {
  /** Kind by header byte; that of the first form where the second byte decides. */
  readonly kinds: Uint8Array;
  /** {@linkcode Shape} by header byte. */
  readonly shapes: Uint8Array;
}

const tables = new WeakMap<EtmConfig, HeaderTables>();

/** The tables of a configuration; the same ones for the same object. */
export function headerTables(config: EtmConfig): HeaderTables {
  const known = tables.get(config);
  if (known !== undefined) return known;
  const made = makeTables(config);
  tables.set(config, made);
  return made;
}

function makeTables(config: EtmConfig): HeaderTables {
  const kinds = new Uint8Array(256).fill(EtmKind.Bad);
  const shapes = new Uint8Array(256).fill(Shape.Bad);
  const set = (first: number, last: number, kind: EtmKind, shape: number = Shape.Single) => {
    kinds.fill(kind, first, last + 1);
    shapes.fill(shape, first, last + 1);
  };
  const isEte = config.version >= ETE_VERSION;
  set(0x00, 0x00, EtmKind.Async, Shape.Extension);
  set(0x01, 0x01, EtmKind.TraceInfo, Shape.TraceInfo);
  set(0x02, 0x02, EtmKind.Timestamp, Shape.Timestamp);
  set(0x03, 0x03, EtmKind.Timestamp, Shape.TimestampCycles);
  set(0x04, 0x04, EtmKind.TraceOn);
  set(0x06, 0x06, EtmKind.Exception, isEte ? Shape.EteException : Shape.Exception);
  set(0x0c, 0x0d, EtmKind.CycleCountF2, 2);
  set(0x0e, 0x0e, EtmKind.CycleCountF1, config.omitsCommits ? Shape.Field3 : Shape.Field5Field3);
  set(0x0f, 0x0f, EtmKind.CycleCountF1, config.omitsCommits ? Shape.Single : Shape.Field5);
  set(0x10, 0x1f, EtmKind.CycleCountF3);
  if (config.hasDataTrace) {
    set(0x20, 0x27, EtmKind.NumberedDataSync);
    set(0x28, 0x2c, EtmKind.UnnumberedDataSync);
  }
  set(0x2d, 0x2d, EtmKind.Commit, Shape.Field5);
  set(0x2e, 0x2e, EtmKind.CancelF1, Shape.Field5);
  set(0x2f, 0x2f, EtmKind.CancelF1Mispredict, Shape.Field5);
  set(0x30, 0x33, EtmKind.Mispredict);
  set(0x34, 0x37, EtmKind.CancelF2);
  set(0x38, 0x3f, EtmKind.CancelF3);
  if (config.hasConditionals) setConditionals(set);
  if (config.version >= 0x43) set(0x70, 0x70, EtmKind.Ignore);
  set(0x71, 0x7f, EtmKind.Event);
  set(0x80, 0x80, EtmKind.Context);
  set(0x81, 0x81, EtmKind.Context, Shape.Context);
  set(0x82, 0x82, EtmKind.AddressContext32Is0, Shape.Long32Context);
  set(0x83, 0x83, EtmKind.AddressContext32Is1, Shape.Long32Context);
  set(0x85, 0x85, EtmKind.AddressContext64Is0, Shape.Long64Context);
  set(0x86, 0x86, EtmKind.AddressContext64Is1, Shape.Long64Context);
  if (config.version >= 0x46) set(0x88, 0x88, EtmKind.TimestampMarker);
  set(0x90, 0x92, EtmKind.AddressMatch, Shape.Match);
  set(0x95, 0x95, EtmKind.AddressShortIs0, Shape.Short);
  set(0x96, 0x96, EtmKind.AddressShortIs1, Shape.Short);
  set(0x9a, 0x9a, EtmKind.Address32Is0, Shape.Long32);
  set(0x9b, 0x9b, EtmKind.Address32Is1, Shape.Long32);
  set(0x9d, 0x9d, EtmKind.Address64Is0, Shape.Long64);
  set(0x9e, 0x9e, EtmKind.Address64Is1, Shape.Long64);
  if (config.hasQ) {
    set(0xa0, 0xa2, EtmKind.Q, Shape.QMatch);
    set(0xa5, 0xa6, EtmKind.Q, Shape.QShort);
    set(0xaa, 0xab, EtmKind.Q, Shape.QLong);
    set(0xac, 0xac, EtmKind.Q, Shape.Field5);
    set(0xaf, 0xaf, EtmKind.Q);
  }
  if (isEte) setEte(set, config.version);
  else set(0x07, 0x07, EtmKind.ExceptionReturn);
  set(0xc0, 0xd4, EtmKind.AtomF6);
  set(0xd5, 0xd7, EtmKind.AtomF5);
  set(0xd8, 0xdb, EtmKind.AtomF2);
  set(0xdc, 0xdf, EtmKind.AtomF4);
  set(0xe0, 0xf4, EtmKind.AtomF6);
  set(0xf5, 0xf5, EtmKind.AtomF5);
  set(0xf6, 0xf7, EtmKind.AtomF1);
  set(0xf8, 0xff, EtmKind.AtomF3);
  return { kinds, shapes };
}

type SetRange = (first: number, last: number, kind: EtmKind, shape?: number) => void;

function setConditionals(set: SetRange): void {
  set(0x40, 0x42, EtmKind.ConditionalF2);
  set(0x43, 0x43, EtmKind.ConditionalFlush);
  set(0x44, 0x46, EtmKind.ConditionalResultF4);
  set(0x48, 0x4a, EtmKind.ConditionalResultF2);
  set(0x4c, 0x4e, EtmKind.ConditionalResultF2);
  set(0x50, 0x5f, EtmKind.ConditionalResultF3, 2);
  set(0x68, 0x6b, EtmKind.ConditionalResultF1, Shape.Field5Field5);
  set(0x6c, 0x6c, EtmKind.ConditionalF1, Shape.Field5);
  set(0x6d, 0x6d, EtmKind.ConditionalF3, 2);
  set(0x6e, 0x6f, EtmKind.ConditionalResultF1, Shape.Field5);
}

function setEte(set: SetRange, version: number): void {
  if (version >= 0x53) set(0x09, 0x09, EtmKind.Instrumentation, 10);
  set(0x0a, 0x0a, EtmKind.TransactionStart);
  set(0x0b, 0x0b, EtmKind.TransactionCommit);
  set(0xb0, 0xb2, EtmKind.SourceMatch, Shape.Match);
  set(0xb4, 0xb4, EtmKind.SourceShortIs0, Shape.Short);
  set(0xb5, 0xb5, EtmKind.SourceShortIs1, Shape.Short);
  set(0xb6, 0xb6, EtmKind.Source32Is0, Shape.Long32);
  set(0xb7, 0xb7, EtmKind.Source32Is1, Shape.Long32);
  set(0xb8, 0xb8, EtmKind.Source64Is0, Shape.Long64);
  set(0xb9, 0xb9, EtmKind.Source64Is1, Shape.Long64);
}

/** Kind of an exception packet of ETE: its type decides. */
export function eteExceptionKind(bytes: Uint8Array, at: number): EtmKind {
  const info = bytes[at + 1]!;
  const type = (info >> 1) & 0x1f | (info >= 0x80 ? (bytes[at + 2]! & 0x1f) << 5 : 0);
  if (type === 0) return EtmKind.PeReset;
  return type === 0x18 ? EtmKind.TransactionFail : EtmKind.Exception;
}

/** Whether the short and long addresses after this header have the form IS1 (T32). */
export const isIs1: Uint8Array = Uint8Array.from({ length: 256 }, (_, header) => {
  return [0x83, 0x86, 0x96, 0x9b, 0x9e, 0xa6, 0xab, 0xb5, 0xb7, 0xb9].includes(header) ? 1 : 0;
});

/** Atoms by header byte: bit i is the i-th oldest, 1 for an executed branch. */
export const atomBits: Uint32Array = new Uint32Array(256);
/** Number of atoms by header byte. */
export const atomCounts: Uint8Array = new Uint8Array(256);

function setAtoms(header: number, atoms: string): void {
  atomCounts[header] = atoms.length;
  atomBits[header] = [...atoms].reduce((bits, atom, i) => atom === "E" ? bits | (1 << i) : bits, 0);
}

for (let i = 0; i <= 20; i++) {
  setAtoms(0xc0 + i, "E".repeat(i + 4));
  setAtoms(0xe0 + i, "E".repeat(i + 3) + "N");
}
["NNNNN", "NENEN", "ENENE"].forEach((atoms, i) => setAtoms(0xd5 + i, atoms));
["NN", "EN", "NE", "EE"].forEach((atoms, i) => setAtoms(0xd8 + i, atoms));
["NEEE", "NNNN", "NENE", "ENEN"].forEach((atoms, i) => setAtoms(0xdc + i, atoms));
setAtoms(0xf5, "NEEEE");
["N", "E"].forEach((atoms, i) => setAtoms(0xf6 + i, atoms));
["NNN", "ENN", "NEN", "EEN", "NNE", "ENE", "NEE", "EEE"]
  .forEach((atoms, i) => setAtoms(0xf8 + i, atoms));
["", "E", "EE", "N"].forEach((atoms, i) => {
  setAtoms(0x30 + i, atoms);
  setAtoms(0x34 + i, atoms);
});
for (let header = 0x39; header <= 0x3f; header += 2) setAtoms(header, "E");
