import { demoExceeds, demoFits } from "./aux_demo.ts";
import { limitFixtures } from "./aux_limit_fixtures.ts";
import { modeFixtures } from "./aux_mode_fixtures.ts";
import type { AuxFixture } from "./aux_recording.ts";
import { shapeFixtures } from "./aux_shape_fixtures.ts";

/** All AUX fixtures, the two of the demonstration first. */
export const auxFixtures: readonly AuxFixture[] = [
  {
    name: "aux_demo_fits",
    shows: "Two CPUs, Intel PT, a recording that ends far below the limit",
    build: demoFits,
  },
  {
    name: "aux_demo_exceeds",
    shows: "The same workload in the last part of a long recording: CPU 0 passes 4 GiB",
    build: demoExceeds,
  },
  ...limitFixtures,
  ...shapeFixtures,
  ...modeFixtures,
];
