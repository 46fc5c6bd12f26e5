import datajoint as dj

schema = dj.schema()
_linking_module = None


def activate(name, linking_module):
    schema.activate(name, add_objects=linking_module.__dict__)


@schema
class Probe(dj.Manual):
    definition = """
    probe : varchar(32)
    ---
    -> Device
    -> Person
    """
