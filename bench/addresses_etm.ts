/** Sums the addresses of a file of formatted ETMv4 frames. */

import { CoresightCursor, EtmKind } from "../parsers/coresight/mod.ts";
import { etmUnits } from "./_etm_units.ts";
import { readPieces } from "./_pieces.ts";

const IS_ADDRESS = new Uint8Array(256);
IS_ADDRESS.fill(1, EtmKind.AddressContext32Is0, EtmKind.Address64Is1 + 1);
IS_ADDRESS[EtmKind.TimestampMarker] = 0;

const cursor = new CoresightCursor({ units: etmUnits });
let addresses = 0;
let sum = 0n;

function addAddresses(): void {
  let count = 0;
  let high = 0;
  let low = 0;
  while (cursor.next()) {
    if (IS_ADDRESS[cursor.kind] === 0) continue;
    const { addressHigh, addressLow } = cursor.etm!;
    count++;
    low = low + addressLow >>> 0;
    high = high + addressHigh + Number(low < addressLow) | 0;
  }
  addresses += count;
  sum += BigInt(high >>> 0) << 32n | BigInt(low);
}

readPieces(Deno.args[0]!, (piece) => {
  cursor.refill(piece);
  addAddresses();
  return cursor.rest;
});
cursor.end();
addAddresses();
const text = BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
Deno.stdout.writeSync(new TextEncoder().encode(`${addresses} addresses, sum ${text}\n`));
