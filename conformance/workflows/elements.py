"""The linking module of a lab that uses the elements together, as their documentation asks for one."""

import datajoint as dj
from element_animal import genotyping, subject, surgery
from element_array_ephys import ephys_acute, ephys_chronic, ephys_no_curation, ephys_precluster, probe
from element_calcium_imaging import analysis, imaging, imaging_no_curation, imaging_preprocess, scan
# In this order: `model` alone runs into a circle of imports.
from element_deeplabcut import train, model
from element_electrode_localization import coordinate_framework, electrode_localization
from element_event import event, trial
from element_facemap import facial_behavior_estimation
from element_lab import lab, project
from element_miniscope import miniscope
from element_optogenetics import optogenetics
from element_session import session_with_datetime, session_with_id
from element_zstack import bossdb, volume

# Tables that elements ask a lab for, under the names by which they ask.
Source, Lab, Protocol, User, Experimenter = lab.Source, lab.Lab, lab.Protocol, lab.User, lab.User
Location = AnatomicalLocation = lab.Location
Device = Equipment = lab.Device
Project, Subject = project.Project, subject.Subject
Implantation, Scan, ProbeInsertion = surgery.Implantation, scan.Scan, ephys_acute.ProbeInsertion

own = dj.schema("own")


@own
class SkullReference(dj.Lookup):
    definition = "skull_reference : varchar(60)"


def nowhere(*key):
    """Stands for the functions that say where a lab keeps its data."""
    return ""


get_ephys_root_data_dir = get_imaging_root_data_dir = get_miniscope_root_data_dir = get_volume_root_data_dir = nowhere
get_dlc_root_data_dir = get_facemap_root_data_dir = get_session_directory = nowhere

here = __name__
lab.activate("lab")
project.activate("project", linking_module=here)
subject.activate("subject", linking_module=here)
surgery.activate("surgery", "subject", linking_module=here)
genotyping.activate("genotyping", "subject", linking_module=here)
session_with_id.activate("session_with_id", linking_module=here)
session_with_datetime.activate("session_with_datetime", linking_module=here)
# A lab has one of the two. What a linking module binds wins over a module's own table of that name, so this one comes behind both.
Session = session_with_id.Session
event.activate("event", linking_module=here)
trial.activate("trial", "event", linking_module=here)
ephys_acute.activate("ephys_acute", "probe", linking_module=here)
imaging.activate("imaging", "scan", linking_module=here)
analysis.activate("analysis", linking_module=here)
miniscope.activate("miniscope", linking_module=here)
optogenetics.activate("optogenetics", linking_module=here)
volume.activate("volume", linking_module=here)
bossdb.activate("bossdb", linking_module=here)
train.activate("train", linking_module=here)
model.activate("model", linking_module=here)
facial_behavior_estimation.activate("facial_behavior_estimation", linking_module=here)
electrode_localization.activate("electrode_localization", "coordinate_framework", linking_module=here)

# A lab chooses one of these variants, and its `activate` ends in the report, which belongs to one only. Here all are looked at.
for variant in (ephys_chronic, ephys_no_curation, ephys_precluster, imaging_no_curation, imaging_preprocess):
    links = {name: value for name, value in globals().items() if name not in vars(variant)}
    variant.schema.activate(variant.__name__.rpartition(".")[2], add_objects=links)
