"""Type aliases for the arrays of training. Docstrings give their shapes."""

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]  # white ink on black, 28 x 28 where a network reads them
Integers = npt.NDArray[np.integer]  # labels, ids, indexes
Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Points = npt.NDArray[np.floating]  # x and y along a stroke, [N, 2]
Random = np.random.Generator
