import { pictureStyle } from "./svg.tsx";

/** The style sheet of the HTML report: light, dark and print; a table on wide screens, cards on narrow ones. */
export const htmlStyle: string = `${pictureStyle}
*{box-sizing:border-box}
html{font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);color-scheme:light dark}
body{margin:0 auto;max-width:75rem;padding:1rem}
h1{font-size:1.35rem;line-height:1.3;margin:.2rem 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.4rem 0 .5rem}
h3{font-size:1rem;margin:.2rem 0 .6rem;overflow-wrap:anywhere}
code,pre,kbd{font:.875rem/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{overflow:auto;background:var(--plain);padding:.7rem;border-radius:.3rem}
.kicker,.note{color:var(--muted);margin:.2rem 0}
.bad{color:var(--wrongInk)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0}
@media (min-width:64rem){header dl{grid-template-columns:max-content 1fr max-content 1fr}}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
.player{display:none;gap:.4rem;flex-wrap:wrap;align-items:center;position:sticky;top:0;background:var(--paper);padding:.5rem 0;z-index:1}
.js .player{display:flex}
button{font:inherit;color:var(--ink);background:var(--plain);border:1px solid var(--muted);border-radius:.3rem;padding:.35rem .7rem;min-height:2.4rem;min-width:2.4rem}
button:disabled{opacity:.45}
:focus-visible{outline:3px solid var(--wrongInk);outline-offset:2px}
.frame{border:1px solid var(--muted);border-radius:.4rem;padding:.8rem;margin:0 0 .8rem}
.js .frame{display:none}.js .frame.current{display:block}
.picture{display:block;max-width:100%;height:auto;margin:.4rem 0}
.scroll{overflow-x:auto}
#timeline{max-height:30rem;overflow-y:auto}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--muted);padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid var(--plain);overflow-wrap:anywhere}
.steps td,.steps th,.steps code{overflow-wrap:break-word}
.steps th{white-space:nowrap}
.steps td:last-child{width:38%}
thead th{border-bottom:2px solid var(--muted)}
tr.current{background:var(--plain)}
tr.parted{box-shadow:inset .3rem 0 0 var(--wrongInk)}
tr.epilogue{color:var(--muted)}
td a,th a{color:inherit;display:inline-block;min-width:1.6rem;padding:.1rem}
ul.changes{margin:0;padding:0;list-style:none}
del{color:var(--muted)}
ins{background:var(--lent);text-decoration:none;padding:0 .15rem}
tr.changed th::before{content:"● ";color:var(--wrongInk)}
tr.changed td{background:var(--lent)}
details{margin:.8rem 0}summary{cursor:pointer;padding:.3rem 0}
.state th{white-space:nowrap;width:1%}
@media (max-width:44rem){
.picture{max-width:44rem}
.steps caption{display:block}
.steps thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.steps,.steps tbody,.steps tr,.steps td,.steps th{display:block;border:0}
.steps tr{border-bottom:1px solid var(--muted);padding:.4rem 0 .4rem .6rem}
.steps td,.steps th{padding:.1rem .4rem}
.steps td:empty{display:none}
.steps td:last-child{width:auto}
.steps td[data-label]::before{content:attr(data-label) ": ";color:var(--muted)}
dl,header dl{grid-template-columns:1fr}dd{margin:0 0 .4rem}
}
@media print{#timeline{max-height:none}.player,.keys{display:none!important}body{max-width:none;padding:0}.frame{break-inside:avoid}pre{white-space:pre-wrap}}
`;

/** The script of the HTML report: shows one frame at a time. Without it, all frames are shown below each other. */
export const htmlScript: string = `"use strict";
(() => {
  const frames = [...document.querySelectorAll(".frame")];
  const rows = new Map([...document.querySelectorAll("tr[data-frame]")].map((row) => [row.dataset.frame, row]));
  const buttons = new Map([...document.querySelectorAll("button[data-go]")].map((button) => [button.dataset.go, button]));
  const timeline = document.getElementById("timeline");
  const bands = [...document.querySelectorAll("#timeline .band")];
  const position = document.getElementById("position");
  const parted = frames.findIndex((frame) => frame.hasAttribute("data-parted"));
  let current = 0;
  const show = (index, moved = true, focusRow = false) => {
    current = Math.max(0, Math.min(frames.length - 1, index));
    frames.forEach((frame, number) => frame.classList.toggle("current", number === current));
    for (const row of rows.values()) {
      row.classList.remove("current");
      row.querySelector("a").removeAttribute("aria-current");
    }
    const row = rows.get(frames[current].dataset.frame);
    if (row !== undefined) {
      row.classList.add("current");
      row.querySelector("a").setAttribute("aria-current", "step");
      if (focusRow) row.querySelector("a").focus({ preventScroll: true });
    }
    for (const band of bands) {
      const present = band.dataset.moment === frames[current].dataset.frame;
      band.classList.toggle("current", present);
      if (!present) continue;
      const [inner, outer] = [band.getBoundingClientRect(), timeline.getBoundingClientRect()];
      timeline.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
    position.textContent = frames[current].dataset.position;
    buttons.get("first").disabled = buttons.get("previous").disabled = current === 0;
    buttons.get("last").disabled = buttons.get("next").disabled = current === frames.length - 1;
    // Not while the page loads: the browser would scroll there, past the headline.
    if (moved) try {
      history.replaceState(null, "", "#" + frames[current].id);
    } catch {
      // Some browsers keep the address of files as it is.
    }
  };
  const go = {
    first: () => show(0),
    previous: () => show(current - 1),
    next: () => show(current + 1),
    last: () => show(frames.length - 1),
    parted: () => show(parted < 0 ? frames.length - 1 : parted),
  };
  for (const [name, button] of buttons) button.addEventListener("click", go[name]);
  for (const row of rows.values()) {
    row.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      show(frames.findIndex((frame) => frame.dataset.frame === row.dataset.frame), true, true);
    });
  }
  const keys = { ArrowLeft: "previous", ArrowRight: "next", k: "previous", j: "next", Home: "first", End: "last", d: "parted" };
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || keys[event.key] === undefined) return;
    // What is wider than its place is scrolled by these two keys while it has the focus.
    const place = /^Arrow/.test(event.key) && event.target instanceof Element && event.target.closest("[tabindex]");
    if (place && place.scrollWidth > place.clientWidth) return;
    event.preventDefault();
    go[keys[event.key]]();
  });
  document.documentElement.classList.add("js");
  const asked = frames.findIndex((frame) => "#" + frame.id === location.hash);
  show(asked >= 0 ? asked : parted >= 0 ? parted : 0, false);
})();
`;
