"""The kinds of arrays that training passes around, by name. Shapes stand where they are used."""

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]  # white ink on black, 28 x 28 where a network reads them
Integers = npt.NDArray[np.integer]  # labels, ids, places
Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Points = npt.NDArray[np.floating]  # x and y along a line
Random = np.random.Generator
