/** Counts the packets of a file of formatted ETMv4 frames. */

import { CoresightScan, etmKindNames } from "../parsers/coresight/mod.ts";
import { etmUnits } from "./_etm_units.ts";
import { printScan } from "./_pieces.ts";

printScan(new CoresightScan({ units: etmUnits }), etmKindNames);
