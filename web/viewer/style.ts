/** What the viewer adds to the style of a report. */
export const viewerStyle: string = `
.top {
  position: sticky; top: 0; z-index: 4; background: var(--paper); border-bottom: 1px solid var(--line);
}
.top > div {
  max-width: 76rem; margin: 0 auto; padding: .6rem clamp(1rem, 4vw, 2.5rem);
  display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem;
}
.brand { font-weight: 600; margin-right: auto; }
.brand small { font-weight: 400; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.file {
  position: relative; display: inline-block; padding: .4rem .9rem; border-radius: 6px; cursor: pointer;
  background: var(--accent); color: var(--on); font-size: .9rem; font-weight: 600;
}
.file input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.file:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }
#progress { flex-basis: 100%; display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; font-size: .9rem; }
#progress progress { flex: 1 1 12rem; height: .8rem; accent-color: var(--accent); }
#bytes { font-variant-numeric: tabular-nums; min-width: 11rem; }
#failure {
  max-width: 71rem; width: calc(100% - 2rem); margin: 1.25rem auto 0; padding: 1rem 1.25rem; border-left: 6px solid var(--bad);
  border-radius: 10px; background: var(--bad-wash); overflow-wrap: anywhere;
}
#browser .scroll { position: relative; }
#start { padding-top: clamp(2rem, 8vh, 5rem); padding-bottom: 3rem; }
#start h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); line-height: 1.2; margin-bottom: 1rem; }
#start p { max-width: 62ch; margin-bottom: .8rem; }
#start .zone {
  margin: 1.5rem 0; padding: clamp(1.5rem, 6vw, 3.5rem) 1rem; max-width: none; text-align: center;
  border: 2px dashed var(--line); border-radius: 14px; background: var(--card); color: var(--quiet);
}
#drop-hint {
  position: fixed; inset: 0; z-index: 9; display: grid; place-items: center; padding: 1rem;
  background: var(--wash); border: 4px dashed var(--accent); opacity: .95; pointer-events: none;
  font-size: 1.4rem; font-weight: 600; text-align: center;
}
.open-chunks { padding: .1rem .55rem; min-height: 1.7rem; margin-left: .5rem; font-size: .8rem; }
#report:focus { outline: none; }
#browser { margin-top: 1.5rem; scroll-margin-top: 8rem; }
#browser[aria-busy="true"] .scroll { opacity: .55; }
#browser .status { color: var(--quiet); font-size: .9rem; margin-bottom: .6rem; }
#browser h3 { scroll-margin-top: 8rem; overflow-wrap: anywhere; }
#browser h3:focus { outline: none; }
#browser h3:focus-visible { outline: 2px solid var(--accent); }
.pages { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; margin: .6rem 0; font-size: .875rem; }
.pages button:disabled { opacity: .55; }
.pages input { width: 6.5rem; font: inherit; padding: .3rem .4rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
#chunks td { padding-top: .25rem; padding-bottom: .25rem; vertical-align: middle; }
#packet-rows td { padding-top: .15rem; padding-bottom: .15rem; }
#chunks td.number, #packet-rows td { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: .8rem; }
#packet-rows td:nth-child(2) { color: var(--quiet); white-space: normal; min-width: 12rem; max-width: 24rem; }
@media (max-width: 40rem) { #packet-rows td:nth-child(2) { min-width: 6.5rem; } }
tr.loss td { background: var(--warn-wash); color: var(--warn); white-space: normal; }
@media print { .top, #browser .pages, .open-chunks { display: none !important; } }
`;
