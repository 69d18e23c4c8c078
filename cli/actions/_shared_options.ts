import { ValidationError } from "@cliffy/command";
import type { ReplayOptions } from "../../auxtrace/mod.ts";

/** What a 32-bit perf is taken to be. */
export interface JudgeOptions {
  readonly bits: number;
  readonly fromArch?: string | undefined;
  /** Unless given, `released` with a machine, else `generic`. */
  readonly perf?: "generic" | "released" | undefined;
}

/** Machines as `uname -m` names them: a name that is none of them is a typing error. */
const MACHINE = new RegExp(
  "^(x86_64|i[3-6]86|arm\\w*|aarch64(_be)?|mips(64)?(el)?|(ppc|powerpc)(64)?(le)?|riscv(32|64)|" +
    "s390x?|sparc(64)?|loongarch(32|64)?|parisc(64)?|alpha|ia64|m68k|sh\\d?\\w*|xtensa\\w*|csky|" +
    "arc\\w*|hexagon|microblaze\\w*|nios2|openrisc|or1k)$",
);

/** Most threads that `--jobs` may ask for. */
const MAX_JOBS = 64;

/**
 * Picks what a replay is judged by.
 *
 * @throws {ValidationError} If a value cannot be judged by.
 */
export function judgedBy(
  { bits, fromArch, perf }: JudgeOptions,
): Pick<ReplayOptions, "bits" | "fromArch" | "perf"> & { readonly bits: number } {
  if (bits < 8 || bits > 52) {
    throw new ValidationError(`Option "--bits" takes 8 to 52, got ${bits}`);
  }
  if (fromArch !== undefined && !MACHINE.test(fromArch)) {
    throw new ValidationError(
      `Option "--from-arch" takes a machine as uname -m names it, as x86_64, aarch64 or armv7l, ` +
        `got "${fromArch}"`,
    );
  }
  return { bits, ...(fromArch !== undefined && { fromArch }), ...(perf !== undefined && { perf }) };
}

/**
 * Refuses a number of threads below 1 or above 64.
 *
 * @throws {ValidationError} If it is one.
 */
export function checkJobs(jobs: number): void {
  if (jobs >= 1 && jobs <= MAX_JOBS) return;
  throw new ValidationError(`Option "--jobs" takes 1 to ${MAX_JOBS}, got ${jobs}`);
}
