// Fills a short menu of time zones, and presets a fresh one to the browser's own. The form works without.
"use strict";

for (const menu of document.querySelectorAll("select[data-guess-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (menu.options.length === 1) {
    const zones = Intl.supportedValuesOf?.("timeZone") ?? [zone];
    menu.append(...zones.filter((name) => name && name !== "UTC").map((name) => new Option(name)));
  }
  if (!zone || menu.value !== "UTC") continue;
  const known = Array.from(menu.options).find((option) => option.value === zone);
  if (known) known.selected = true;
}
