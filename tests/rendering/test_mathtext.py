"""LaTeX to Unicode: known cases, and that nothing ever raises or grows wild."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.rendering.mathtext import plain_math

KNOWN = {
    r"An $O(n\log n)$ bound": "An O(n log n) bound",
    r"$d^{3/2}$ and $10^{-3}$": "d^(3/2) and 10⁻³",
    r"$\|x\|_2 \leq \epsilon$": "‖x‖₂ ≤ ε",
    "$5 and $10": "$5 and $10",
    "US$5-$10, or $7": "US$5-$10, or $7",
    r"about $\sim$5\% of $\$5$": "about ∼5% of $5",
    r"$\frac{1}{\sqrt{n}}$": "1/√n",
    r"$\arg\max_x f$, $x_{max}$, $\{a,b\}$": "argmaxₓ f, xₘₐₓ, {a,b}",
    r"$\mathcal{O}(n^2)$ in $\mathbb{R}^d$": "O(n²) in ℝᵈ",
    r"$\text{softmax}(QK^\top)$": "softmax(QKᵀ)",
    r"Erd\H{o}s, Schr\"odinger, \L{}ukasiewicz, Poincar\'e": "Erdős, Schrödinger, Łukasiewicz, Poincaré",
    r"\textbf{bold} and \emph{loud}, R\&D": "bold and loud, R&D",
    "a -- b, state--of, --verbose": "a – b, state–of, --verbose",
    "``quoted'' words": "“quoted” words",
    r"C:\new\table stays": r"C:\new\table stays",
    r"$\unknown{x}$": "x",
    "95% of 3 < 4": "95% of 3 < 4",
    # As sources give it that lost the dollars.
    "π_0 and π_{0.5}, R^d, 1024^2": "π₀ and π_(0.5), Rᵈ, 1024²",
    "z_{t+1} at O(n^{-1/(d+2)})": "zₜ₊₁ at O(n^(-1/(d+2)))",
    "(S^2ER), tau^2-BENCH": "(S²ER), tau²-BENCH",
    "snake_case, a_b_c, x_train, https://x.org/a_1/b^2x": "snake_case, a_b_c, x_train, https://x.org/a_1/b^2x",
    # Authors' habits in prose.
    r"12{,}553 at 16\,FPS, vs.\ {BERT} in {0, 1}": "12,553 at 16 FPS, vs. BERT in {0, 1}",
    r"we propose \ours, \method\ and \net{} (\eg, here)": "we propose ours, method and net (e.g., here)",
    r"the {\it loud} \textcolor{red}{red} \href{https://x.org}{page}": "the loud red page",
    r"LLaMA\nobreakdash-3.1, 17\%--29\%": "LLaMA-3.1, 17%–29%",
}


@pytest.mark.parametrize("source", KNOWN)
def test_known_formulas_read_well(source: str) -> None:
    assert plain_math(source) == KNOWN[source]


LATEX = ["\\", "{", "}", "$", "^", "_", "&", "%", "#", "~", "a", "1", " ", "(", "-", "`", "'", "é"]
COMMANDS = [r"\frac", r"\sqrt", r"\log", r"\text{", r"\left(", r"\\H", r"\mathbb{R}"]


@given(text=st.lists(st.sampled_from([*LATEX, *COMMANDS]), max_size=40).map("".join))
@example("$" + "{" * 5000 + "$")
@example("$" + r"\frac{" * 300 + "$")
@example("\\" * 999)
def test_no_text_makes_it_raise_or_grow(text: str) -> None:
    assert len(plain_math(text)) <= 6 * len(text) + 20


@given(text=st.text(alphabet=st.characters(exclude_characters="$\\-`^_{")))
def test_text_without_latex_is_left_alone(text: str) -> None:
    assert plain_math(text) == text


@given(amounts=st.lists(st.integers(1, 9999), min_size=2, max_size=5))
def test_money_is_not_a_formula(amounts: list[int]) -> None:
    text = " and ".join(f"${amount}" for amount in amounts)
    assert plain_math(text) == text
