/** Version of the library and of the command line: `deno task config` takes it from deno.json. */
export const VERSION = "0.2.0";
