import { step, TID } from "./aux_recording.ts";
import {
  auxEvent,
  cmdline,
  comm,
  eventDesc,
  intelPtInfo,
  PerfFileBuilder,
  textFeature,
} from "./perf_builder.ts";

/** Sets a mark in a page that runs it. */
const CODE = "globalThis.ran=1;alert(1)";

/** What a recording can say, by where it says it: each would run, or load, something as markup. */
export const HOSTILE = {
  hostname: `</script><script>${CODE}</script>`,
  osrelease: `<img src=x onerror="${CODE}">`,
  version: `'"><svg onload="${CODE}">`,
  arch: `</style><style>*{display:none}</style>`,
  cpudesc: `<iframe srcdoc="<script>${CODE}</script>"></iframe>`,
  event: `<a href="javascript:${CODE}">x</a>`,
  argument: `-->]]></title></select></option><base href="https://example.org/">{{${CODE}}}`,
} as const;

/** A name of a file that is markup. */
export const HOSTILE_NAME = `<img src=x onerror='${CODE.replace(";", ",")}'>.perf.data`;

/** Builds a recording that exceeds 32 bits, and of which every text is hostile. */
export function hostileRecording(): Uint8Array<ArrayBuffer> {
  const events = [auxEvent(HOSTILE.event, 1)];
  const file = new PerfFileBuilder({
    events,
    features: [
      textFeature("hostname", HOSTILE.hostname),
      textFeature("osrelease", HOSTILE.osrelease),
      textFeature("version", HOSTILE.version),
      textFeature("arch", HOSTILE.arch),
      textFeature("cpudesc", HOSTILE.cpudesc),
      cmdline(["perf", "record", HOSTILE.argument]),
      eventDesc(events),
    ],
  });
  file.add(intelPtInfo());
  file.add(comm({ pid: TID, tid: TID, comm: "<b onclick=1>" }));
  for (let n = 0; n < 4; n++) {
    const offset = 0xffff_ff00n + BigInt(n * 128);
    file.aux({ offset, size: 128, timeNs: step(n), id: 1n, cpu: 0, tid: TID });
    file.auxtrace({ idx: 0, cpu: 0, tid: TID, offset, size: 128 });
    file.finishedRound();
  }
  return file.bytes();
}
