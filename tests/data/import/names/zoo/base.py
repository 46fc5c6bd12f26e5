import os

import datajoint as dj

prefix = dj.config["custom"].get("database.prefix", "zoo_")
staff = dj.Schema(prefix + "staff")


@staff
class Keeper(dj.Manual):
    """Who feeds.

    Keepers come and go.
    """

    definition = """
    # people who feed animals
    keeper : varchar(16)
    ---
    full_name : varchar(64)  # first and last
    """
