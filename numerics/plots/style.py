"""The colours of all pictures: Okabe and Ito's, which people with any kind of colour vision can tell apart.

Source: M. Okabe and K. Ito, *Color Universal Design* (2008). The last three are for pictures with more series than that
palette has colours; they differ from it in lightness and come with markers of their own.
"""

from __future__ import annotations

from typing import Final

BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
BLACK: Final = "#000000"
GREY: Final = "#666666"
LIGHT_GREY: Final = "#999999"
#: Lines of a grid.
FAINT: Final = "#d9d9d9"
OLIVE: Final = "#999933"
MAROON: Final = "#661100"
TEAL: Final = "#44AA99"

#: In the order in which series take them.
SERIES: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
