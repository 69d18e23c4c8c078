/**
 * Finds a module that Node.js and Deno have built in; undefined where the runtime has none.
 *
 * An import of it would fail in browsers, and Deno would load it, 20 ms, before it is needed.
 */
export function builtinModule<Module>(name: `node:${string}`): Module | undefined {
  const { process } = globalThis as unknown as {
    process?: { getBuiltinModule?(name: string): Module | undefined };
  };
  return process?.getBuiltinModule?.(name);
}
