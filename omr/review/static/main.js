// Starts the page: joins what it knows, its views, its commands and the player.

import { api } from "./api.js";
import { App } from "./app.js";
import { COMMANDS, keyOf, written } from "./commands.js";
import { showHelp } from "./dialogs.js";
import { Dock } from "./dock.js";
import { byId, html } from "./dom.js";
import { Player } from "./player.js";
import { Reading } from "./reading.js";
import { Scan } from "./scan.js";

const FORMATS = { musicxml: "MusicXML", mxl: "MusicXML, compressed", midi: "MIDI", pdf: "PDF" };
/** Name under which the browser keeps whether keys work without Ctrl. */
const SINGLE_KEYS = "omr-review-single-keys";

function say(text, isFailure) {
  const status = byId("status");
  status.classList.toggle("failure", isFailure);
  // A text that is the same as before would not be read out again: it is set anew.
  status.textContent = "";
  requestAnimationFrame(() => { status.textContent = text; });
}

const app = new App(say);
const scan = new Scan(app, byId("scan"));
new Reading(app, byId("reading"));
new Dock(app, run);
const player = new Player(app);

// ---- commands --------------------------------------------------------------------------------------------------

async function run(command) {
  if (!app.state) return;
  try {
    await app.ready; // who types faster than the notes arrive means them all the same
    await command.run(app);
  } catch (error) {
    app.fail(error);
  }
}

const byKey = new Map(COMMANDS.flatMap((command) => command.keys.map((key) => [written(key), command])));
let singleKeys = readSingleKeys();

function readSingleKeys() {
  try {
    return localStorage.getItem(SINGLE_KEYS) !== "off";
  } catch {
    return true; // a browser may forbid the page to keep anything
  }
}

function setSingleKeys(on) {
  singleKeys = on;
  try {
    localStorage.setItem(SINGLE_KEYS, on ? "on" : "off");
  } catch {
    app.say("The browser keeps nothing of this page: the setting holds until it is closed.");
  }
}

/** Whether the focused element wants this key itself: a field all of them, a button those that press it. */
function belongsToFocus(event, key) {
  const target = event.target;
  if (target.closest?.("dialog")) return true;
  if (target.matches?.("select, textarea, input:not([type=range])")) return key !== "Escape" && !key.startsWith("Ctrl+");
  if (target.matches?.("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(key);
  return target.matches?.("button, a") && (key === "Enter" || key === "Space");
}

addEventListener("keydown", (event) => {
  const key = keyOf(event);
  if (!app.state || belongsToFocus(event, key)) return;
  if (app.armed && scan.keyWhileArmed(key)) {
    event.preventDefault();
    return;
  }
  const command = byKey.get(key);
  if (!command || (!singleKeys && /^(Shift\+)?[^+]$/.test(key))) return;
  event.preventDefault();
  run(command);
});

// After a click the keys belong to the music again; who came by keyboard stays on the button.
addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (event.detail > 0 && button && !button.closest("dialog")) byId("scan").focus({ preventScroll: true });
});

byId("disarm").addEventListener("click", () => app.cancel());
app.on("zoom-by", ({ direction }) => scan.zoom(direction));
app.on("aside", ({ index }) => scan.revealAside(index));
app.on("help", () => {
  const groups = new Map();
  for (const { group, name, keys } of COMMANDS) {
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push([name, keys]);
  }
  showHelp(groups, { on: singleKeys, set: setSingleKeys });
});

// ---- head of the page ------------------------------------------------------------------------------------------

app.on("state", () => {
  const { name, title, composer, to_look_at: doubts, measures, summary } = app.state;
  byId("title").textContent = title || name;
  byId("title").title = title || name; // it may be cut off
  byId("subtitle").textContent = composer ?? "";
  document.title = `${title || name} – review`;
  const mended = measures.filter(({ state }) => state === "accepted" || state === "mended").length;
  const share = summary.share_of_errors === null ? "" : `, about ${Math.round(100 * summary.share_of_errors)}\u00a0% of the errors`;
  const left = byId("left");
  left.replaceChildren(html("b", {}, String(doubts.length)), doubts.length ? ` to look at${share}` : " left to look at");
  byId("progress").max = Math.max(mended + doubts.length, 1);
  byId("progress").value = doubts.length ? mended : byId("progress").max;
  showSaved();
});

function showSaved() {
  const { saved, revision } = app.state;
  const isSaved = saved?.revision === revision;
  byId("saved").textContent = isSaved ? "✓ Saved" : "● Not saved";
  byId("saved").classList.toggle("is-saved", isSaved);
  byId("saved").title = isSaved ? saved.path : "Your corrections are kept as you make them. Save writes the score.";
}

function showFormats() {
  byId("format").replaceChildren(...app.state.formats.map((format) => html("option", { value: format }, FORMATS[format] ?? format)));
  showDownload();
}

function showDownload() {
  byId("download").setAttribute("href", api.download(byId("format").value));
}

byId("format").addEventListener("change", showDownload);
app.on("save", async () => {
  app.say("Saving …");
  try {
    const { path, missing } = await api.save(byId("format").value);
    app.state.saved = { revision: app.state.revision, path };
    showSaved();
    app.say(missing ? `Saved as ${path}. PDF cannot show these letters: ${missing}` : `Saved as ${path}.`);
  } catch (error) {
    app.fail(error);
  }
});

// ---- listening -------------------------------------------------------------------------------------------------

app.on("play", async ({ on }) => {
  try {
    if (player.playing) player.stop();
    else await player.play(app.current, on ? app.state.measures.length - 1 : app.current);
  } catch (error) {
    player.stop();
    app.fail(error);
  }
});
byId("tempo").addEventListener("input", (event) => {
  byId("tempo-value").textContent = event.target.value;
  player.setTempo(Number(event.target.value));
});

// ---- start -----------------------------------------------------------------------------------------------------

try {
  await app.load();
  showFormats();
  app.say(app.describe(app.current));
  byId("main").removeAttribute("aria-busy");
} catch (error) {
  app.fail(error);
}
