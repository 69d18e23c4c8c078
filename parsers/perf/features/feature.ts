import { Feature, type FeatureKey } from "../abi.ts";

const keys = Object.keys(Feature) as FeatureKey[];
const keyById: ReadonlyMap<number, FeatureKey> = new Map(keys.map((key) => [Feature[key], key]));
const nameById: ReadonlyMap<number, string> = new Map(
  keys.map((key) => [Feature[key], key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)]),
);

/** Looks up the key of a feature section; `undefined` for an id that is not known. */
export function featureKey(id: number): FeatureKey | undefined {
  return keyById.get(id);
}

/** Gives the upstream name in lower case (`cpu_topology`), or `feature_40` for an unknown id. */
export function featureName(id: number): string {
  return nameById.get(id) ?? `feature_${id}`;
}
