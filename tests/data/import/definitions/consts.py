KEY = """
    animal : varchar(16)
"""
LENGTH = 32
COLUMNS = ["a : int", "b : int"]


def column(name, kind="int"):
    return f"{name} : {kind}"
