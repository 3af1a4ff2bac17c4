// Note values and a few signs as small drawings: fonts with music are not everywhere.

import { svg } from "./dom.js";

const STEM = "M10.6 15.5V3.5";
const FLAG = (top) => `M10.6 ${top}c.4 2.6 3.4 3 2.4 6.6`;
const head = (filled) => svg("ellipse", {
  cx: 8, cy: 16, rx: 3.1, ry: 2.2, transform: "rotate(-22 8 16)", class: filled ? "ink" : "line",
});
const line = (d) => svg("path", { d, class: "line" });

function note(type) {
  if (type === "whole") return [svg("ellipse", { cx: 9, cy: 13, rx: 4, ry: 2.5, class: "line" })];
  if (type === "breve") return [svg("ellipse", { cx: 9, cy: 13, rx: 4, ry: 2.5, class: "line" }), line("M3.5 9v8M14.5 9v8")];
  const flags = Math.max(["eighth", "16th", "32nd", "64th", "128th"].indexOf(type) + 1, 0);
  const hooks = Array.from({ length: flags }, (_, i) => line(FLAG(3.5 + i * 2.2)));
  return [head(type !== "half"), line(STEM), ...hooks];
}

function rest(type) {
  const block = (y) => svg("rect", { x: 5, y, width: 8, height: 3.4, class: "ink" });
  if (type === "whole" || type === "breve") return [line("M2.5 8.5h13"), block(8.5)];
  if (type === "half") return [line("M2.5 13.5h13"), block(10.1)];
  if (type === "quarter") return [svg("path", { d: "M7 3l4 5c-2 1.6-2.2 3 .6 6-3-.8-4 .8-2 3.4-4-1.6-4-4.4-.6-4.6L5.8 9C8 7 8 5 7 3z", class: "ink" })];
  const hooks = ["eighth", "16th", "32nd", "64th", "128th"].indexOf(type) + 1;
  const balls = Array.from({ length: hooks }, (_, i) => svg("circle", { cx: 6 - i * 0.6, cy: 6 + i * 3, r: 1.4, class: "ink" }));
  return [...balls, line(`M12 5L${9.4 - hooks * 0.3} 18`), line("M6 7.2q4 .6 5.6-1.6")];
}

/** A picture of a note value or a rest, hidden from screen readers: what it is called stands beside it or in the label. */
export function icon(type, isRest = false) {
  return svg("svg", { viewBox: "0 0 18 20", class: "icon", "aria-hidden": "true" }, ...(isRest ? rest(type) : note(type)));
}
