"""Made-up readers and searches, each kind of which only one part of the ranking serves: the same ones every time."""

from __future__ import annotations

from random import Random

from digest.ranking.evaluate import Asker, Benchmark, BenchmarkPaper

# Two ways to speak of one thing, without a word in common, and what somebody may ask who knows neither.
THEMES = (
    ("image picture pixels camera lens", "photo visual vision photographs eye", "photography"),
    ("doctor hospital patients illness surgery", "physician clinic disease sick medicine", "medical nurses"),
    ("bank loan stocks price trade", "finance credit shares market money", "banking investors"),
    ("ocean fish whales tide boats", "sea marine dolphins waves ships", "underwater"),
    ("galaxy telescope planet astronomers comet", "stars orbit moon astronomy sky", "cosmic universe"),
    ("song melody piano singer opera", "music tune violin choir concert", "orchestra"),
)
# Methods of one field that differ by the order of their words alone.
METHODS = (
    *("tensor flow map", "flow map tensor", "map tensor flow"),
    *("tensor map flow", "map flow tensor", "flow tensor map"),
)
COMMON = "study method results approach new show large model data system present problem analysis effect"
PAST, NEW, LIBRARIES = 8, 5, 400


def make_quality_set() -> Benchmark:
    """Readers and queries by kind, as the start of their ids says: words, meaning, library."""
    chance = Random(11)
    found = Benchmark()

    def add(name: str, words: str, *, is_phrase: bool = False, is_new: bool) -> list[str]:
        ids = [f"{name}-{'new' if is_new else 'past'}-{number}" for number in range(NEW if is_new else PAST)]
        for paper in ids:
            telling = [words if is_phrase else " ".join(chance.choices(words.split(), k=4)) for _ in range(2)]
            title, abstract = (" ".join([words, *chance.sample(COMMON.split(), 7)]) for words in telling)
            found.papers.append(BenchmarkPaper(paper, title.capitalize(), abstract, is_new))
        return ids

    for name in METHODS:
        past, new = (add(name, name, is_phrase=True, is_new=is_new) for is_new in (False, True))
        for number in range(3):
            found.readers.append(Asker(f"words-{name}{number}", frozenset(new), tuple(chance.sample(past, 3))))
    kept: list[list[str]] = []
    for number, (one, other, asked) in enumerate(THEMES):
        past = add(f"one{number}", one, is_new=False)
        new = add(f"other{number}", other, is_new=True)
        kept.append(past)
        for reader in range(3):
            likes = tuple(chance.sample(past, 3))
            found.readers.append(Asker(f"meaning-{number}{reader}", frozenset(new), likes))
        found.queries.append(Asker(f"meaning-{number}", frozenset(past + new), text=asked))
        found.queries.append(Asker(f"words-{number}", frozenset(past), text=one))
    _add_libraries(found, kept, chance)
    return found


def _add_libraries(found: Benchmark, kept: list[list[str]], chance: Random) -> None:
    """What readers of one theme keep of another, and newcomers with one like who would keep it too."""
    half = len(kept) // 2
    for number in range(LIBRARIES):
        one = number % half
        likes = chance.sample(kept[one], 3) + chance.sample(kept[one + half], 3)
        found.readers.append(Asker(f"other-{number}", frozenset(), tuple(likes)))
    for one in range(half):
        beside = frozenset(f"other{one + half}-new-{number}" for number in range(NEW))
        for number in range(3):
            found.readers.append(Asker(f"library-{one}{number}", beside, (kept[one][number],)))
