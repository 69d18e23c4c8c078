/** What was forgotten, for the report. */
interface Leak {
  readonly what: string;
  readonly openedAt: string;
}

const registry = new FinalizationRegistry<Leak>(({ what, openedAt }) => {
  const text = `auxtail: ${what} was never closed, opened ${openedAt}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
});

/**
 * Has a handle reported on standard error if the garbage collector finds it open.
 *
 * Nothing is unmapped then: a view may outlive the handle that it came from.
 */
export function watchLeak(handle: object, what: string): void {
  const [, , , ...frames] = new Error().stack?.split("\n") ?? [];
  registry.register(handle, { what, openedAt: frames.join("\n").trim() }, handle);
}

/** Ends the watch over a handle that is closed. */
export function unwatchLeak(handle: object): void {
  registry.unregister(handle);
}
