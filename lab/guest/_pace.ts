import { thisTarget } from "./_target.ts";

/**
 * How many times slower than a quiet machine this one is, at least 1: the boot says so. Limits of
 * time are multiplied by it.
 */
export function pace(): number {
  const seconds = Number(Deno.env.get("AUXLAB_BOOT_SECONDS") ?? 0);
  return Math.max(1, seconds / thisTarget().bootSeconds);
}
