"""What a report looks like: one style sheet, light and dark as the reader's system says, readable on a phone."""

#: Nothing is fetched, and a browser is told so.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #23262b; --quiet: #5c6470; --line: #c6ccd4; --pale: #f3f5f7;
  --accent: #1b7a72; --mark: #b85610; --band: #d5dbe3; --link: #1a5fb4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e6e9ed; --quiet: #a5aeb9; --line: #414a55; --pale: #1d232a;
    --accent: #56c4b8; --mark: #f0a35e; --band: #3b4552; --link: #8ab8f5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .4rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; }
p { margin: .6rem 0; }
a { color: var(--link); }
.about, figcaption, .fine { color: var(--quiet); }
.about { margin: 0 0 1.2rem; }
.lead { font-size: 1.06rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; margin: .8rem 0; padding: 0; }
figure { margin: 1.2rem 0; }
figcaption { font-size: .92rem; margin-top: .4rem; }
svg { display: block; width: 100%; max-width: 40rem; height: auto; }
svg text { font-size: 11.5px; fill: var(--ink); }
svg .quiet { fill: var(--quiet); }
svg .rule { stroke: var(--line); stroke-width: .7; }
svg .band { fill: var(--band); }
svg .own { stroke: var(--ink); stroke-width: 2; }
svg .span { stroke: var(--mark); stroke-width: 1; opacity: .7; }
svg .tick { stroke: var(--mark); stroke-width: 1; }
svg .draw { fill: var(--mark); }
svg .bar { fill: var(--accent); }
.wide { overflow-x: auto; }
.wide:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--quiet); padding: .3rem 0; }
th, td { padding: .28rem .6rem .28rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .words { text-align: left; }
thead th { color: var(--quiet); font-weight: 600; }
pre { background: var(--pale); padding: .7rem .9rem; overflow-x: auto; font-size: .84rem; line-height: 1.45; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
dl { margin: .8rem 0; }
dt { font-weight: 600; margin-top: .7rem; }
dd { margin: .1rem 0 0; }
.missing { border-left: 4px solid var(--mark); padding: .3rem 0 .3rem .9rem; }
@media print { body { max-width: none; } .wide { overflow: visible; } }
"""
