// The console: one clip's player, its form and the keys. Lives as long as its clip is on the page.
"use strict";

const BACK_MS = 2000;
const LOST_AFTER = 5;
const keys = { on: true };
const lastDraft = { task: "", values: null }; // comes back with an undo; in memory alone

function isTyping(target) {
  return target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
}

class ReviewConsole extends HTMLElement {
  connectedCallback() {
    this.ending = new AbortController();
    for (const one of this.querySelectorAll("noscript")) one.remove();
    if (this.dataset.sound) this.bringPlayer();
    if (this.querySelector("[data-judgement]")) this.bringForm();
    if (this.dataset.task) {
      this.bringKeys();
      this.watch();
      this.querySelector("[data-focus]").focus({ preventScroll: true });
    }
    const heard = navigator.userActivation && navigator.userActivation.hasBeenActive;
    if (this.player && this.dataset.play === "1" && heard) this.player.play(0);
  }

  disconnectedCallback() {
    this.ending.abort();
    this.drop();
  }

  on(target, name, act) { target.addEventListener(name, act, { signal: this.ending.signal }); }

  find(selector) { return this.querySelector(selector); }

  tell(text) { const status = this.find("[data-status]"); if (status) status.textContent = text; }

  // -- the player

  bringPlayer() {
    const fields = { task: this.dataset.task, [this.dataset.tokenField]: this.dataset.token };
    this.player = new ClipPlayer(this.dataset.sound, fields, this.dataset.worklet, Number(this.dataset.clipMs));
    this.words = [...this.querySelectorAll("button.spoken-word")];
    this.bringWave();
    this.on(this.player, "change", () => this.showState());
    this.on(this.player, "moved", () => this.showPlace());
    this.on(this.player, "began", () => { this.dataset.firstSoundMs = this.player.firstSoundMs.toFixed(1); });
    this.on(this.player, "lost", () => this.tell("The sound cannot be played now."));
    this.on(this.find("[data-toggle]"), "click", () => this.player.toggle());
    this.on(this.find("[data-slower]"), "click", () => this.player.slower());
    const back = this.find("[data-back]");
    if (back) this.on(back, "click", () => this.back());
    for (const word of this.words) this.on(word, "click", () => this.player.play(Number(word.dataset.start)));
    this.on(document, "pointerdown", () => this.player.warmUp());
    this.on(document, "keydown", () => this.player.warmUp());
  }

  bringWave() {
    const canvas = this.find("canvas");
    if (!canvas) return;
    const loudness = Uint8Array.from(atob(this.dataset.waveform), (one) => one.charCodeAt(0));
    const marks = this.words.map((word) => ({
      startMs: Number(word.dataset.start), endMs: Number(word.dataset.end), hidden: word.classList.contains("hidden-word"),
    }));
    this.wave = new Waveform(canvas, loudness, Number(this.dataset.clipMs), marks);
    this.on(canvas, "click", (event) => this.player.play(this.wave.timeAt(event.clientX)));
    this.on(window, "resize", () => this.showPlace());
    this.on(window.matchMedia("(prefers-color-scheme: dark)"), "change", () => this.showPlace());
    this.showPlace();
  }

  showState() {
    const playing = this.player.state === "playing", toggle = this.find("[data-toggle]");
    if (!toggle) return;
    toggle.setAttribute("aria-pressed", String(playing));
    this.find("[data-slower]").setAttribute("aria-pressed", String(this.player.rate !== 1));
    this.showPlace();
  }

  showPlace() {
    const atMs = this.player.atMs, clock = this.find(".clock");
    if (this.wave) this.wave.draw(atMs);
    if (clock) clock.textContent = `${(atMs / 1000).toFixed(1)} / ${(Number(this.dataset.clipMs) / 1000).toFixed(1)} s`;
    for (const word of this.words) {
      const now = this.player.state !== "stopped" && Number(word.dataset.start) <= atMs && atMs < Number(word.dataset.end);
      word.classList.toggle("now-heard", now);
    }
  }

  back() { this.player.play(Math.max(0, this.player.atMs - BACK_MS)); }

  drop() { if (this.player) this.player.stop(); }

  // -- whether the clip is still there

  watch() {
    let failures = 0;
    const listen = () => {
      this.events = new EventSource(`/review/clip/${encodeURIComponent(this.dataset.task)}/state`);
      this.events.addEventListener("state", (event) => {
        const { state } = JSON.parse(event.data);
        if (state === "open") { failures = 0; this.backAgain(); return; }
        if (state === "away") { this.away(); return; }
        this.gone(state);
      });
      this.events.addEventListener("error", () => {
        failures += 1;
        this.away();
        if (this.events.readyState === EventSource.CLOSED && failures < LOST_AFTER) this.again = setTimeout(listen, 1000);
        else if (this.events.readyState === EventSource.CLOSED) location.reload();
      });
    };
    listen();
    this.ending.signal.addEventListener("abort", () => { this.events.close(); clearTimeout(this.again); });
  }

  // Whoever cannot be told of a withdrawal hears nothing.
  away() {
    if (this.sending) return;
    this.lost = true;
    this.drop();
    this.tell("The connection is lost. What you typed stays here; it goes on by itself.");
  }

  backAgain() {
    if (this.lost) this.tell("");
    this.lost = false;
  }

  gone(state) {
    if (this.sending) return;
    const words = this.find(`template[data-gone="${state}"]`);
    if (!words) return;
    this.drop();
    this.ending.abort();
    if (this.player) this.player = null;
    for (const name of ["task", "waveform", "token"]) delete this.dataset[name];
    this.replaceChildren(words.content.cloneNode(true));
    this.dataset.state = state;
    const heading = this.find("h1");
    heading.focus();
  }

  // -- the form

  bringForm() {
    this.form = this.find("[data-judgement]");
    this.text = this.form.elements.text;
    this.marks = new Marks(this.find("[data-marks]"), this.find("[data-new-mark]"), 20);
    this.marks.opener = this.find("[data-mark]");
    this.on(this.find("[data-mark]"), "click", () => this.mark());
    for (const pick of this.querySelectorAll("[data-pick]")) this.on(pick, "click", () => this.take(pick));
    this.on(document, "submit", (event) => { if (event.target.getAttribute("method") === "post") this.leaving(event.target); });
    this.on(document.body, "htmx:afterRequest", (event) => { if (!event.detail.successful) this.stayed(); });
    if (lastDraft.task === this.dataset.task && lastDraft.values) this.draft = lastDraft.values;
  }

  leaving(form) {
    this.sending = true;
    this.drop();
    if (!this.contains(form)) return;
    lastDraft.task = this.dataset.task;
    lastDraft.values = this.draft;
  }

  // The request did not succeed: the clip and what was typed are still here.
  stayed() {
    this.sending = false;
    const busy = this.find("[aria-busy=true]");
    if (!busy) return;
    busy.removeAttribute("aria-busy");
    busy.querySelector("span").textContent = "Send";
  }

  get draft() {
    const { text, intent, what } = this.form.elements;
    return { text: text.value, intent: intent.value, what: what.value, rows: this.marks.rows };
  }

  set draft({ text, intent, what, rows }) {
    this.text.value = text;
    if (intent) this.form.elements.intent.value = intent;
    if (what) this.form.elements.what.value = what;
    if (rows) this.marks.rows = rows;
  }

  take(pick) {
    const { text, intent, what, entities } = pick.dataset;
    this.draft = { text, intent, what, rows: entities ? JSON.parse(entities) : null };
    this.tell(`Taken over: ${text}`);
  }

  mark() {
    const { selectionStart: from, selectionEnd: to } = this.text;
    const chosen = Marks.selected(this.text, from, to);
    if (from === to || !chosen.words) {
      this.tell("Select words in the text first.");
      this.text.focus();
      return;
    }
    const row = this.marks.add({ ...chosen, name: "", role: "", value: "" });
    if (row) row.querySelector('[name$="-name"]').focus();
  }

  // -- keys

  bringKeys() {
    const dialog = this.dialog = this.find("[data-keys-dialog]"), on = this.find("[data-keys-on]");
    on.checked = keys.on;
    this.on(on, "change", () => { keys.on = on.checked; });
    this.on(this.find("[data-keys]"), "click", () => dialog.showModal());
    this.on(document, "keydown", (event) => this.pressed(event));
  }

  pressed(event) {
    const target = event.target, typing = isTyping(target);
    if (event.key === "Escape" && typing && this.contains(target)) {
      target.blur();
      this.find("[data-focus]").focus({ preventScroll: true });
      return;
    }
    if (typing || !keys.on || this.dialog.open || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const control = target.closest("button, a, summary, input, label");
    if (control && (event.key === " " || event.key === "Enter")) return;
    const act = this.actOf(event.key);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat) act();
  }

  actOf(key) {
    const press = (selector) => { const one = document.querySelector(selector); return one && (() => one.click()); };
    const what = (value) => () => { this.form.elements.what.value = value; this.tell(this.find(`[name=what][value=${value}]`).parentElement.textContent.trim().slice(0, -2)); };
    const focus = (one) => () => { one.focus(); if (one.select) one.select(); };
    const player = this.player && { " ": () => this.player.toggle(), s: () => this.player.slower(), b: () => this.back() };
    const form = {
      t: () => this.text.focus(),
      i: focus(this.form.elements.intent),
      m: () => this.mark(),
      q: what("request"), a: what("not_for_assistant"), w: what("no_wake"), u: what("unusable"),
      r: () => { const report = this.find(".report"); report.open = true; report.querySelector("button").focus(); },
      x: press('button[form="skip"]'), Enter: press("[data-submit]"), "?": () => this.dialog.showModal(),
    };
    if (/^[1-9]$/.test(key)) return press(`[data-pick="${key}"]`);
    return { ...player, ...form }[key.length === 1 ? key.toLowerCase() : key];
  }
}

customElements.define("review-console", ReviewConsole);

// Seconds that run down: until an undo is over, until a break is.
function runDown(element, seconds, show, over) {
  const until = performance.now() + seconds * 1000;
  const tick = () => {
    if (!element.isConnected) return;
    const left = (until - performance.now()) / 1000;
    if (left <= 0) { over(); return; }
    show(left);
    setTimeout(tick, 250);
  };
  tick();
}

function startClocks() {
  for (const bar of document.querySelectorAll("[data-undo]:not([data-running])")) {
    bar.dataset.running = "1";
    const count = bar.querySelector(".count"), line = bar.querySelector(".undo-time");
    runDown(bar, Number(bar.dataset.undo), (left) => {
      count.textContent = String(Math.ceil(left));
      line.style.transform = `scaleX(${left / 10})`;
    }, () => bar.remove());
  }
  for (const clock of document.querySelectorAll("[data-countdown]:not([data-running])")) {
    clock.dataset.running = "1";
    const spell = (left) => (left > 90 ? `${Math.ceil(left / 60)} min` : `${Math.ceil(left)} s`);
    runDown(clock, Number(clock.dataset.countdown), (left) => { clock.textContent = spell(left); }, () => location.reload());
  }
}

// Undoing works between clips as well.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !keys.on || isTyping(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
  document.querySelector("[data-key=z]")?.click();
});
// Whoever comes to a pause hears why.
function focusPause() {
  document.querySelector("#desk .pause [data-focus]")?.focus({ preventScroll: true });
}

document.addEventListener("DOMContentLoaded", () => { startClocks(); focusPause(); });
document.addEventListener("htmx:load", startClocks);
document.addEventListener("htmx:afterSettle", focusPause);
