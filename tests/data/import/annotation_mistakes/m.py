import datajoint as dj
from elsewhere import SETTINGS

schema = dj.schema("mistakes")


@schema
class A(dj.Manual):
    _djc = {
        "renamed_form": "Old",
        "renamed": {"weight": "wieght"},
        "fill": {"weigth": 1},
        "allow": ["DJ9999"],
        "merge": "yes",
        "parallel_make": True,
    }
    definition = """
    a : int
    ---
    weight : float
    """


# djc: renamed_from old name
# djc: fill weight
# djc: alow DJ0301
@schema
class B(dj.Manual):
    definition = """
    b : int
    ---
    weight : float
    """


@schema
class C(dj.Manual):
    _djc = SETTINGS
    definition = "c : int"


@schema
class D(dj.Manual):
    _djc = ["renamed_from", "Old"]
    definition = "d : int"


# djc: renamed_from Twice
@schema
class E(dj.Manual):
    _djc = {"renamed_from": "TwiceAgain"}
    definition = "e : int"
