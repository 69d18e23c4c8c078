import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "../testing/zstd_ring.ts";
import { nodeZstd, nodeZstdEncoder, requireHandle } from "./zstd.ts";

Deno.test("node:zlib of this runtime has the internals that system/zstd.ts drives", () => {
  nodeZstd().close?.();
  const changed = { _writeState: [0, 0] as unknown as Uint32Array };
  assertThrows(() => requireHandle(changed), Error, "must be adapted to it");
});

/** Numbers that do not compress: a linear congruential sequence. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = 1;
  for (let at = 0; at < size; at++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const PIECES = [
  new Uint8Array(),
  Uint8Array.of(1),
  new Uint8Array(1_000_000).fill(7),
  noise(61_440),
  noise(300_000),
  Uint8Array.of(2, 3),
];

Deno.test("nodeZstdEncoder() flushes every piece, so that each decodes by itself", () => {
  for (const level of [1, 3, 22]) {
    const encoder = nodeZstdEncoder(level);
    const decoder = nodeZstd();
    for (const piece of PIECES) {
      assertEquals(decoder.decode(encoder.encode(piece), 1 << 20).slice(), piece);
    }
    encoder.close();
    decoder.close?.();
  }
});

Deno.test("nodeZstd() decodes as much as it may, and not one byte more", () => {
  // The first buffer has 16,384 bytes.
  for (const size of [1, 16_383, 16_384, 16_385, 32_768, 40_000]) {
    for (const make of [noise, (size: number) => new Uint8Array(size).fill(5)]) {
      const encoder = nodeZstdEncoder(1);
      const bytes = make(size);
      const piece = encoder.encode(bytes).slice();
      for (const maxSize of [size, size + 1, Infinity]) {
        const decoder = nodeZstd();
        assertEquals(decoder.decode(piece, maxSize).slice(), bytes);
        decoder.close?.();
      }
      const decoder = nodeZstd();
      assertThrows(() => decoder.decode(piece, size - 1), Error, "more than that");
      decoder.close?.();
      encoder.close();
    }
  }
});

Deno.test("nodeZstd() refuses what is no zstd, with the words of zlib", () => {
  const decoder = nodeZstd();
  assertThrows(() => decoder.decode(new Uint8Array(64).fill(9), 100), Error, "nknown frame");
  decoder.close?.();
});

/** Calls `work` while the runtime has another `node:zlib`. */
function withZlib(getModule: (() => unknown) | undefined, work: () => void): void {
  const { process } = globalThis as unknown as { process: { getBuiltinModule: unknown } };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = getModule;
  try {
    work();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
}

Deno.test("nodeZstd() needs the zstd of the runtime", () => {
  for (const getModule of [undefined, () => undefined, () => ({})]) {
    withZlib(getModule, () => {
      assertThrows(() => nodeZstd(), Error, "has no zstd in node:zlib");
      assertThrows(() => nodeZstdEncoder(1), Error, "has no zstd in node:zlib");
    });
  }
});

Deno.test("nodeZstd() refuses a runtime that has no process", () => {
  const { process } = globalThis as unknown as { process: unknown };
  Object.assign(globalThis, { process: undefined });
  try {
    assertThrows(() => nodeZstd(), Error, "has no zstd in node:zlib");
  } finally {
    Object.assign(globalThis, { process });
  }
});

// Deno's own handle throws, that of Node.js calls onerror().
Deno.test("nodeZstd() throws what the handle tells by onerror()", () => {
  const calls: unknown[] = [];
  const handle = {
    onerror: (_: string) => {},
    close: () => calls.push("close"),
    writeSync(...[flush, _input, at, size]: unknown[]) {
      calls.push([flush, at, size]);
      handle.onerror("bad frame");
    },
  };
  const createZstdDecompress = ({ chunkSize }: { chunkSize: number }) => {
    calls.push(chunkSize >= 64);
    return { _handle: handle, _writeState: Uint32Array.of(9, 0) };
  };
  const constants = { "ZSTD_e_flush": 17 };
  withZlib(() => ({ createZstdDecompress, constants }), () => {
    const decoder = nodeZstd();
    assertThrows(() => decoder.decode(new Uint8Array(5), 100), Error, "bad frame");
    decoder.close?.();
  });
  assertEquals(calls, [true, [17, 0, 5], "close"]);
});

Deno.test("nodeZstdEncoder() compresses better on a higher level", () => {
  const text = new TextEncoder().encode(Array.from({ length: 20_000 }, (_, i) => i * i).join(" "));
  const sizes = [1, 19].map((level) => {
    const encoder = nodeZstdEncoder(level);
    const { length } = encoder.encode(text);
    encoder.close();
    return length;
  });
  assertEquals(sizes[1]! < sizes[0]!, true, sizes.join(" < "));
});

Deno.test({
  name: "nodeZstdEncoder() writes what the zstd program decodes",
  ignore: !zstdRuns(),
  async fn() {
    const encoder = nodeZstdEncoder(1);
    const path = await Deno.makeTempFile({ suffix: ".zst" });
    try {
      await Deno.writeFile(path, concat(PIECES.map((piece) => encoder.encode(piece).slice())));
      const { stdout, stderr } = await new Deno.Command("zstd", { args: ["-dc", path] }).output();
      assertEquals(stdout, concat(PIECES));
      // The stream never ends, of which the program tells when it has written everything.
      assertEquals(/premature end/.test(new TextDecoder().decode(stderr)), true);
    } finally {
      encoder.close();
      await Deno.remove(path);
    }
  },
});

function zstdRuns(): boolean {
  try {
    return new Deno.Command("zstd", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}
