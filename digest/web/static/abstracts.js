// Puts a paper's abstract into its card when the fold is opened. Without it the fold holds a link to the paper's page.
"use strict";

document.addEventListener(
  "toggle",
  async ({ target: fold }) => {
    const link = fold.matches(".unfold[open]:not(.is-whole)") && fold.querySelector("p > a");
    if (!link) return;
    const answer = await fetch(`${link.pathname}abstract/`).catch(() => null);
    if (!answer?.ok) return;
    link.parentElement.textContent = await answer.text();
    fold.classList.add("is-whole");
  },
  true, // The event does not rise; it can be caught on its way down.
);
