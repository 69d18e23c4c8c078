/** A field of a message in the wire format of Protocol Buffers: `double`s and the like stay bytes. */
export interface ProtoField {
  readonly field: number;
  readonly value: bigint | Uint8Array;
}

const VARINT = 0;
const LEN = 2;
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Reads the fields of a message, in order. */
export function* protoFields(message: Uint8Array): Generator<ProtoField> {
  let at = 0;
  while (at < message.length) {
    const tag = varint();
    const field = Number(tag >> 3n);
    const type = Number(tag & 7n);
    if (type === VARINT) yield { field, value: varint() };
    else {
      const size = type === LEN ? Number(varint()) : FIXED[type];
      if (size === undefined || at + size > message.length) throw new Error(`Bad field at ${at}`);
      yield { field, value: message.subarray(at, at += size) };
    }
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new Error(`Bad varint before ${at}`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

/** The last value of each field, for messages without repeated ones. */
export function protoMessage(message: Uint8Array): Map<number, bigint | Uint8Array> {
  return new Map(Array.from(protoFields(message), ({ field, value }) => [field, value]));
}

/** A string field. */
export function protoText(value: bigint | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : "";
}
