import type { ChartMarkKind } from "./data.ts";

/** How a kind of mark is named and drawn. */
export interface MarkStyle {
  readonly name: string;
  /** Path of its shape, in a square from -6 to 6 around the place. */
  readonly path: string;
  /** Whether the shape is filled, or only an outline. */
  readonly filled: boolean;
  /** What it tells of: the limit, a loss, or neither. */
  readonly tone: "limit" | "loss" | "event";
}

/** Every kind of mark, the most important one last: it is drawn on top. */
export const MARK_STYLES: Readonly<Record<ChartMarkKind, MarkStyle>> = {
  wrap: outline("event", "Passes a multiple of 4 GiB", "M0-4A4 4 0 1 1 0 4A4 4 0 1 1 0-4Z"),
  lost: filled("loss", "Records lost", "M-4-4H4V4H-4Z"),
  overlap: outline("event", "Overlap", "M-5-3H2V4H-5ZM-2-5H5V2H-2Z"),
  regression: outline("event", "Regression", "M5-5V5L-5 0Z"),
  gap: outline("loss", "Gap", "M-2-5H-5V5H-2M2-5H5V5H2"),
  error: outline("loss", "Decoding error of perf", "M0-5L5 4H-5Z"),
  missing: outline("loss", "Announced, but missing", "M0-6L5 0L0 6L-5 0Z"),
  partial: filled("loss", "PARTIAL", "M0-5A5 5 0 0 1 0 5Z"),
  collision: outline("loss", "COLLISION", "M-5-5L5 5M-5 5L5-5"),
  truncated: filled("loss", "TRUNCATED", "M-5-4H5L0 5Z"),
  silent: outline("loss", "Silent from here on", "M-4-5V5M4-5V5"),
  overflow: outline("loss", "Overflow (OVF)", "M0-6V6M-6 0H6"),
  flagged: filled("limit", "Tail over the limit", "M0-6L6 0L0 6L-6 0Z"),
};

function outline(tone: MarkStyle["tone"], name: string, path: string): MarkStyle {
  return { tone, name, path, filled: false };
}

function filled(tone: MarkStyle["tone"], name: string, path: string): MarkStyle {
  return { tone, name, path, filled: true };
}

/** The kinds in the order in which they are drawn. */
export const MARK_KINDS = Object.keys(MARK_STYLES) as readonly ChartMarkKind[];
