/** Ctrl-C and its like. */
export const SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `request` at Ctrl-C and its like, until it is disposed of. */
export function onStopSignal(request: () => void): Disposable {
  for (const signal of SIGNALS) Deno.addSignalListener(signal, request);
  return {
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, request);
    },
  };
}
