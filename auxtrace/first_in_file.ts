/** The first of what is found in a recording, in file order, in whatever order it is found. */
export class FirstInFile<T extends { readonly fileOffset: number }> {
  readonly list: T[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether an item at this position would be kept. */
  wants(fileOffset: number): boolean {
    const { list } = this;
    return list.length < this.#max || (list.length > 0 && fileOffset < list.at(-1)!.fileOffset);
  }

  /** Takes in an item, after those of the same position. */
  add(item: T): void {
    if (!this.wants(item.fileOffset)) return;
    const { list } = this;
    let at = list.length;
    while (at > 0 && list[at - 1]!.fileOffset > item.fileOffset) at--;
    list.splice(at, 0, item);
    if (list.length > this.#max) list.pop();
  }

  /** Drops the items of which `holds` is false. */
  keep(holds: (item: T) => boolean): void {
    this.list.splice(0, this.list.length, ...this.list.filter(holds));
  }
}
