/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { replayFile, type ReplayWork } from "./_replay_work.ts";

self.onmessage = ({ data: work }: MessageEvent<ReplayWork>) => {
  self.onmessage = ({ data: path }: MessageEvent<string>) =>
    self.postMessage(replayFile(path, work));
};
