import { complain } from "../_common.ts";

/** Loads what npm has to deliver, or says how to fetch it, sets exit code 2 and returns null. */
export async function fetchPackage<T>(name: string, load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    complain(`cannot fetch ${name}: ${reason}; with a network, run: deno cache ${name}`);
    Deno.exitCode = 2;
    return null;
  }
}
