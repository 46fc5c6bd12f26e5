import datajoint as dj
import zoo.animals as beasts
from zoo import base

schema = dj.schema("zoo_feeding")

UNIT = "g"


# djc: renamed_from Lunch
@schema
class Meal(dj.Manual):
    definition = """
    -> beasts.Animal
    -> base.Keeper
    meal_time : datetime
    ---
    amount : int  # {unit}
    """.format(unit=UNIT)


class Statistic(dj.Computed):
    """What all statistics share; no table itself."""

    of = None

    @property
    def definition(self):
        return f"""
        -> self.of
        ---
        value : double  # in {UNIT}
        """


@schema
class Total(Statistic):
    of = Meal
    _parallel_make = True

    @property
    def key_source(self):
        return beasts.Animal & "born is not null"


class Later(Statistic):
    of = beasts.Animal
    key_source = beasts.Animal

    @property
    def unused(self):
        return 1


Later = schema(Later)


@schema
class NameCheck(dj.Computed):
    definition = (
        "-> beasts.Animal.Name\n"
        "---\n"
        "good : " + "bool"
    )
