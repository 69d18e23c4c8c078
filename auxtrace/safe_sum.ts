/** Adds sizes that a damaged recording may claim; saturates where numbers stop being exact. */
export function safeSum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}
