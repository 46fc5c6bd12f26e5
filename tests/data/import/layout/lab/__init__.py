"""The package: nothing but its schema."""
import datajoint as dj

schema = dj.schema("rig_core")
