import datajoint as dj
from somewhere import Thing, make_definition

schema = dj.schema("left_out")


@schema
class Made(dj.Manual):
    definition = make_definition("made")

    class Inside(dj.Part):
        definition = "-> master"


class Homeless(dj.Manual):
    definition = "home : int"


class Orphan(dj.Part):
    definition = "-> master"


def factory():
    @schema
    class Local(dj.Manual):
        definition = "local : int"

    return Local


@schema
class Twin(dj.Manual):
    definition = "twin : int"


@schema
class Twin(dj.Manual):
    definition = "other : int"


@schema
class Child(dj.Manual):
    definition = """
    -> Thing
    -> Made
    """


@schema
class Wrong(dj.Manual):
    definition = """
    good : int
    bad attribute
    worse : no_such_type
    """


@schema
class NoText(dj.Manual):
    pass
