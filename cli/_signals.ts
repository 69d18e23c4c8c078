/** Ctrl-C and its like. */
export function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** Calls `request` at Ctrl-C and its like, until it is disposed of. */
export function onStopSignal(request: () => void): Disposable {
  for (const signal of stopSignals()) Deno.addSignalListener(signal, request);
  return {
    [Symbol.dispose]() {
      for (const signal of stopSignals()) Deno.removeSignalListener(signal, request);
    },
  };
}
