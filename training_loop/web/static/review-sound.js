// Plays samples as they come, also slower without a deeper voice, and forgets what was played.
// Slower: frames overlap where they fit best (WSOLA; Verhelst and Roelands, ICASSP 1993).
"use strict";

const HOP = 240; // 15 ms at 16 kHz
const SEARCH = 120;
const TELL_EVERY = 6; // blocks of 128 samples: 48 ms

class ClipSound extends AudioWorkletProcessor {
  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.told(data);
    this.forget();
  }

  forget() {
    this.samples = new Float32Array(0);
    this.base = 0; // index of the first sample that is still here
    this.at = 0; // where the next frame is wanted
    this.natural = 0; // what would follow the last frame in the clip
    this.ready = new Float32Array(0);
    this.from = 0;
    this.rate = this.rate || 1;
    this.playing = false;
    this.complete = false;
    this.began = false;
    this.blocks = 0;
  }

  told(message) {
    if (message.forget) this.forget();
    if (message.from !== undefined) this.from = message.from;
    if (message.rate !== undefined) this.rate = message.rate;
    if (message.playing !== undefined) this.playing = message.playing;
    if (message.complete) this.complete = true;
    if (message.pcm) this.append(new Int16Array(message.pcm));
  }

  append(pcm) {
    const used = Math.max(0, Math.min(Math.floor(this.at), this.natural) - SEARCH - this.base);
    const joined = new Float32Array(this.samples.length - used + pcm.length);
    joined.set(this.samples.subarray(used));
    for (let i = 0, to = this.samples.length - used; i < pcm.length; i++) joined[to + i] = pcm[i] / 32768;
    this.samples = joined;
    this.base += used;
  }

  end() { return this.base + this.samples.length; }

  sample(index) { return this.samples[index - this.base] || 0; }

  // The start near `at` that continues the last frame best.
  best() {
    const wanted = Math.floor(this.at);
    if (this.rate === 1) return this.natural;
    let best = wanted, most = -Infinity;
    for (let start = Math.max(this.base, wanted - SEARCH); start <= wanted + SEARCH; start += 2) {
      let fit = 0;
      for (let i = 0; i < HOP; i += 2) fit += this.sample(start + i) * this.sample(this.natural + i);
      if (fit > most) { most = fit; best = start; }
    }
    return best;
  }

  // One more hop of sound, or nothing while there is not enough.
  frame() {
    const reach = Math.max(Math.floor(this.at) + SEARCH, this.natural) + 2 * HOP;
    if (reach > this.end() && !this.complete) return null;
    if (this.at >= this.end()) return null;
    const start = this.best(), out = new Float32Array(HOP);
    for (let i = 0; i < HOP; i++) {
      const into = i / HOP;
      out[i] = this.sample(this.natural + i) * (1 - into) + this.sample(start + i) * into;
    }
    this.natural = start + HOP;
    this.at = this.rate === 1 ? this.natural : this.at + HOP * this.rate;
    return out;
  }

  process(_, [[out]]) {
    if (this.playing) this.fill(out);
    if (this.playing && ++this.blocks % TELL_EVERY === 0) {
      this.port.postMessage({ at_ms: this.from + this.at / 16, ahead_ms: (this.end() - this.at) / 16 });
    }
    return true;
  }

  fill(out) {
    let filled = 0;
    while (filled < out.length) {
      if (!this.ready.length) this.ready = this.frame() || new Float32Array(0);
      if (!this.ready.length) break;
      const part = this.ready.subarray(0, out.length - filled);
      out.set(part, filled);
      filled += part.length;
      this.ready = this.ready.subarray(part.length);
    }
    if (filled && !this.began) {
      this.began = true;
      this.port.postMessage({ began: true });
    }
    if (filled < out.length && this.complete) {
      this.forget();
      this.port.postMessage({ ended: true });
    }
  }
}

registerProcessor("clip-sound", ClipSound);
