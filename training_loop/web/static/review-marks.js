// Marked words of the form: rows that name what some words of the text are.
"use strict";

class Marks {
  constructor(list, template, most) {
    this.list = list;
    this.template = template;
    this.most = most;
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[data-unmark]") && event.target.closest("li");
      if (!row) return;
      const following = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      (following ? following.querySelector("[data-unmark]") : this.opener)?.focus();
    });
  }

  get rows() {
    return [...this.list.children].map((row) => {
      const value = (name) => row.querySelector(`[name$="-${name}"]`).value;
      return { words: value("words"), name: value("name"), role: value("role"), value: value("value"), at: value("at") };
    });
  }

  set rows(rows) {
    this.list.replaceChildren();
    for (const row of rows) this.add(row);
  }

  add(row) {
    const taken = new Set([...this.list.querySelectorAll("[name$='-words']")].map((one) => one.name));
    const number = [...Array(this.most).keys()].find((each) => !taken.has(`entity-${each}-words`));
    if (number === undefined) return null;
    const fresh = this.template.content.cloneNode(true).firstElementChild;
    for (const one of fresh.querySelectorAll("*")) {
      for (const name of ["id", "name", "for"]) {
        if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).replace("NUMBER", number));
      }
    }
    for (const [name, value] of Object.entries(row)) fresh.querySelector(`[name$="-${name}"]`).value = value;
    this.list.append(fresh);
    return fresh;
  }

  // The whole words that are touched by a selection in the text.
  static selected(field, from, to) {
    const text = field.value;
    while (from > 0 && text[from - 1] !== " ") from -= 1;
    while (to < text.length && text[to] !== " ") to += 1;
    const words = text.slice(from, to), lead = words.length - words.trimStart().length;
    return { words: words.trim(), at: from + lead };
  }
}
