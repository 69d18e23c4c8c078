/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { replayFile, type ReplayWork } from "./_replay_work.ts";

self.onmessage = ({ data: work }: MessageEvent<ReplayWork>) => {
  self.onmessage = ({ data: paths }: MessageEvent<readonly string[]>) =>
    self.postMessage(paths.map((path) => replayFile(path, work)));
};
