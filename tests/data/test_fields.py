import pytest

from honte.data.fields import first_date, komi_points, number, rank_name, rank_value, winner


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6d", 6), ("6 dan", 6), ("9D?", 9), ("9段", 9), ("初段", 1), ("三段", 3), ("4단", 4),
        ("1k", 0), ("30 kyu", -29), ("3级", -2), ("3級", -2), ("2급", -1),
        ("9p", 18), ("P9", 18), ("P9段", 18), ("1P", 10), ("pro 3", 12), ("9d pro", 9),
        ("", None), ("NR", None), ("-", None), ("?", None), ("P", None), ("7", None), ("2145", None),
    ],
)  # fmt: skip
def test_ranks_of_every_server(text: str, value: int | None) -> None:
    assert rank_value(text) == value


@pytest.mark.parametrize("name", ["30k", "1k", "1d", "9d", "1p", "9p"])
def test_rank_names_and_values_agree(name: str) -> None:
    assert rank_name(rank_value(name)) == name  # type: ignore[arg-type]


def test_ranks_are_in_order() -> None:
    ranks = ["18k", "2k", "1k", "1d", "9d", "1p", "9p"]
    assert sorted(ranks, key=rank_value) == ranks  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2010-05-31", "2010-05-31"), ("2010-05-31,06-01", "2010-05-31"), ("1846/7/21", "1846-07-21"),
        ("1998年3月4日", "1998-03-04"), ("2016.3", "2016-03"), ("1998", "1998"), ("published 1998-03", "1998-03"),
        ("?", ""), ("", ""),
    ],
)  # fmt: skip
def test_dates(text: str, date: str) -> None:
    assert first_date(text) == date


@pytest.mark.parametrize(
    ("result", "colour"),
    [
        ("B+R", 1), ("b+0.5", 1), ("Black wins", 1), ("黑中盘胜", 1), ("흑 불계승", 1), ("B", 1),
        ("W+Time", 2), ("W+", 2), ("白胜", 2), ("백승", 2),
        ("0", 0), ("Draw", 0), ("Void", 0), ("?", 0), ("", 0), ("Jigo", 0), ("Both lose", 0),
    ],
)  # fmt: skip
def test_winners(result: str, colour: int) -> None:
    assert winner(result) == colour


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("6.5", 6.5), ("6,5", 6.5), ("-99.50", -99.5), ("0", 0), ("7.0", 7),
        ("650", 6.5), ("750", 7.5), ("375", 7.5), ("3.75", 7.5), ("2.75", 5.5), ("-550", -5.5),
    ],
)  # fmt: skip
def test_komi_in_points(text: str, points: float) -> None:
    stated = number(text)
    assert stated is not None
    assert komi_points(stated) == points


@pytest.mark.parametrize("text", ["", "six", "nan", "inf", "1e999"])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None
