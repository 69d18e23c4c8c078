import { complain } from "../_common.ts";

/** Reasons that no fetch mends: how Deno was started, a package that is not what it was. */
const NOT_FOR_LACK_OF_IT =
  /--no-npm|lockfile is out of date|checksum did not match|does not exist$/;
/** What the system says of a file of the cache; of a connection it says it after other words. */
const OF_CACHE = /^(?:failed to (?:create|write)\b.*|[A-Z][a-z ]+) \(os error \d+\)$/;

/** Loads what npm has to deliver, or says how to fetch it, sets exit code 2 and returns null. */
export async function fetchPackage<T>(name: string, load: () => Promise<T>): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    const reason = reasonOf(error);
    complain(`cannot load ${name}: ${reason}${cureOf(reason, name)}`);
    Deno.exitCode = 2;
    return null;
  }
}

function cureOf(reason: string, name: string): string {
  if (OF_CACHE.test(reason)) return ", in Deno's cache: deno info says where that is";
  return NOT_FOR_LACK_OF_IT.test(reason) ? "" : `; with a network, run: ${fetching(name)}`;
}

/** The cause that Deno lists first, else what it says in its first line. */
function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const [, cause] = /^ *0: (.*)$/m.exec(message) ?? [];
  return (cause ?? message.replace(/\n.*/s, "").replace(/^\[\w+\] /, "")).replace(/\.$/, "");
}

/**
 * The command that puts a package into Deno's cache, also where half of it is there. It looks at no
 * configuration and leaves nothing in the folder where it is run.
 */
function fetching(name: string): string {
  const deno = Deno.execPath();
  const program = /^[\w./@+-]+$/.test(deno) ? deno : `'${deno.replaceAll("'", String.raw`'\''`)}'`;
  return `${program} cache --reload --no-config --no-lock ${name}`;
}
