/**
 * Tells which paths are one of these files, by whatever name or link. What cannot be looked at is
 * taken to be another one.
 */
export function anyOf(files: readonly string[]): (path: string) => boolean {
  const ids = new Set(files.map(fileId));
  return (path) => {
    const id = path === "-" ? null : fileId(path);
    return id !== null && ids.has(id);
  };
}

function fileId(path: string): string | null {
  try {
    const { ino, dev, isFile } = Deno.statSync(path);
    return isFile && ino !== null ? `${dev} ${ino}` : null;
  } catch {
    return null;
  }
}
