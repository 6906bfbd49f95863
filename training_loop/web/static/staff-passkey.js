// Passkeys: the browser answers what the server asked, and the form carries the answer.
"use strict";

const METHODS = {
  create: async (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  get: async (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    if (form.elements.response.value) return;
    event.preventDefault();
    const problem = form.querySelector("[data-passkey-problem]");
    problem.hidden = true;
    try {
      const answer = await METHODS[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.elements.response.value = JSON.stringify(answer.toJSON());
      form.requestSubmit();
    } catch {
      problem.hidden = false;
    }
  });
}
