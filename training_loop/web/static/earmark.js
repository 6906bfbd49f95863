// Small conveniences. Everything on the pages works without them; nothing is stored in the browser.
"use strict";

// Times are shown in the zone of whoever signs in.
for (const field of document.querySelectorAll("[data-time-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}

// One player for the whole list: a second press pauses, another recording stops the first.
const player = new Audio();
let pressed = null;

function release() {
  if (pressed) pressed.setAttribute("aria-pressed", "false");
  pressed = null;
}

function tell(text) {
  const status = document.getElementById("player-status");
  if (status) status.textContent = text;
}

player.addEventListener("ended", () => { release(); tell("The recording ended."); });
player.addEventListener("error", () => { if (pressed) tell("This recording cannot be played."); release(); });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-recording]");
  if (!button) return;
  if (button === pressed) {
    player.pause();
    release();
    return;
  }
  release();
  pressed = button;
  button.setAttribute("aria-pressed", "true");
  player.src = button.dataset.recording;
  player.play().catch(() => release());
});

// A form that takes its time says so, and is not sent twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || !button.dataset.busy) return;
  if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
  button.setAttribute("aria-busy", "true");
  button.querySelector("span").textContent = button.dataset.busy;
});

// After a change in place the message comes to where the reader is.
document.addEventListener("htmx:afterSettle", () => {
  const messages = document.getElementById("messages");
  messages.classList.toggle("in-place", messages.childElementCount > 0);
});

// A page that the browser kept is not shown again as it was: its owner may have signed out.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
