/** Colours of the page's style, for a canvas. They are read again when the style changes. */
export class Palette {
  readonly #names = new Map<string, string>();

  /** The value of a custom property, such as `ink`. */
  get(name: string): string {
    let value = this.#names.get(name);
    if (value === undefined) {
      value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      this.#names.set(name, value);
    }
    return value;
  }

  forget(): void {
    this.#names.clear();
  }
}

/**
 * Calls back when the colours of the page change: with the system's theme, and around printing,
 * where the class `printing` makes them those of paper.
 */
export function watchColours(changed: () => void, signal: AbortSignal): void {
  const { classList } = document.documentElement;
  const printing = (on: boolean) => {
    classList.toggle("printing", on);
    changed();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  addEventListener("beforeprint", () => printing(true), { signal });
  addEventListener("afterprint", () => printing(false), { signal });
}
