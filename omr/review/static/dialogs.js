// Questions to the reader, in the browser's own dialogs: these keep the focus and close with Escape.

import { byId, html } from "./dom.js";

let count = 0;

function control({ name, type = "text", value = "", options = [], ...rest }, id) {
  if (type === "select") {
    return html("select", { id, name }, ...options.map(([key, text]) => html("option", { value: key, selected: String(key) === String(value) }, text)));
  }
  if (type === "checkbox") return html("input", { id, name, type, checked: Boolean(value) });
  return html("input", { id, name, type, value, autocomplete: "off", ...rest });
}

function row(field) {
  const id = `field-${++count}`;
  return html("p", { class: `field ${field.type ?? "text"}` }, html("label", { for: id }, field.label), control(field, id));
}

/**
 * Ask for some values in a form.
 * @param {string} title
 * @param {object[]} fields {name, label, type: "text", "number", "select" or "checkbox", value, options: [[key, text]]}
 * @param {string} yes what the button says that accepts them
 * @returns {Promise<object|null>} name -> text (of a checkbox: whether it is ticked); null if the reader cancels
 */
export function ask(title, fields, yes = "Change") {
  const dialog = byId("form");
  const form = html("form", { method: "dialog" },
    html("h2", { id: "form-heading" }, title),
    ...fields.map(row),
    html("div", { class: "row end" },
      html("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
      html("button", { class: "button main", value: "yes" }, yes)));
  // Enter accepts from every field: browsers let it do nothing in a list.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("select, input[type=checkbox]")) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("button.main"));
  });
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  form.querySelector("input, select")?.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? valuesOf(form, fields) : null), { once: true });
  });
}

function valuesOf(form, fields) {
  return Object.fromEntries(fields.map(({ name, type }) => {
    const input = form.elements.namedItem(name);
    return [name, type === "checkbox" ? input.checked : input.value.trim()];
  }));
}

/**
 * Show a list to choose from, or only to read.
 * @param {string} title
 * @param {string[]} rows
 * @param {((index: number) => void)|null} choose called with the row that is chosen; null if none can be
 */
export function showList(title, rows, choose = null) {
  const dialog = byId("form");
  const row = (text, i) => html("li", {}, choose ? html("button", {
    type: "button", class: "button", onclick: () => { dialog.close(); choose(i); } }, text) : text);
  dialog.replaceChildren(
    html("div", { class: "row between" }, html("h2", { id: "form-heading" }, title),
      html("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Close ", html("kbd", {}, "Esc"))),
    html("ul", { class: "list", tabindex: "0", "aria-labelledby": "form-heading" }, ...rows.map(row)));
  dialog.showModal();
}

/** Show the sheet of all keys. groups: name -> [[name of the command, keys]]. single: {on, set} of single-key commands. */
export function showHelp(groups, single) {
  const dialog = byId("help");
  const keys = (all) => all.flatMap((key, i) => [...(i ? [" or "] : []), html("kbd", {}, key)]);
  const tables = [...groups].map(([name, rows]) => html("section", {}, html("h3", {}, name),
    html("dl", {}, ...rows.map(([what, all]) => html("div", {}, html("dt", {}, what), html("dd", {}, ...keys(all)))))));
  const toggle = html("input", { id: "single-keys", type: "checkbox", checked: single.on });
  toggle.addEventListener("change", () => single.set(toggle.checked));
  dialog.replaceChildren(
    html("div", { class: "row between" }, html("h2", { id: "help-heading" }, "All keys"),
      html("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Close ", html("kbd", {}, "Esc"))),
    html("p", { class: "field checkbox" }, toggle, html("label", { for: "single-keys" },
      "Keys work without Ctrl. Switch this off if speech input or a screen reader presses them by mistake.")),
    html("div", { class: "sheets", tabindex: "0", role: "group", "aria-label": "Table of keys" }, html("div", { class: "columns" }, ...tables)));
  dialog.showModal();
}
