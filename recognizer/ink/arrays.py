"""Type aliases for the arrays of pictures. Docstrings give their shapes."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.floating]
