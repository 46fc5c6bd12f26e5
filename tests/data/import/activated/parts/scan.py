import datajoint as dj

schema = dj.schema()


def activate(schema_name, linking_module=None):
    schema.activate(schema_name, add_objects=vars(linking_module))


@schema
class Scan(dj.Manual):
    definition = """
    -> Rig
    scan : int
    ---
    -> Operator
    """
