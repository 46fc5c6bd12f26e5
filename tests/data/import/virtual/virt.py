import datajoint as dj

schema = dj.schema("virt", locals(), connection=dj.conn(), create_tables=True)
ephys = dj.create_virtual_module("ephys", "lab_ephys")
other = dj.VirtualModule("other", f"{dj.config['custom']['prefix']}other", create_schema=False)
upstream = dj.schema("lab_upstream")
upstream.spawn_missing_classes()
dj.schema("lab_probe").spawn_missing_classes(context=locals())


@schema
class C(dj.Computed):
    definition = """
    -> ephys.Unit
    -> ephys.Unit.Spike
    -> Insertion
    ---
    -> [nullable] other.Thing.proj(new='old')
    """


@schema
class D(dj.Computed):
    definition = """
    -> C
    -> missing.Table
    """
    key_source = ephys.Unit & "quality > 1"
