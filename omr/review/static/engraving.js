// SVG of the engraver, made safe and made to look right under the page's content security policy.
//
// The policy allows no style in markup. Verovio writes one <style> element a picture, whose rules all begin with the
// picture's id, and a few style attributes. The rules become constructed style sheets, the attributes properties set by
// script; both are allowed, for only a script of this page can make them. Before the text is parsed both get other names,
// or the browser would report each as a breach of the policy.

const sheets = new Set();

function adopt(css, id) {
  // The same few rules come with every picture: without its id they are kept once.
  const rules = css.replaceAll(`#${id} `, ".engraved ");
  if (sheets.has(rules)) return;
  sheets.add(rules);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

function withoutStyles(text) {
  const renamed = text.replace(/<style\b/g, "<metadata data-css=\"\"").replaceAll("</style>", "</metadata>");
  return renamed.replace(/<[A-Za-z][^<>]*>/g, (tag) => tag.replace(/\sstyle=/g, " data-style="));
}

function isUnsafe(name, value) {
  const leads = name === "href" || name === "xlink:href";
  return name.startsWith("on") || (leads && !value.startsWith("#"));
}

function styleByScript(element, text) {
  for (const declaration of text.split(";")) {
    const colon = declaration.indexOf(":");
    if (colon > 0) element.style.setProperty(declaration.slice(0, colon).trim(), declaration.slice(colon + 1).trim());
  }
}

/**
 * The picture as an element to put into the page.
 * @param {string} text SVG as the server sent it
 * @param {boolean} keepIds whether elements keep their ids, by which notes are found; a copy in the page must not
 * @throws {Error} if it is no SVG
 */
export function engraved(text, keepIds = true) {
  const parsed = new DOMParser().parseFromString(withoutStyles(text), "image/svg+xml").documentElement;
  if (parsed.localName !== "svg") throw new Error("the engraving is no SVG");
  const root = document.importNode(parsed, true);
  for (const element of root.querySelectorAll("script, foreignObject, iframe")) element.remove();
  for (const style of root.querySelectorAll("metadata[data-css]")) {
    adopt(style.textContent, root.id);
    style.remove();
  }
  const used = new Set([...root.querySelectorAll("use")].map((use) => (use.getAttribute("href")
    ?? use.getAttribute("xlink:href") ?? "").slice(1)));
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      if (isUnsafe(name, value)) element.removeAttribute(name);
    }
    const style = element.getAttribute("data-style");
    if (style !== null) {
      element.removeAttribute("data-style");
      styleByScript(element, style);
    }
    if (!keepIds && element.id && !used.has(element.id)) element.removeAttribute("id");
  }
  fitToWidth(root);
  return root;
}

function fitToWidth(root) {
  const [width, height] = ["width", "height"].map((name) => parseFloat(root.getAttribute(name) ?? ""));
  if (!root.hasAttribute("viewBox") && width && height) root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  // As large as the engraver meant it, if the pane has room.
  root.style.maxWidth = `${root.viewBox.baseVal.width}px`;
  root.removeAttribute("width");
  root.removeAttribute("height");
  root.setAttribute("aria-hidden", "true");
  root.classList.add("engraved");
}
