/** Decodes every record of the file given as argument to an object and prints their number. */

import { openPerfFile } from "../mod.ts";

using file = openPerfFile(Deno.args[0]!);
const cursor = file.recordCursor();
let count = 0;
let bytes = 0;
while (cursor.next()) {
  const record = cursor.record();
  count++;
  bytes += record.size;
}
Deno.stdout.writeSync(new TextEncoder().encode(`${count} records, ${bytes} bytes\n`));
