import { decodeChart } from "../chart_json.ts";
import { activate } from "./activate.ts";

const text = document.getElementById("chart-data")?.textContent;
if (text) {
  const { chart, packets } = decodeChart(text);
  activate(document.body, chart, packets);
}
