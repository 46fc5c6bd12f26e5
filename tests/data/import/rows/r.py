import datajoint as dj
import itertools
import numpy as np
from uuid import UUID
from decimal import Decimal

schema = dj.schema("rows_")
NAMES = ("a", "b")
BY = {"a": 1, "b": 2}


def make_rows():
    return [("x",)]


@schema
class Pairs(dj.Lookup):
    definition = """
    a : varchar(8)
    ---
    n : int
    """
    contents = [(name, at) for at, name in enumerate(NAMES)]


@schema
class Ranged(dj.Lookup):
    definition = "n : int"
    contents = [[n] for n in range(3)]


@schema
class Gen(dj.Lookup):
    definition = "n : int"
    contents = ((n * 2 + 1,) for n in range(1, 7, 2) if n != 3)


@schema
class Dicts(dj.Lookup):
    definition = """
    a : varchar(8)
    n : int
    """
    contents = [dict(a=f"row_{a}", n=n) for a in NAMES for n in range(2)]


@schema
class Items(dj.Lookup):
    definition = """
    a : varchar(8)
    n : int
    """
    contents = list(BY.items())


@schema
class Keys(dj.Lookup):
    definition = "a : varchar(8)"
    contents = zip(BY)


@schema
class Zipped(dj.Lookup):
    definition = """
    a : varchar(8)
    n : int
    """
    contents = zip(["x", "y"], itertools.count())


@schema
class Product(dj.Lookup):
    definition = """
    a : varchar(8)
    n : int
    """
    contents = itertools.product(NAMES, [1, 2])


@schema
class Numpy(dj.Lookup):
    definition = """
    a : int
    ---
    v : longblob
    """
    contents = [(1, np.array([1.0, 2.0])), (2, np.arange(3))]


@schema
class AsProperty(dj.Lookup):
    definition = "a : varchar(8)"

    @property
    def contents(self):
        yield ("a",)
        yield ("b",)


@schema
class AsProperty2(dj.Lookup):
    definition = "a : varchar(8)"

    @property
    def contents(self):
        return [("a",), ("b",)]


@schema
class AsClassMethod(dj.Lookup):
    definition = "a : varchar(8)"

    @classmethod
    def contents(cls):
        return [("a",)]


@schema
class Function(dj.Lookup):
    definition = "a : varchar(8)"
    contents = make_rows()


@schema
class Added(dj.Lookup):
    definition = "a : varchar(8)"
    contents = [("a",)] + [("b",)]


@schema
class Strings(dj.Lookup):
    definition = "a : varchar(8)"
    contents = [["a"], ["b" * 3], ["c" + "d"], ["%s-%d" % ("e", 3)], ["f".upper()]]


@schema
class Typed(dj.Lookup):
    definition = """
    a : uuid
    ---
    d : decimal(5,2)
    f : float
    """
    contents = [(UUID("00000000-0000-0000-0000-000000000001"), Decimal("1.50"), float("nan")), (UUID(int=2), Decimal(2), 1e-3)]


@schema
class Own(dj.Lookup):
    definition = "a : varchar(8)"
    base = ["p", "q"]
    contents = [(x,) for x in base]


@schema
class MapTuple(dj.Lookup):
    definition = "a : varchar(8)"
    contents = map(lambda x: (x,), NAMES)


@schema
class Nothing(dj.Lookup):
    definition = "a : varchar(8)"
    contents = []
