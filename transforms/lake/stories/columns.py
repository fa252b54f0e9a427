"""Columns of articles' rows as stories are made of them: vectors, days, moments."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.stories.likeness import NO_DAY, Days
from warta.transforms.stories.vector_rows import VectorRows, vectors_of_lists

_SECOND_US = 1_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def list_vectors(terms: pa.Array, weights: pa.Array) -> VectorRows:
    """Return columns of terms and weights as rows; one without any is empty."""
    return vectors_of_lists(
        np.asarray(terms.offsets), np.asarray(terms.flatten()), np.asarray(weights.flatten())
    )


def ordinals(moments: pa.Array) -> Days:
    """Return the days of moments as ordinals, `NO_DAY` where there is none."""
    days = moments.cast(pa.date32(), safe=False).cast(pa.int32())
    found: npt.NDArray[np.int64] = pc.fill_null(pc.add(days, _EPOCH), NO_DAY).to_numpy()
    return found.astype(np.int32)


def seconds(moments: pa.Array) -> npt.NDArray[np.float64]:
    """Return moments as seconds since 1970, infinite where there is none."""
    counts = moments.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    there = counts.is_valid().to_numpy(zero_copy_only=False)
    return np.where(there, counts.fill_null(0).to_numpy() / _SECOND_US, np.inf)
