import type { MutantName } from "./mutation_sweep.ts";

/** A mutant that found an error once. */
export interface KeptMutant {
  /** Which. */
  readonly mutant: MutantName;
  /** What it did. */
  readonly found: string;
}

/**
 * Mutants that found errors; the tests read them first.
 *
 * What a seed makes of a fixture changes with the fixture and with `mutants.ts`, so an error also
 * needs a test of its own.
 */
export const KEPT_MUTANTS: readonly KeptMutant[] = [
  kept("aux_compressed2.perf.data", 25702, "302 MB: rests of compressed pieces were copied"),
  kept("made intel_bts", 50017, "a stream whose ids stand after the records had no records"),
  kept("aux_three_flagged.perf.data", 50362, "the same for attributes"),
  kept("aux_switch_output.perf.data", 52303, "a data section at 2^63 was no cut of a stream"),
  kept("aux_compressed2.perf.data", 52371, "compressed records in one another mixed up positions"),
  kept(
    "edge/ete_q_elem_session2.perf.data",
    102056,
    "a stream did not notice its last cut payload",
  ),
  kept("edge/nopsb.data", 107968, "the same"),
  kept("aux_switch_output.perf.data", 1452, "RangeError for a record shorter than its trailer"),
  kept("every record, little", 20730, "the same"),
  kept("aux_32bit_recorder.perf.data", 1071, "a tail beyond 2^64 in the table of tails"),
  kept("lab2/nptt.data", 852, "a position beyond 2^64 in the table of packets"),
  kept("every record, little", 1458, "an idx of ID_INDEX beyond 2^32 in the table of losses"),
  kept("lab2/p64linux32.data", 100744, "the size of an overlap was negative"),
  kept("aux_32bit_recorder.perf.data", 101130, "the same"),
  kept("aux_tails_2_63.perf.data", 201617, "the position of a loss was negative"),
  kept("aux_stopped_two.perf.data", 22906, "2.6 s: overlapping AUX records took square time"),
  kept("dialect padded data, big", 0, "280 MB: each byte of a stream's end allocated 64 KiB"),
  kept("dialect padded pipe, big", 23, "a stream of less than 104 bytes had no records"),
];

function kept(name: string, seed: number, found: string): KeptMutant {
  return { mutant: [name, seed], found };
}
