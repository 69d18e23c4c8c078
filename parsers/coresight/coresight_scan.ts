import type { PacketScan } from "../internal.ts";
import type { CoresightSources } from "./coresight_cursor.ts";
import { Deformatter, FRAME_SIZE, FrameStep, type SourceBytes } from "./deformatter.ts";
import { EtmKind, etmKindNames } from "./etm_kind.ts";
import { EtmScan } from "./etm_scan.ts";

/**
 * Counts the packets of a whole CoreSight fragment, all sources together.
 *
 * The counts are those of {@linkcode CoresightCursor}, complete after `end()`. The timestamps are
 * the first and the last that came, of whatever source.
 */
export class CoresightScan implements PacketScan {
  readonly #raw: EtmScan | null;
  /** Whether the first byte of a source starts a packet. */
  #synced: boolean;
  readonly #frames: Deformatter<EtmScan>;
  /** What counts the bytes of an id, also after barriers. */
  readonly #scans = new Map<number, EtmScan>();
  readonly #packets = new Float64Array(etmKindNames.length);
  readonly #bytes = new Float64Array(etmKindNames.length);
  #firstTicks: bigint | null = null;
  #lastTicks: bigint | null = null;
  #rest = 0;

  /** Starts before the first byte of a fragment. */
  constructor({ units, isRaw = false, synced = false }: CoresightSources) {
    this.#raw = isRaw ? new EtmScan(units[0]?.etm ?? null, { synced }) : null;
    this.#synced = synced;
    this.#frames = new Deformatter((id) => {
      const unit = units.find((unit) => unit.traceId === id);
      const scan = this.#scans.get(id) ??
        new EtmScan(unit?.etm ?? null, { synced: this.#synced });
      this.#scans.set(id, scan);
      return scan;
    });
  }

  /** See {@linkcode PacketScan.packets}. */
  get packets(): Float64Array {
    return this.#raw?.packets ?? this.#packets;
  }

  /** See {@linkcode PacketScan.bytes}. */
  get bytes(): Float64Array {
    return this.#raw?.bytes ?? this.#bytes;
  }

  /** See {@linkcode PacketScan.firstTicks}. */
  get firstTicks(): bigint | null {
    return this.#raw === null ? this.#firstTicks : this.#raw.firstTicks;
  }

  /** See {@linkcode PacketScan.lastTicks}. */
  get lastTicks(): bigint | null {
    return this.#raw === null ? this.#lastTicks : this.#raw.lastTicks;
  }

  /** See {@linkcode PacketScan.endsInSync}: only bytes without frames can. */
  get endsInSync(): boolean {
    return this.#raw?.endsInSync ?? false;
  }

  /** See {@linkcode PacketScan.push}. */
  push(bytes: Uint8Array): number {
    if (this.#raw !== null) return this.#raw.push(bytes);
    this.#frames.refill(bytes);
    for (;;) {
      switch (this.#frames.next()) {
        case FrameStep.Bytes:
          this.#read(this.#frames.source);
          break;
        case FrameStep.Barrier:
          for (const { decoder } of this.#frames.sources) decoder.end();
          this.#count(EtmKind.Barrier, FRAME_SIZE);
          this.#synced = false;
          this.#frames.passBarrier();
          break;
        case FrameStep.More:
          this.#rest = this.#frames.rest;
          return this.#rest;
      }
    }
  }

  /** See {@linkcode PacketScan.end}. */
  end(): void {
    if (this.#raw !== null) return this.#raw.end();
    for (const scan of this.#scans.values()) this.#addUp(scan);
    this.#scans.clear();
    if (this.#rest > 0) this.#count(EtmKind.Skipped, this.#rest);
    this.#rest = 0;
  }

  #read(source: SourceBytes<EtmScan>): void {
    const scan = source.decoder;
    const before = scan.timestamps;
    source.keep(scan.scan(source.bytes, source.end));
    if (scan.timestamps === before) return;
    this.#firstTicks ??= scan.firstTicks;
    this.#lastTicks = scan.lastTicks;
  }

  /** Ends a source and adds up what it counted. */
  #addUp(scan: EtmScan): void {
    scan.end();
    const { packets, bytes } = scan;
    for (let kind = 0; kind < packets.length; kind++) {
      this.#packets[kind]! += packets[kind]!;
      this.#bytes[kind]! += bytes[kind]!;
    }
  }

  #count(kind: EtmKind, size: number): void {
    this.#packets[kind]!++;
    this.#bytes[kind]! += size;
  }
}
