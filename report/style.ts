const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #fafaf8; --card: #ffffff; --ink: #1b2127; --quiet: #58626c; --line: #dfe3e6;
  --accent: #1f5fb5; --wash: #eef3fa;
  --bad: #b3261e; --good: #1a6b3a; --warn: #875800; --neutral: #4d5a66; --on: #ffffff;
  --bad-wash: #fdf1ef; --good-wash: #eff8f2; --warn-wash: #fcf5e6; --neutral-wash: #f1f3f5;
  --s0: #2563b8; --s1: #bf5413; --s2: #187a55; --s3: #8b3fb0; --s4: #0b7a8e; --s5: #c23d8d;
  --s6: #8f6a06; --s7: #5b6875;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not(.printing) {
    --paper: #14171a; --card: #1b1f24; --ink: #e7eaed; --quiet: #a0aab4; --line: #333a41;
    --accent: #8cb6fa; --wash: #232c38;
    --bad: #ff8d84; --good: #7fd49b; --warn: #f0c36d; --neutral: #b4bfca; --on: #14171a;
    --bad-wash: #2c1d1d; --good-wash: #18261e; --warn-wash: #2a2418; --neutral-wash: #20252a;
    --s0: #7fb0ff; --s1: #ffa366; --s2: #5fd0a5; --s3: #cf9bf0; --s4: #5cc9dd; --s5: #f78fcb;
    --s6: #e0bb4d; --s7: #aab8c6;
  }
}
`;

const TEXT = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main, .foot { max-width: 76rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
.foot { padding-bottom: 3rem; color: var(--quiet); font-size: .85rem; }
.skip { position: absolute; left: -999rem; padding: .5rem 1rem; background: var(--card); color: var(--accent); }
.skip:focus { left: 1rem; top: 1rem; z-index: 3; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#verdict:focus { outline: none; }
[hidden] { display: none !important; }
.on-paper { display: none; }
h1, h2, h3, p, dl, dd, ul, figure, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; font-weight: 600; line-height: 1.25; margin-bottom: .75rem; letter-spacing: -.01em; }
h3 { font-size: .95rem; font-weight: 600; margin-bottom: .4rem; }
small { font-size: .85em; color: var(--quiet); }
strong { font-weight: 600; }
.head { padding: clamp(1.25rem, 4vw, 2.5rem) 0 1rem; }
.head p { color: var(--quiet); font-size: .9rem; overflow-wrap: anywhere; }
section { margin: 0 0 2.75rem; }
section > p { max-width: 70ch; }
kbd {
  font: .8em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; padding: .05em .4em;
  border: 1px solid var(--line); border-radius: 4px; background: var(--card);
}
.hint, figcaption, .sums { margin-top: .6rem; color: var(--quiet); font-size: .85rem; max-width: 80ch; }
`;

const ANSWER = `
#answer {
  --tone: var(--neutral);
  padding: clamp(1.1rem, 3vw, 2rem); border: 1px solid var(--line);
  border-left: 6px solid var(--tone); border-radius: 10px; background: var(--wash-of, var(--card));
}
#answer.exceeds { --tone: var(--bad); --wash-of: var(--bad-wash); }
#answer.fits { --tone: var(--good); --wash-of: var(--good-wash); }
#answer.incomplete { --tone: var(--warn); --wash-of: var(--warn-wash); }
#verdict { font-size: clamp(1.55rem, 1.1rem + 2vw, 2.3rem); line-height: 1.18; letter-spacing: -.02em; margin-bottom: .7rem; }
.badge {
  display: inline-flex; align-items: center; gap: .35em; padding: .25em .8em .25em .6em; margin-bottom: .75rem;
  border-radius: 99px; background: var(--tone); color: var(--on); font-size: .85rem; font-weight: 600;
  letter-spacing: .01em; line-height: 1.4; vertical-align: middle;
}
.badge + span { display: block; }
.badge path { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
#conclusion { font-size: 1.08rem; overflow-wrap: anywhere; }
.advice { margin-top: .6rem; font-weight: 600; }
.notes { margin-top: 1rem; padding-left: 1.2rem; color: var(--quiet); font-size: .9rem; overflow-wrap: anywhere; }
.judgement { display: grid; gap: .6rem; margin-top: 1.4rem; font-size: .95rem; max-width: 80ch; }
.judgement dt { color: var(--quiet); font-size: .8rem; }
.judgement dd { overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.25rem; margin-top: 1.4rem; }
.figures + p { margin-top: 1rem; }
.figures dt { color: var(--quiet); font-size: .8rem; }
.figures dd { font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures small { display: block; font-size: .8rem; font-weight: 400; }
`;

const CHART = `
#chart, #packet-chart { padding: 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
#chart-controls { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: space-between; margin-bottom: .6rem; }
.buttons { display: flex; gap: .35rem; }
button, select {
  font: inherit; font-size: .875rem; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .7rem; min-height: 2.1rem; min-width: 2.1rem;
}
button { cursor: pointer; }
button:hover { background: var(--wash); }
button[aria-pressed="true"] { background: var(--wash); border-color: var(--accent); color: var(--accent); }
select { max-width: 100%; }
#chart-plot { border-radius: 6px; height: clamp(300px, 52vh, 440px); overflow: hidden; }
.chart-dot { position: absolute; left: -4px; top: -4px; width: 8px; height: 8px; border-radius: 50%; background: var(--ink); pointer-events: none; }
#chart-plot .u-over { cursor: crosshair; }
#chart-plot .u-select { background: var(--accent); opacity: .15; }
#chart-plot .u-cursor-x { border-color: var(--quiet); }
#chart-readout, #packet-readout { min-height: 3.1em; font-size: .9rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#chart-readout:empty::before { content: "Point at the chart to read the tails."; color: var(--quiet); }
#packet-readout:empty::before { content: "Point at a bar to read its counts."; color: var(--quiet); }
#chart-queues, #packet-legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; font-size: .875rem; }
#chart-queues li, #packet-legend li { display: flex; align-items: center; gap: .4rem; }
#chart-queues .near { color: var(--accent); font-weight: 600; }
.marks { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-top: .6rem; border: 0; min-width: 0; font-size: .875rem; }
.marks legend { float: left; color: var(--quiet); margin-right: 1rem; padding: 0; }
.marks label { display: inline-flex; align-items: center; gap: .35rem; }
.marks .count { color: var(--quiet); }
input[type="checkbox"] { accent-color: var(--accent); width: 1.05rem; height: 1.05rem; margin: 0; }
.mark { flex: none; display: inline-block; width: 14px; height: 14px; vertical-align: -2px; overflow: visible; }
.mark path { fill: none; stroke: var(--mark, var(--quiet)); stroke-width: 1.6; stroke-linejoin: round; }
.mark.filled path { fill: var(--mark, var(--quiet)); }
.mark.limit { --mark: var(--bad); }
.mark.loss { --mark: var(--warn); }
.mark.event { --mark: var(--quiet); }
.swatch { flex: none; display: inline-block; width: 28px; height: 8px; vertical-align: middle; }
.swatch path { fill: none; stroke: none; stroke-width: 2.5; }
.swatch.heads path { stroke: var(--quiet); stroke-width: 1; }
${
  [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    `[data-slot="${n}"] .swatch path { stroke: var(--s${n}); } .fill-${n} { fill: var(--s${n}); }`
  ).join("\n")
}
.fill-rest { fill: var(--line); }
#packet-plot { margin: .6rem 0; }
#packet-plot svg { display: block; width: 100%; height: 220px; border-bottom: 1px solid var(--line); }
#packet-plot .pointer { fill: var(--ink); opacity: .12; }
#packet-plot p { display: flex; justify-content: space-between; gap: .5rem; overflow: hidden; white-space: nowrap; font-size: .8rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
#packet-legend svg { width: 12px; height: 12px; flex: none; }
`;

const TABLES = `
.scroll { overflow: auto; max-height: 34rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); margin-top: 1rem; }
h2 + .scroll { margin-top: 0; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .7rem .65rem; color: var(--quiet); caption-side: top; }
th, td { padding: .45rem .65rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--card); color: var(--quiet); font-weight: 600; font-size: .8rem; border-top: 0; border-bottom: 1px solid var(--line); }
#queues th, #queues td { padding-inline: .4rem; }
tbody tr:first-child > * { border-top: 0; }
tbody th { font-weight: 500; }
.number { text-align: right; }
tbody tr:hover, tbody tr.near { background: var(--wash); }
tbody tr:focus-visible { outline-offset: -2px; }
tr.near > :first-child { box-shadow: inset 3px 0 var(--accent); }
#flagged tr.outside > * { color: var(--quiet); }
tr.over .number:nth-last-child(2) { color: var(--bad); font-weight: 600; }
#flagged tr[data-x] { cursor: pointer; }
#flagged tr.chosen { background: var(--bad-wash); }
.pick { display: inline-flex; align-items: center; gap: .5rem; }
td.text { white-space: normal; min-width: 24ch; }
td.text p + p { margin-top: .4rem; }
.losses { list-style: none; margin-top: 1rem; display: grid; gap: .4rem; }
.losses li { display: flex; gap: .6rem; align-items: baseline; overflow-wrap: anywhere; }
.losses li > span:last-child { min-width: 0; }
.groups { columns: 2 24rem; column-gap: 2.5rem; }
.groups > div { break-inside: avoid; margin-bottom: 1.5rem; }
.groups dl > div { display: grid; grid-template-columns: minmax(8rem, 3fr) 5fr; gap: 1rem; padding: .3rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.groups dt { color: var(--quiet); overflow-wrap: break-word; min-width: 0; }
@media (max-width: 40rem) { .groups dl > div { grid-template-columns: 1fr; gap: 0; } }
.groups dd { overflow-wrap: anywhere; min-width: 0; white-space: pre-wrap; }
`;

const PAPER = `
@media (max-width: 40rem) {
  #chart, #packet-chart { padding: .6rem; }
  .figures { gap: .8rem 1.5rem; }
  th, td { padding: .45rem .6rem; }
  .hint { display: none; }
  .groups dl > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
@media print {
  @page { margin: 14mm; }
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --quiet: #333; --line: #bbb; --wash: #fff;
    --bad-wash: #fff; --good-wash: #fff; --warn-wash: #fff; --neutral-wash: #fff;
    --on: #fff; --bad: #000; --good: #000; --warn: #000; --neutral: #000; --accent: #000;
  }
  body { font-size: 9.5pt; background: #fff; }
  main, .foot { max-width: none; padding: 0; }
  .skip, button, label:has(select), .hint, .buttons, #chart-controls, #chart-readout, #packet-readout, .pick input, .marks input, noscript { display: none !important; }
  .on-paper { display: inline; }
  .badge { background: none; color: #000; border: 1.5pt solid #000; }
  #packet-queue { display: inline !important; appearance: none; border: 0; padding: 0; color: #000; background: none; }
  .scroll { overflow: visible; max-height: none; border: 0; margin-top: 8pt; }
  table { font-size: 7.5pt; }
  caption { padding: 3pt 0; break-after: avoid; }
  th, td { padding: 2pt 4pt; white-space: normal; }
  thead { display: table-header-group; }
  thead th { position: static; font-size: inherit; }
  tr, figure, .losses li, .groups dl > div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  section { margin-bottom: 16pt; }
  #chart, #packet-chart { border: 0; padding: 0; }
  #chart-plot { height: auto; }
  #chart-plot .uplot, #chart-plot .u-wrap, #chart-plot canvas { width: 100% !important; height: auto !important; }
  #chart-plot .u-over, #chart-plot .u-under, #chart-plot .u-axis { display: none; }
}
@media (prefers-contrast: more) {
  :root { --quiet: var(--ink); --line: var(--ink); }
}
`;

/** Style of a report, for light and dark screens of any width, and for paper. */
export const pageStyle: string = COLOURS + TEXT + ANSWER + CHART + TABLES + PAPER;
