import datetime

import datajoint as dj

schema = dj.schema("lists")
SIDES = ["left", "right"]
DEFAULTS = {"rate": 30_000, "band": (300, 6000)}
changed = {"a": 1}
changed["b"] = 2


@schema
class Side(dj.Lookup):
    definition = "side : varchar(8)"
    contents = zip(SIDES)


@schema
class Filter(dj.Lookup):
    definition = """
    filter : varchar(16)
    since : date
    ---
    params : longblob
    """
    contents = [
        dict(filter="plain", since=datetime.date(2024, 1, 2), params=DEFAULTS),
        {"filter": "slow", "since": "2024-01-03", "params": {**DEFAULTS, "rate": DEFAULTS["band"][0]}},
    ]


@schema
class Computed(dj.Lookup):
    definition = "n : int"
    contents = [(n,) for n in range(3)]


@schema
class Changed(dj.Lookup):
    definition = """
    c : int
    ---
    params : longblob
    """
    contents = [(1, changed)]


@schema
class Verbatim(dj.Lookup):
    definition = """
    name : varchar(16)
    ---
    text = '' : varchar(64)
    """
    contents = [
        # two rows,
        ('a', "it's " "one"),

        ("b", None),  # and a remark
    ]
