import datajoint as dj


class Shared(dj.Manual):
    definition = """
    # shared by all
    shared : int
    """


class Named:
    own_key = "named_id : int"
    store = "fast"
