import { EnumType, ValidationError } from "@cliffy/command";

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

/** Description of `--from-arch`. */
export const FROM_ARCH: string =
  "Judge as a 32-bit perf on this machine would behave; a name of uname -m, as aarch64. " +
  "Implies --perf released.";

/** Values of `--perf`. */
export const PERF_TYPE: EnumType<"generic" | "released"> = new EnumType(["generic", "released"]);

/** Description of `--perf`. */
export const PERF: string = "Which perf the verdict and the exit code are about: generic, the v4 " +
  "patch on any machine, or released, version 5.15 or later on the recording's machine. Default: " +
  "generic.";

/**
 * Refuses values that cannot be judged by.
 *
 * @throws {ValidationError} If there is one.
 */
export function checkJudgeOptions({ bits, fromArch }: JudgeOptions): void {
  if (bits < 8 || bits > 52) {
    throw new ValidationError(`Option "--bits" takes 8 to 52, got ${bits}`);
  }
  if (fromArch !== undefined && !MACHINE.test(fromArch)) {
    throw new ValidationError(
      `Option "--from-arch" takes a machine as uname -m names it, as x86_64, aarch64 or armv7l, ` +
        `got "${fromArch}"`,
    );
  }
}
