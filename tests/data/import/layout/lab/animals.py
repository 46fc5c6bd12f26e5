import datajoint as dj

from . import schema


# Everything that is alive.
@schema
class Animal(dj.Manual):
    definition = """
    # animals of the lab
    animal_id : int

    ---
    # what people call it
    nickname  : varchar(32)
    """


@schema
class Weighing(dj.Manual):
    definition = """
    -> Animal
    -> Cage
    """
