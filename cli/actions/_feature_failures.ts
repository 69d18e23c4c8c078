import type { FormatError } from "../../parsers/internal.ts";
import type { PerfFile } from "../../parsers/perf/mod.ts";
import { countOf } from "../output/table.ts";

/** Feature sections that one cause keeps from being decoded. */
export interface FeatureFailure {
  /** What is wrong with them, in a word or two. */
  readonly word: "cut off" | "damaged" | "not read";
  readonly names: readonly string[];
  /** What is wrong, where and with which. */
  readonly message: string;
  readonly cure: string;
  /** What each of them alone says. */
  readonly errors: readonly FormatError[];
}

/** A feature section that cannot be decoded. */
export interface FailedFeature {
  readonly id: number;
  readonly name: string;
  readonly error: FormatError;
}

/** Puts feature sections together that one cause keeps from being decoded, those cut off first. */
export function featureFailures(
  file: PerfFile,
  failed: readonly FailedFeature[],
): FeatureFailure[] {
  const end = ({ id }: FailedFeature) => {
    const { offset, size } = file.featureSection(id) ?? { offset: 0, size: 0 };
    return offset + size;
  };
  const isCut = (one: FailedFeature) => one.error.fault === "truncated" && end(one) > file.size;
  // That of the last one counts all bytes that are missing.
  const cut = failed.filter(isCut).sort((a, b) => end(a) - end(b));
  const others = Map.groupBy(failed.filter((one) => !isCut(one)), ({ error }) => error.cure);
  return [...(cut.length === 0 ? [] : [cut]), ...others.values()].map((group) => {
    const { error } = group.at(-1)!;
    const word = isCut(group[0]!)
      ? "cut off"
      : error.fault === "unsupported"
      ? "not read"
      : "damaged";
    const names = group.map(({ name }) => name);
    const are = `${countOf(names.length, "feature section")} are ${word}: ${names.join(", ")}`;
    return {
      word,
      names,
      message: names.length === 1 ? error.message : are,
      cure: error.cure,
      errors: group.map(({ error }) => error),
    };
  });
}
