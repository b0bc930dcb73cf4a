"""Which parts may copy which lookback at a tick, from the plans of the bars concerned."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.roles_model import RolesModel
from daemon.music.systems.system import Cue
from models.codecs.base import LOOKBACK_BARS


def valid(cue: Cue, model: RolesModel, agrees: Callable[[BarPlan], tuple[bool, ...]]) -> NDArray[np.bool_]:
    """Return (P, 4): True if the lookback lies after the model's first tick and that bar's plan agrees with this bar's."""
    allowed = np.zeros((len(model.layout.parts), len(LOOKBACK_BARS)), bool)
    for lag, (bars, lived) in enumerate(zip(LOOKBACK_BARS, model.lived(cue.tick), strict=True)):
        old = cue.plans[bars]
        if lived and old is not None:
            allowed[:, lag] = agrees(old)
    return allowed
