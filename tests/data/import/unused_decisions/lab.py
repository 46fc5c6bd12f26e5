import datajoint as dj

schema = dj.schema()


def activate(name, linking_module=None):
    schema.activate(name)


@schema
class Scan(dj.Manual):
    definition = """
    -> Session
    scan : int
    """
