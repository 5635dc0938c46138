/* The desk's own few lines: how long a line is and how Markdown looks while they are typed. Every page works without. */
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

/* Markdown as the mail shows it: the server renders and cleans it, so that it is the same. */
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("[data-shown-by]")) {
    const shown = document.createElement("div");
    shown.className = "desk-shown";
    shown.setAttribute("aria-label", "As the mail shows it");
    shown.setAttribute("role", "region");
    field.insertAdjacentElement("afterend", shown);
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    let waiting = 0;
    let asked = 0;
    const show = async () => {
      const mine = ++asked;
      if (!field.value.trim()) { shown.replaceChildren(); return; }
      const body = new URLSearchParams({ intro: field.value });
      const headers = { "X-CSRFToken": token ? token.value : "" };
      try {
        const answer = await fetch(field.dataset.shownBy, { method: "POST", body, headers });
        const html = answer.ok ? await answer.text() : "";
        if (mine === asked) shown.innerHTML = html;
      } catch { shown.replaceChildren(); }
    };
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 250); });
    show();
  }
});

/* A look at everybody: ask for it as soon as the page is there, tell how far it is, and show the page anew at the end. */
document.addEventListener("DOMContentLoaded", async () => {
  const form = document.querySelector("form[data-progress]");
  if (!form) return;
  const words = form.querySelector("[data-words]");
  const bar = form.querySelector("progress");
  const place = window.location.pathname;
  form.querySelector(".desk-buttons").hidden = true;
  try {
    if (form.dataset.progress === "ask") await fetch(place, { method: "POST", body: new FormData(form), redirect: "manual" });
    // Ten minutes at most: whatever takes longer is not coming.
    for (let times = 0; times < 600; times += 1) {
      const told = await (await fetch(`${place}?progress`)).json();
      if (told.done) { window.location.replace(place); return; }
      if (told.readers) {
        words.textContent = `${told.looked_at.toLocaleString("en")} of ${told.readers.toLocaleString("en")} readers looked at.`;
        bar.max = told.readers;
        bar.value = told.looked_at;
      } else words.textContent = "Waiting for a worker.";
      await new Promise((go) => setTimeout(go, 1000));
    }
  } catch { words.textContent = "The desk cannot be reached. Load this page again to go on."; }
});

/* The queue of incoming papers: choose with the mouse or decide with a key about the row that is marked. */
document.addEventListener("DOMContentLoaded", () => {
  const queue = document.querySelector("[data-queue]");
  if (!queue) return;
  const rows = [...queue.querySelectorAll(".desk-queue > li")].filter((row) => row.querySelector("[data-edit]"));
  const boxes = rows.map((row) => row.querySelector("input[name=paper]")).filter(Boolean);
  const count = queue.querySelector("[data-count]");
  const all = queue.querySelector("[data-all]");
  let place = -1;
  const tell = () => {
    if (count) count.textContent = `${boxes.filter((box) => box.checked).length} chosen`;
  };
  const go = (step) => {
    if (!rows.length) return;
    rows[place]?.classList.remove("desk-marked");
    place = Math.min(Math.max(place + step, 0), rows.length - 1);
    rows[place].classList.add("desk-marked");
    rows[place].focus({ preventScroll: true });
    rows[place].scrollIntoView({ block: "nearest" });
  };
  queue.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    tell();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = queue.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x" && boxes[place]) { boxes[place].checked = !boxes[place].checked; tell(); }
    else if (event.key === "o" && rows[place]?.querySelector("details")) rows[place].querySelector("details").open ^= true;
    else if (event.key === "e" && rows[place]) rows[place].querySelector("[data-edit]").click();
    else if (button && (boxes.some((box) => box.checked) || boxes[place])) {
      if (!boxes.some((box) => box.checked)) boxes[place].checked = true;
      button.click();
    } else return;
    event.preventDefault();
  });
});
