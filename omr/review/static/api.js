// What the server is asked. All addresses are relative to the page's own, which holds the secret.

/** The server refused, or is gone; the message is for the reader. */
export class Refused extends Error {}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`api/${path}`, { cache: "no-store", ...options });
  } catch {
    throw new Refused("The program does not answer. Is “omr review” still running? What was done so far is kept.");
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Refused(body.error ?? `The program answered with error ${answer.status}.`);
}

const read = async (path) => (await ask(path)).json();

async function send(path, body = {}, keepalive = false) {
  const headers = { "Content-Type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body), keepalive })).json();
}

export const api = {
  state: () => read("state"),
  measure: (index) => read(`measures/${index}`),
  alternatives: async (index) => (await read(`measures/${index}/alternatives`)).alternatives,
  links: () => read("links"),
  system: async (index) => (await ask(`systems/${index}.svg`)).text(),
  play: (from, to) => read(`play?from=${from}&to=${to}`),
  operate: (operation) => send("operations", operation),
  undo: () => send("undo"),
  redo: () => send("redo"),
  place: (place) => send("place", place, true),
  save: (format) => send("save", { format }),
  picture: (page) => `api/pages/${page}.png`,
  download: (format) => `api/download/${format}`,
};
