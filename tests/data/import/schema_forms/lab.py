import datajoint as dj
import linked
from act import A as Upstream

linked.activate("lab_linked", linking_module=__name__)
