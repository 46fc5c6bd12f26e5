import datajoint as dj

schema = dj.schema("rig")


@schema
class Device(dj.Lookup):
    definition = "device : varchar(16)"


@schema
class Person(dj.Lookup):
    definition = "person : varchar(16)"
