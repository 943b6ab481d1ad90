import pytest

from honte.data.fields import first_date, is_rank, komi_points, number, rank_name, rank_value, winner


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
        ("6.5", 6.5), ("6,5", 6.5), ("-12.50", -12.5), ("0", 0), ("7.0", 7),
        ("650", 6.5), ("750", 7.5), ("375", 7.5), ("3.75", 7.5), ("2.75", 5.5), ("-550", -5.5),
        ("6目半", 6.5), ("６目半", 6.5), ("5 目 半", 5.5), ("7.5目", 7.5), ("6집반", 6.5), ("6.5 points", 6.5),
        ("50", 0.5), ("25", 0.5), ("19", 19), ("20", None), ("19.5", None), ("99", None), ("5000", None), ("100", 1),
    ],
)  # fmt: skip
def test_komi_in_points(text: str, points: float | None) -> None:
    stated = number(text)
    assert stated is not None
    assert komi_points(stated, 19) == points


@pytest.mark.parametrize("text", ["", "six", "nan", "inf", "1e999", "目", "半", "6.5.5", "6.5 stones", "-", "."])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("stated", "size", "points"), [(50, 9, 0.5), (13.5, 9, None), (9, 7, 9), (25, 5, 25), (49.5, 7, None)]
)
def test_komi_is_never_larger_than_the_board(stated: float, size: int, points: float | None) -> None:
    assert komi_points(stated, size) == points


@pytest.mark.parametrize(
    ("result", "colour"),
    [
        ("黒中押し勝ち", 1), ("白番2目半勝ち", 2), ("182수 백불계승", 2), ("흑 3집반승", 1), ("흑 시간패", 2),
        ("黑中盘胜", 1), ("白胜3目半", 2), ("黒の負け", 2), ("白時間切れ負け", 1), ("183手完 白中押し勝", 2),
        ("黒73目 白70目 黒3目勝", 1), ("共231手 黑中盤勝", 1), ("白贏1/4子", 2), ("총 255수 흑 1집반승", 1),
        ("黒+3.5", 1), ("持碁", 0), ("무승부", 0), ("和棋", 0), ("打ち掛け", 0), ("中押し勝ち", 0),
        ("白の投了", 1), ("黒投了", 2), ("黑认输", 2), ("白認輸", 1), ("흑 기권", 2), ("백기권패", 1), ("흑기권승", 1),
        ("黑超时", 2), ("白超时负", 1), ("黑超时胜", 1), ("白時間切れ", 1), ("白時間切れ勝ち", 2),
        ("先番7目勝", 1), ("先番中押し勝ち", 1), ("後番2目半勝", 2), ("后手胜", 2), ("先手负", 2),
        ("B+R", 1), ("W+Resign", 2), ("White resigns", 1), ("Black lost on time", 2), ("White wins by resignation", 2),
        ("Black won by 3", 1), ("Both lost", 0), ("b+0.5", 1), ("Void", 0), ("?", 0), ("0", 0), ("Jigo", 0),
    ],
)  # fmt: skip
def test_who_won_in_any_language(result: str, colour: int) -> None:
    assert winner(result) == colour


@pytest.mark.parametrize("text", ["5k", "15 K", "3 kyu", "1 dan", "9d", "九段", "P9", "9p", "2급"])
def test_what_is_a_rank(text: str) -> None:
    assert is_rank(text)


@pytest.mark.parametrize("text", ["", "5", "k", "0k", "0d", "10d", "10p", "rank_5k", "5k?", "5k 3d", "strong"])
def test_what_is_no_rank(text: str) -> None:
    assert not is_rank(text)
