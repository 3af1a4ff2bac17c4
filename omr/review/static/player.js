// Plays what was read, by the browser's own synthesiser.

import { api } from "./api.js";

/** Tempo of the times that the server gives, in quarters a minute. */
const SERVER_TEMPO = 60;
/** Seconds: before the first note, so that none comes late; and how far ahead notes are handed to the synthesiser. */
const TIME = { lead: 0.08, ahead: 0.6, attack: 0.008, release: 0.12 };
/** Loudness of one note; a full chord of ten stays below 1. */
const LOUDNESS = 0.09;

const frequency = (midi) => 440 * 2 ** ((midi - 69) / 12);

export class Player {
  #app;
  #context = null;
  #output = null;
  #run = 0;
  #events = [];
  #next = 0;
  #start = 0;
  #factor = 1;
  #timer = 0;
  tempo = 80;

  constructor(app) {
    this.#app = app;
  }

  get playing() {
    return this.#timer !== 0;
  }

  /** Play measures `from` to `to` in playing order, from the first on. */
  async play(from, to) {
    this.stop();
    const run = ++this.#run;
    this.#context ??= new AudioContext();
    await this.#context.resume();
    const events = await api.play(from, to);
    if (run !== this.#run) return;
    if (!events.length) {
      this.#app.say("There is nothing to hear here.");
      return;
    }
    this.#output = this.#context.createGain();
    this.#output.connect(this.#context.destination);
    this.#factor = SERVER_TEMPO / this.tempo;
    this.#events = events;
    this.#next = 0;
    this.#start = this.#context.currentTime + TIME.lead - events[0].seconds_at_60 * this.#factor;
    this.#timer = setInterval(() => this.#tick(), 50);
    this.#tick();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#run++;
    this.#output?.disconnect();
    this.#output = null;
    this.#app.setPlaying(null);
  }

  /** Change the tempo, in quarters a minute, while it plays or before. */
  setTempo(tempo) {
    const now = this.#context?.currentTime ?? 0;
    const factor = SERVER_TEMPO / tempo;
    // What was played so far takes as long as it took: only what follows is slower or faster.
    if (this.playing) this.#start = now - (now - this.#start) * (factor / this.#factor);
    this.#factor = factor;
    this.tempo = tempo;
  }

  #at(event) {
    return this.#start + event.seconds_at_60 * this.#factor;
  }

  #tick() {
    const now = this.#context.currentTime;
    for (; this.#next < this.#events.length && this.#at(this.#events[this.#next]) < now + TIME.ahead; this.#next++) {
      const event = this.#events[this.#next];
      for (const midi of event.midi) this.#sound(midi, Math.max(this.#at(event), now), event.length * this.#factor);
    }
    const sounding = this.#events.filter((event) => this.#at(event) <= now && now < this.#at(event) + event.length * this.#factor);
    const measure = sounding.at(-1)?.measure ?? this.#app.playing?.measure ?? this.#events[0].measure;
    const ids = sounding.flatMap((event) => event.ids);
    const before = this.#app.playing;
    if (before?.measure !== measure || before.ids.join() !== ids.join()) this.#app.setPlaying({ measure, ids });
    const last = this.#events.reduce((end, event) => Math.max(end, this.#at(event) + event.length * this.#factor), 0);
    if (now > last + TIME.release) this.stop();
  }

  #sound(midi, at, length) {
    const end = at + Math.max(length * 0.95, 0.05);
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(LOUDNESS, at + TIME.attack);
    gain.gain.exponentialRampToValueAtTime(LOUDNESS / 4, end);
    gain.gain.linearRampToValueAtTime(0, end + TIME.release);
    gain.connect(this.#output);
    const tone = this.#context.createOscillator();
    tone.type = "triangle";
    tone.frequency.value = frequency(midi);
    tone.connect(gain);
    tone.start(at);
    tone.stop(end + TIME.release);
  }
}
