// Typesets the formulas of a paper's page with KaTeX. Without it they stay as Unicode text.
"use strict";

for (const formula of document.querySelectorAll("[data-tex]")) {
  const plain = formula.textContent;
  try {
    katex.render(formula.dataset.tex, formula, { throwOnError: true, trust: false, maxExpand: 100, maxSize: 5, strict: "ignore" });
  } catch {
    formula.textContent = plain;
  }
}
