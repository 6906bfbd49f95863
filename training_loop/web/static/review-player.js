// The sound of one clip. It is streamed while it is heard, never kept: each play is a listen of its
// own, and is told to the person whose voice it is.
"use strict";

const SAMPLE_RATE = 16000;
const AHEAD_MS = 1000;
const CUT_SHORT_MS = 150; // a clip that ends so much before its time was withdrawn

// One for all clips: browsers let it sound once somebody has pressed something.
const speaker = { context: null, node: null, opening: null };

async function openSpeaker(worklet) {
  speaker.opening ||= (async () => {
    speaker.context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
    await speaker.context.audioWorklet.addModule(worklet);
    speaker.node = new AudioWorkletNode(speaker.context, "clip-sound", { numberOfInputs: 0, outputChannelCount: [1] });
    speaker.node.connect(speaker.context.destination);
  })();
  await speaker.opening;
  if (speaker.context.state !== "running") await speaker.context.resume();
}

class ClipPlayer extends EventTarget {
  // `address` streams the clip; `fields` are those of its form.
  constructor(address, fields, worklet, durationMs) {
    super();
    this.address = address;
    this.durationMs = durationMs;
    this.fields = fields;
    this.worklet = worklet;
    this.state = "stopped"; // or "playing", "paused"
    this.rate = 1;
    this.atMs = 0;
    this.fetching = null;
    this.told = (event) => this.hear(event.data);
  }

  warmUp() { openSpeaker(this.worklet).catch(() => {}); }

  async toggle() {
    if (this.state === "playing") this.pause();
    else if (this.state === "paused") this.resume();
    else await this.play(0);
  }

  async play(fromMs) {
    this.stop();
    this.pressed = performance.now();
    this.change("playing");
    const fetching = this.fetching = new AbortController();
    try {
      const [response] = await Promise.all([this.ask(fromMs, fetching.signal), openSpeaker(this.worklet)]);
      if (fetching.signal.aborted) return;
      if (!response.ok || response.redirected) throw new Error("refused");
      speaker.node.port.onmessage = this.told;
      this.atMs = fromMs;
      this.send({ forget: true, from: fromMs, rate: this.rate, playing: true });
      const endMs = await this.read(response.body.getReader(), fromMs, fetching.signal);
      if (endMs < this.durationMs - CUT_SHORT_MS) throw new Error("cut short");
      if (!fetching.signal.aborted) this.send({ complete: true });
    } catch (error) {
      if (fetching.signal.aborted) return;
      this.stop();
      this.dispatchEvent(new Event("lost"));
    }
  }

  ask(fromMs, signal) {
    const body = new URLSearchParams({ ...this.fields, from_ms: String(Math.round(fromMs)) });
    return fetch(this.address, { method: "POST", body, signal, cache: "no-store" });
  }

  // Reads no further than a second ahead of what was heard: what is not heard is not fetched.
  async read(reader, fromMs, signal) {
    let odd = new Uint8Array(0), sentMs = 0;
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = new Uint8Array(odd.length + value.length);
      bytes.set(odd);
      bytes.set(value, odd.length);
      const even = bytes.length & ~1;
      odd = bytes.slice(even);
      const pcm = bytes.slice(0, even).buffer;
      this.send({ pcm }, [pcm]);
      sentMs += even / 32;
      while (!signal.aborted && sentMs - (this.atMs - fromMs) > AHEAD_MS) await this.moved(signal);
    }
    return fromMs + sentMs;
  }

  moved(signal) {
    return new Promise((resolve) => {
      this.addEventListener("moved", resolve, { once: true });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }

  hear(message) {
    if (message.at_ms !== undefined) this.atMs = message.at_ms;
    if (message.began) {
      this.firstSoundMs = performance.now() - this.pressed;
      this.dispatchEvent(new Event("began"));
    }
    if (message.ended) { this.fetching = null; this.change("stopped"); this.atMs = 0; }
    this.dispatchEvent(new Event("moved"));
  }

  pause() { this.send({ playing: false }); this.change("paused"); }

  resume() { this.send({ playing: true }); this.change("playing"); }

  // Nothing of the clip stays in memory.
  stop() {
    if (this.fetching) this.fetching.abort();
    this.fetching = null;
    this.send({ forget: true, playing: false });
    this.change("stopped");
  }

  slower() {
    this.rate = this.rate === 1 ? 0.7 : 1;
    this.send({ rate: this.rate });
    this.dispatchEvent(new Event("change"));
  }

  send(message, transfer = []) { if (speaker.node) speaker.node.port.postMessage(message, transfer); }

  change(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

// Loudness over time with the words' places and a play head.
class Waveform {
  constructor(canvas, loudness, durationMs, words) {
    this.canvas = canvas;
    this.loudness = loudness;
    this.durationMs = Math.max(1, durationMs);
    this.words = words;
  }

  draw(atMs) {
    const ratio = window.devicePixelRatio || 1, width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    if (!width) return;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const pen = this.canvas.getContext("2d"), style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.scale(ratio, ratio);
    const x = (ms) => (ms / this.durationMs) * width, head = x(atMs), middle = (height - 12) / 2;
    const step = 4;
    for (let left = 0; left < width; left += step) {
      const value = this.loudness[Math.floor((left / width) * this.loudness.length)] || 0;
      const tall = Math.max(1.5, (value / 255) * middle * 0.95);
      pen.fillStyle = left < head ? colour("--accent") : colour("--wave");
      pen.fillRect(left, middle - tall, step - 1.5, 2 * tall);
    }
    for (const word of this.words) {
      pen.fillStyle = word.hidden ? colour("--danger") : word.startMs <= atMs && atMs < word.endMs ? colour("--accent") : colour("--line-strong");
      pen.fillRect(x(word.startMs), height - 6, Math.max(2, x(word.endMs) - x(word.startMs) - 2), 3);
    }
    if (atMs > 0) {
      pen.fillStyle = colour("--ink");
      pen.fillRect(head - 1, 0, 2, height);
    }
  }

  // The time at a place across the canvas, in ms.
  timeAt(clientX) {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * this.durationMs;
  }
}
