/* The desk's own few lines: how long a line is while it is typed. Every page works without them. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("[data-best-length]")) {
    const best = Number(field.dataset.bestLength);
    const told = document.createElement("p");
    told.className = "desk-length";
    told.setAttribute("aria-live", "polite");
    const tell = () => {
      const length = [...field.value].length;
      told.textContent = length ? `${length} letters${length > best ? `, phones cut it after about ${best}` : ""}` : "";
      told.classList.toggle("desk-length-long", length > best);
    };
    field.addEventListener("input", tell);
    field.insertAdjacentElement("afterend", told);
    tell();
  }
});
