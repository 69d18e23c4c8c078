/**
 * Makes bytes of a line of fields, one after another: `4:-1` is a number of 4 bytes, `5*0` are five
 * zero bytes, and `'perf` is text. Knows nothing of the writers that it is the measure of.
 */
export function fieldBytes(line: string, order: "little" | "big" = "little"): number[] {
  return line.trim().split(/\s+/).flatMap((field) => {
    if (field === "") return [];
    if (field.startsWith("'")) return [...field.slice(1)].map((letter) => letter.charCodeAt(0));
    const [, count, kind, value] = /^(\d+)([*:])(\S+)$/.exec(field)!;
    if (kind === "*") return Array.from({ length: Number(count) }, () => Number(value));
    const bytes = Array.from(
      { length: Number(count) },
      (_, i) => Number(BigInt.asUintN(64, BigInt(value!)) >> BigInt(8 * i) & 255n),
    );
    return order === "little" ? bytes : bytes.reverse();
  });
}
