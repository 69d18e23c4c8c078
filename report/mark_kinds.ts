import type { ChartMarkKind } from "./data.ts";

/** How a kind of mark is named and drawn. */
export interface MarkStyle {
  /** What one is called. */
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
  wrap: {
    name: "Passes a multiple of 4 GiB",
    path: "M0-4A4 4 0 1 1 0 4A4 4 0 1 1 0-4Z",
    filled: false,
    tone: "event",
  },
  lost: { name: "Records lost", path: "M-4-4H4V4H-4Z", filled: true, tone: "loss" },
  overlap: {
    name: "Overlap",
    path: "M-5-3H2V4H-5ZM-2-5H5V2H-2Z",
    filled: false,
    tone: "event",
  },
  regression: { name: "Regression", path: "M5-5V5L-5 0Z", filled: false, tone: "event" },
  gap: { name: "Gap", path: "M-2-5H-5V5H-2M2-5H5V5H2", filled: false, tone: "loss" },
  error: { name: "Decoding error of perf", path: "M0-5L5 4H-5Z", filled: false, tone: "loss" },
  missing: {
    name: "Announced, but missing",
    path: "M0-6L5 0L0 6L-5 0Z",
    filled: false,
    tone: "loss",
  },
  partial: {
    name: "PARTIAL",
    path: "M0-5A5 5 0 0 1 0 5Z",
    filled: true,
    tone: "loss",
  },
  collision: { name: "COLLISION", path: "M-5-5L5 5M-5 5L5-5", filled: false, tone: "loss" },
  truncated: { name: "TRUNCATED", path: "M-5-4H5L0 5Z", filled: true, tone: "loss" },
  silent: { name: "Silent from here on", path: "M-4-5V5M4-5V5", filled: false, tone: "loss" },
  overflow: { name: "Overflow (OVF)", path: "M0-6V6M-6 0H6", filled: false, tone: "loss" },
  flagged: {
    name: "Tail over the limit",
    path: "M0-6L6 0L0 6L-6 0Z",
    filled: true,
    tone: "limit",
  },
};

/** The kinds in the order in which they are drawn. */
export const MARK_KINDS = Object.keys(MARK_STYLES) as readonly ChartMarkKind[];
