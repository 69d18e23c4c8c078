/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { PartTask } from "../packets/internal.ts";
import { counter, type PacketWork, printer, type PrintTask } from "./_packet_work.ts";

self.onmessage = ({ data: work }: MessageEvent<PacketWork>) => {
  if (work.print === null) {
    const count = counter(work);
    self.onmessage = ({ data }: MessageEvent<PartTask>) => self.postMessage(count(data));
  } else {
    const print = printer(work, work.print);
    self.onmessage = ({ data }: MessageEvent<PrintTask>) => {
      const reply = print(data);
      self.postMessage(reply, reply === null ? [] : [reply.text.buffer]);
    };
  }
};
