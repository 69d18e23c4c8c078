/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { type ColumnsTask, sumColumns } from "./_columns.ts";

self.onmessage = ({ data }: MessageEvent<ColumnsTask>) => self.postMessage(sumColumns(data));
