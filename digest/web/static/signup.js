// Presets the time zone menu of a fresh signup form to the browser's zone. The form works without.
"use strict";

for (const menu of document.querySelectorAll("select[data-guess-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || menu.value !== "UTC") continue;
  const known = Array.from(menu.options).find((option) => option.value === zone);
  if (known) known.selected = true;
}
