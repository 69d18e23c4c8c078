/** Counts the packets of a file of bare Intel PT bytes. */

import { ptKindNames, PtScan } from "../parsers/intel_pt/mod.ts";
import { printScan } from "./_pieces.ts";

printScan(new PtScan(), ptKindNames);
