// A passkey ceremony: fetch the challenge, let the browser answer it, send the answer as a form.
"use strict";

const CEREMONIES = {
  create: async (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  get: async (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};

async function answer(form) {
  const asked = await fetch(form.dataset.challenge, {
    method: "POST",
    body: new URLSearchParams({ form_token: form.elements.form_token.value }),
  });
  if (!asked.ok) throw new Error("no challenge");
  const { ticket, options } = await asked.json();
  const credential = await CEREMONIES[form.dataset.ceremony](options);
  form.elements.ticket.value = ticket;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
}

for (const form of document.querySelectorAll("[data-ceremony]")) {
  const problem = form.querySelector("[data-problem]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    problem.hidden = true;
    try {
      await answer(form);
      form.requestSubmit();
    } catch {
      problem.hidden = false;
    }
  });
}
