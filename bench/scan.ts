/** Counts the packets of a file by kind: `pt FILE`, `spe FILE`, or `etm FILE` of formatted frames. */

import { speKindNames, SpeScan } from "../parsers/arm_spe/mod.ts";
import { CoresightScan, etmKindNames } from "../parsers/coresight/mod.ts";
import { ptKindNames, PtScan } from "../parsers/intel_pt/mod.ts";
import { etmUnits } from "./_etm_units.ts";
import { readPieces } from "./_pieces.ts";

const FORMATS = {
  etm: () => [new CoresightScan({ units: etmUnits }), etmKindNames] as const,
  pt: () => [new PtScan(), ptKindNames] as const,
  spe: () => [new SpeScan(), speKindNames] as const,
};

const [format, path = ""] = Deno.args;
const [scan, kindNames] = FORMATS[format as keyof typeof FORMATS]();
readPieces(path, (piece) => scan.push(piece));
scan.end();
const lines = kindNames.map((name, kind) => `${name} ${scan.packets[kind]} ${scan.bytes[kind]}\n`)
  .filter((_, kind) => scan.packets[kind] !== 0);
Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
