import type { SystemFiles } from "./system_files.ts";

const FOLDERS = ["/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"];

/** A tracepoint of the running kernel. */
export interface Tracepoint {
  /** `system:event`. */
  readonly name: string;
  /** `config` of its events. */
  readonly id: bigint;
}

/** Folder of the tracepoints; null if tracefs is not mounted or may not be read. */
export function tracepointFolder(files: SystemFiles): string | null {
  return FOLDERS.find((folder) => files.list(folder).length > 0) ?? null;
}

/** Finds the tracepoints of a pattern, by name; `*` stands for any letters, `?` for one. */
export function findTracepoints(
  files: SystemFiles,
  folder: string,
  system: string,
  event: string,
): Tracepoint[] {
  return matching(files, folder, system).flatMap((system) =>
    matching(files, `${folder}/${system}`, event).flatMap((event): Tracepoint[] => {
      const id = files.text(`${folder}/${system}/${event}/id`)?.trim() ?? "";
      return /^\d+$/.test(id) ? [{ name: `${system}:${event}`, id: BigInt(id) }] : [];
    })
  );
}

/** Names to suggest: the tracepoints of a system, or the systems if this one is not known. */
export function knownTracepoints(files: SystemFiles, folder: string, system: string): string[] {
  const systems = files.list(folder);
  if (!systems.includes(system)) return systems.map((name) => `${name}:*`);
  return files.list(`${folder}/${system}`).map((event) => `${system}:${event}`);
}

function matching(files: SystemFiles, folder: string, pattern: string): string[] {
  const names = files.list(folder);
  if (!/[*?]/.test(pattern)) return names.filter((name) => name === pattern);
  const expression = globExpression(pattern);
  return names.filter((name) => expression.test(name)).sort();
}

function globExpression(pattern: string): RegExp {
  const source = pattern.replace(
    /[^\w]/g,
    (letter) => letter === "*" ? ".*" : letter === "?" ? "." : `\\${letter}`,
  );
  return new RegExp(`^${source}$`);
}
