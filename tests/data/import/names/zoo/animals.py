# coding: utf-8
import os

import datajoint as dj
from datajoint import Part as PartTable

from . import base
from .base import *
from .base import Keeper as Person

schema = dj.schema(f"{base.prefix}animals")

# --- the species come first ---

# what lives here
@schema
class Species(dj.Lookup):
    definition = """
    species : varchar(32)
    """
    contents = [
        ("zebra",),  # stripes
        ("lion",),
    ]


@schema
class Animal(dj.Manual):
    # djc: renamed_from Beast
    definition = """# one animal
    animal_id : int unsigned
    ---
    -> Species
    -> [nullable] Person.proj(keeper_of='keeper')
    born = null : date
    """

    class Name(PartTable):
        definition = """
        -> master
        language : char(2)
        ---
        name : varchar(32)
        """

    class Nick(dj.Part):
        definition = """
        -> master.Name
        nick : varchar(16)
        """
