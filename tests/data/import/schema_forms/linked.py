import datajoint as dj

schema = dj.Schema()


def activate(name, linking_module=None):
    schema.activate(name, add_objects=linking_module.__dict__)


@schema
class B(dj.Manual):
    definition = """
    -> Upstream
    b : int
    """
