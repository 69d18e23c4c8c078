/**
 * Checks items one after the other, such as fixtures, and reports all that fail, not only the first.
 *
 * @throws {Error} With the name and the error of each that failed.
 */
export async function assertEach<T extends { readonly name: string }>(
  items: Iterable<T>,
  check: (item: T) => void | Promise<void>,
): Promise<void> {
  const failed: string[] = [];
  let count = 0;
  for (const item of items) {
    count++;
    try {
      await check(item);
    } catch (error) {
      failed.push(`${item.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (count === 0) throw new Error("There is nothing to check");
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${count} failed\n${failed.join("\n")}`);
  }
}
