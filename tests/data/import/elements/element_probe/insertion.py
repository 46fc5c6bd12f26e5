import datajoint as dj

schema = dj.Schema()
probe = dj.create_virtual_module("probe", "lab_probe")
upstream = dj.VirtualModule("upstream", "somewhere_else")


@schema
class Insertion(dj.Manual):
    definition = """
    -> probe.Probe
    -> Nobody
    -> upstream.Subject
    """


@schema
class Trajectory(dj.Manual):
    definition = """
    -> planned.Trajectory
    ---
    depth  # in what unit?
    """
