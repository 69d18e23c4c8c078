/** What the guest is told about the machine it is on, in /target.json. */
export interface GuestTarget {
  /** As `deno task lab --target` calls it. */
  readonly name: string;
  readonly arch: "x86_64" | "aarch64";
  /** Bytes. */
  readonly pageSize: number;
  /** Release of the kernel. */
  readonly kernel: string;
  /** PMUs that perf knows, whose name the module takes. */
  readonly impostors: readonly string[];
  /** Whether the 32-bit perf runs. */
  readonly perf32: boolean;
  /** Seconds from the start of the kernel to user land, on a quiet machine. */
  readonly bootSeconds: number;
}

/** The machine that this process runs on; only in the guest. */
export function thisTarget(): GuestTarget {
  return JSON.parse(Deno.readTextFileSync("/target.json"));
}
