/** Counts the packets of a file of bare Arm SPE bytes. */

import { speKindNames, SpeScan } from "../parsers/arm_spe/mod.ts";
import { printScan } from "./_pieces.ts";

printScan(new SpeScan(), speKindNames);
