// Says that a paper was opened from a digest, for readers who let us count; once, and only when the page is seen.
"use strict";

const tell = () => {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", tell);
  fetch(location.pathname, { method: "POST", credentials: "omit", keepalive: true }).catch(() => null);
};

document.addEventListener("visibilitychange", tell);
tell();
