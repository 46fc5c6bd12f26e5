import datajoint as dj

from . import schema
from .animals import Animal

other = dj.schema("rig_food")


@schema
class Cage(dj.Manual):
    definition = "cage : int"

    class Place(dj.Part):
        definition = """
        -> master
        ---
        -> Animal
        """


@other
class Food(dj.Lookup):
    definition = """
    food : varchar(16)
    ---
    -> Cage.Place
    """
    contents = [("hay", 1)]
