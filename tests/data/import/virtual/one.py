import datajoint as dj

schema = dj.schema("virtual_one")
dj.schema("lab_probe").spawn_missing_classes(context=locals())
own = dj.create_virtual_module("own", "virt")
Unit = dj.VirtualModule("ephys", "lab_ephys").Unit
lab = dj.virtual_schema("lab_people")
Person = lab.Person


@schema
class E(dj.Manual):
    definition = """
    -> Insertion
    -> own.C
    -> Person
    """
