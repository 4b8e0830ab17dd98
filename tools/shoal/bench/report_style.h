// How a report looks: light, dark, on a phone and on paper.
#pragma once

#include <string_view>

namespace shoal::bench {

inline constexpr std::string_view report_style = R"css(
:root {
  --page: #fdfdfc; --ink: #1f2124; --quiet: #5f646b; --rule: #e3e3df; --warn: #fdf3d8; --edge: #d9a514;
  --c0: #2a6fc9; --c1: #c2571a; --c2: #6b7078; --c3: #23805e; --c4: #8453b4; --c5: #8f7011;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #17191c; --ink: #e5e6e8; --quiet: #9ba1a9; --rule: #2e3237; --warn: #332a10; --edge: #b98a10;
    --c0: #6aaefb; --c1: #f0995a; --c2: #a4aab2; --c3: #58c49b; --c4: #bd97ea; --c5: #d6b854;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 47rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
h1 { font-size: 1rem; font-weight: 600; color: var(--quiet); margin: 0 0 1rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .8rem; }
h3 { font-size: 1.02rem; margin: 2rem 0 .4rem; }
h1, h2, h3, p { text-wrap: pretty; overflow-wrap: break-word; }
p { margin: 0 0 .9rem; }
.answer { font-size: 1.4rem; line-height: 1.4; font-weight: 500; margin-bottom: 1.2rem; }
.banner { background: var(--warn); border-left: 4px solid var(--edge); padding: .7rem .9rem; }
figure { margin: 1.2rem 0 1.8rem; min-width: 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
.legend { margin: 0 0 .3rem; color: var(--quiet); font-size: .9rem; }
.legend span { display: inline-block; margin-right: 1.1rem; }
.swatch { width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -.06rem; display: inline; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12px; fill: var(--quiet);  stroke: none; font-variant-numeric: tabular-nums; }
svg text.value { fill: var(--ink); }
.grid { stroke: var(--rule); } .base { stroke: var(--quiet); }
.rule { stroke: var(--ink); stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.bar { stroke-width: 2; stroke-opacity: .55; }
.c0 { stroke: var(--c0); fill: var(--c0); } .c1 { stroke: var(--c1); fill: var(--c1); }
.c2 { stroke: var(--c2); fill: var(--c2); } .c3 { stroke: var(--c3); fill: var(--c3); }
.c4 { stroke: var(--c4); fill: var(--c4); } .c5 { stroke: var(--c5); fill: var(--c5); }
.mark { stroke: var(--page); stroke-width: 1; }
.narrow { display: none; }
.several { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 0 1.6rem; }
details { margin: .5rem 0; font-size: .9rem; }
summary { cursor: pointer; color: var(--quiet); }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; margin: .4rem 0; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule);
  font-variant-numeric: tabular-nums; }
th { font-weight: 500; }
thead th { color: var(--quiet); font-weight: 400; }
#machine td { overflow-wrap: anywhere; }
a { color: var(--c0); }
code { font-size: .9em; }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 36rem) {
  .wide { display: none; } .narrow { display: block; }
  .answer { font-size: 1.2rem; }
  thead { display: none; }
  tr { display: block; padding: .45rem 0; border-bottom: 1px solid var(--rule); }
  th, td { display: block; padding: 0; border: 0; overflow-wrap: anywhere; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--quiet); }
  main { padding-top: 1.2rem; }
}
@media print {
  :root { --page: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --warn: #fff; --edge: #666;
    --c0: #2a6fc9; --c1: #c2571a; --c2: #6b7078; --c3: #23805e; --c4: #8453b4; --c5: #8f7011; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
}
)css";

}  // namespace shoal::bench
