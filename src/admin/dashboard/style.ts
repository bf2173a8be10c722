// The page's style: system fonts and colours, light and dark by the reader's preference.

export const STYLE_CSS = `:root {
  color-scheme: light dark;
  --text: #1b2430; --quiet: #566272; --ground: #f6f8fa; --panel: #ffffff; --line: #d5dce4; --accent: #0b63b0;
  --served: #17693a; --blocked: #8a4b00; --failed: #b3261e; --running: #0b63b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e9ef; --quiet: #9aa7b5; --ground: #10151b; --panel: #171e26; --line: #2d3844; --accent: #6fb4f2;
    --served: #6fce94; --blocked: #efb35c; --failed: #ff8f85; --running: #6fb4f2;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; padding: .9rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--panel); }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 0; }
#state { margin: 0; color: var(--quiet); }
nav { margin-left: auto; display: flex; gap: 1rem; }
a { color: var(--accent); }
main { padding: 1.25rem; display: grid; gap: 1.5rem; }
section { min-width: 0; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .75rem; margin: .6rem 0 0; }
dl div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .55rem .75rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
#limits, #plugins { list-style: none; margin: .6rem 0 0; padding: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; font-variant-numeric: tabular-nums; }
#limits li, #plugins li { display: grid; grid-template-columns: minmax(8rem, 1.5fr) minmax(6rem, 1fr) 4rem minmax(12rem, 2fr); gap: .9rem; align-items: center; padding: .4rem .7rem; }
#limits li + li, #plugins li + li { border-top: 1px solid var(--line); }
#limits span, #plugins span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
meter { width: 100%; }
.quiet { color: var(--quiet); }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; justify-content: space-between; margin: 0 0 .6rem; }
#filters { display: flex; flex-wrap: wrap; gap: .5rem .9rem; }
label { color: var(--quiet); font-size: .85rem; }
input, select, button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 5px; padding: .25rem .5rem; }
input { width: 9rem; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; max-width: 22rem; overflow: hidden; text-overflow: ellipsis; }
th { color: var(--quiet); font-weight: 600; font-size: .85rem; }
tbody tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 8%, transparent); }
td button { border: 0; padding: 0; background: none; color: var(--accent); text-decoration: underline; }
.number { text-align: right; }
.served { color: var(--served); }
.blocked { color: var(--blocked); }
.failed, .aborted, .interrupted { color: var(--failed); }
.running { color: var(--running); }
dialog { width: min(46rem, calc(100vw - 2rem)); color: var(--text); background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 1.1rem 1.3rem; }
dialog::backdrop { background: rgb(0 0 0 / .45); }
#why-sentences p { margin: .5rem 0; overflow-wrap: anywhere; }
code { font-size: .9em; overflow-wrap: anywhere; }
`;

/** A weir: water falling over a step. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b63b0"/><path d="M3 12h12q4 0 4 6v4h10" fill="none" stroke="#fff" stroke-width="3"/><path d="M21 27q2-2 4 0t4 0" fill="none" stroke="#fff" stroke-width="2"/></svg>`;
