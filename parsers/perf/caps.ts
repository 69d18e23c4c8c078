/** Caps on what a recording may make the parsers hold in memory. */
export interface PerfFileCaps {
  /**
   * Most bytes that the compressed records of one walk may decode to, all together; by default any
   * number, as they are decoded bit by bit. A single one is bounded by the size of the rings that
   * the COMPRESSED section tells, and by 64 MiB where that is not known.
   */
  readonly maxDecompressedSize?: number;
  /** Most bytes of a feature section, or of an event's ids, by default 32 MiB. */
  readonly maxFeatureSize?: number;
  /**
   * Most bytes of a payload that are read at once from a source that only moves forward, which does
   * not tell whether it has them; by default 256 MiB.
   */
  readonly maxPayloadSize?: number;
  /** Most events, by default 8,192. */
  readonly maxEvents?: number;
  /** Most ids of all events, by default 1,048,576. */
  readonly maxEventIds?: number;
}

/** All caps. */
export type Caps = Required<PerfFileCaps>;

const DEFAULTS: Caps = {
  maxDecompressedSize: Infinity,
  maxFeatureSize: 1 << 25,
  maxPayloadSize: 1 << 28,
  maxEvents: 1 << 13,
  maxEventIds: 1 << 20,
};

/**
 * Completes caps by the defaults.
 *
 * @throws {RangeError} If one is not a number, or below 0.
 */
export function allCaps(given: PerfFileCaps): Caps {
  const caps: { -readonly [Name in keyof Caps]: number } = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Caps)[]) {
    const cap = given[name] ?? DEFAULTS[name];
    if (!(cap >= 0)) throw new RangeError(`${name} must be a number of at least 0: got ${cap}`);
    caps[name] = cap;
  }
  return caps;
}
