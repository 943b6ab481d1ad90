"""Rules in the forms of KataGo's, read as its `Rules::parseRules` reads them."""

import json

import pytest

from honte.features.errors import HonteError
from honte.features.rules import NAMED, allows_suicide, changed, from_json, name_of, parse


def katagos(ko, scoring, tax, suicide, button, bonus, friendly, komi):
    """A row of KataGo's rules, as its JSON and the komi that it takes by default."""
    return {
        "ko": ko, "scoring": scoring, "tax": tax, "suicide": bool(suicide), "hasButton": bool(button),
        "whiteHandicapBonus": bonus, "friendlyPassOk": bool(friendly),
    }, komi  # fmt: skip


KATAGO = {
    "japanese": katagos("SIMPLE", "TERRITORY", "SEKI", 0, 0, "0", 0, 6.5),
    "korean": katagos("SIMPLE", "TERRITORY", "SEKI", 0, 0, "0", 0, 6.5),
    "chinese": katagos("SIMPLE", "AREA", "NONE", 0, 0, "N", 1, 7.5),
    "chinese-ogs": katagos("POSITIONAL", "AREA", "NONE", 0, 0, "N", 1, 7.5),
    "chinese_kgs": katagos("POSITIONAL", "AREA", "NONE", 0, 0, "N", 1, 7.5),
    "stone scoring": katagos("SIMPLE", "AREA", "ALL", 0, 0, "0", 1, 7.5),
    "ancient-territory": katagos("SIMPLE", "TERRITORY", "ALL", 0, 0, "0", 0, 6.5),
    "aga_button": katagos("SITUATIONAL", "AREA", "NONE", 0, 1, "N-1", 1, 7.0),
    "AGA": katagos("SITUATIONAL", "AREA", "NONE", 0, 0, "N-1", 1, 7.5),
    "NewZealand": katagos("SITUATIONAL", "AREA", "NONE", 1, 0, "0", 1, 7.0),
    "tromp taylor": katagos("POSITIONAL", "AREA", "NONE", 1, 0, "0", 0, 7.5),
    "ing": katagos("POSITIONAL", "AREA", "NONE", 1, 0, "0", 1, 7.5),
    "koSIMPLEscoreTERRITORY": katagos("SIMPLE", "TERRITORY", "SEKI", 1, 0, "0", 0, 6.5),
    "scoreAREA koSPIGHT": katagos("SPIGHT", "AREA", "NONE", 1, 0, "0", 0, 7.5),
    "button1whbN-1fpok1": katagos("POSITIONAL", "AREA", "NONE", 1, 1, "N-1", 1, 7.0),
    '{"score": "TERRITORY"}': katagos("POSITIONAL", "TERRITORY", "SEKI", 1, 0, "0", 0, 6.5),
    '{"scoring": "TERRITORY", "tax": "NONE"}': katagos("POSITIONAL", "TERRITORY", "NONE", 1, 0, "0", 0, 6.5),
    '{"hasButton": true, "ko": "SIMPLE"}': katagos("SIMPLE", "AREA", "NONE", 1, 1, "0", 0, 7.0),
    "{}": katagos("POSITIONAL", "AREA", "NONE", 1, 0, "0", 0, 7.5),
}


@pytest.mark.parametrize("text", KATAGO)
def test_rules_are_katagos(text):
    rules = parse(text)
    assert (rules.as_json(), rules.komi) == KATAGO[text]
    assert parse(json.dumps(rules.as_json())) == rules == from_json(rules.as_json())


REFUSED = ["", "ko", "koSIMPLEx", "sui2", "taxSOME", "sui1" * 9999, "{", "[]", '{"ko": "NO"}', "7.5"]


@pytest.mark.parametrize("text", REFUSED)
def test_what_katago_refuses(text):
    with pytest.raises(HonteError):
        parse(text)


def test_komi_stands_among_the_rules_where_it_may():
    assert parse('{"komi": -3.5}', komi=True).komi == -3.5 and parse("koSIMPLEkomi1e1", komi=True).komi == 10
    for wrong in (6.75, 401, "6.5", True, None, float("nan"), 10**400):
        with pytest.raises(HonteError, match="komi must be a whole or a half number"):
            from_json({"komi": wrong}, komi=True)
    for text in ('{"komi": 6.5}', "koSIMPLEkomi6.5", "komi6.5"):
        with pytest.raises(HonteError):
            parse(text)
    with pytest.raises(HonteError):
        parse("koSIMPLEkomi6.5.5", komi=True)


def test_dead_stones_come_off_where_territory_counts():
    """KataGo's Japanese rules have no friendly pass, and yet nobody has to capture what is dead."""
    assert NAMED["japanese"].dead_come_off and from_json({"scoring": "TERRITORY"}).dead_come_off
    assert not NAMED["tromp-taylor"].dead_come_off and not from_json({}).dead_come_off
    assert changed(NAMED["tromp-taylor"], {"friendlyPassOk": True}).dead_come_off


@pytest.mark.parametrize("text", KATAGO)
def test_the_name_in_a_record_leads_back(text):
    assert parse(name_of(parse(text))) == parse(text)


def test_records_of_katagos_allow_what_their_rules_do():
    assert allows_suicide("koPOSITIONALscoreAREAtaxNONEsui1") and not allows_suicide("koSIMPLEscoreAREAtaxNONEsui0whbN")
    assert allows_suicide("NZ") and not allows_suicide("{") and not allows_suicide("Calvinball")


def test_a_name_does_not_depend_on_komi():
    assert name_of(parse("koPOSITIONAL komi0", komi=True)) == "Tromp-taylor"
