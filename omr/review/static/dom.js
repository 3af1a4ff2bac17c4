// Small helpers to build elements. All text is set as text, so that nothing in a score can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** The element of this id; the page has it, or the page is broken. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element. attributes: false, null and undefined leave one out; `onclick` and the like add a listener. */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, as `html`. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Give an SVG element the place of a box [top, left, bottom, right], `margin` wider on each side. */
export function place(rect, [top, left, bottom, right], margin = 0) {
  rect.setAttribute("x", String(left - margin));
  rect.setAttribute("y", String(top - margin));
  rect.setAttribute("width", String(right - left + 2 * margin));
  rect.setAttribute("height", String(bottom - top + 2 * margin));
  return rect;
}

/** Whether a box [top, left, bottom, right], `margin` wider on each side, holds the point. */
export function holds([top, left, bottom, right], row, col, margin = 0) {
  return row >= top - margin && row < bottom + margin && col >= left - margin && col < right + margin;
}

/** The centre [row, col] of a box. */
export function centre([top, left, bottom, right]) {
  return [(top + bottom) / 2, (left + right) / 2];
}

/** A function that runs `action` once, `wait` milliseconds after the last of several calls. */
export function later(action, wait) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
}

/** Scroll so that `element` stands in the middle of the view, unless all of it is seen already. */
export function reveal(view, element) {
  const inner = element.getBoundingClientRect();
  const outer = view.getBoundingClientRect();
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  const off = (low, high, from, to) => {
    if (low >= from && high <= to) return 0;
    return high - low > to - from ? low - from - 8 : (low + high - from - to) / 2;
  };
  const top = off(inner.top, inner.bottom, outer.top, outer.bottom);
  const left = off(inner.left, inner.right, outer.left, outer.right);
  if (top || left) view.scrollBy({ top, left, behavior });
}
