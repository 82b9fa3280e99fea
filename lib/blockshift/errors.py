"""One small family of exceptions, named after the mathematics.

Every message says three things: what was given, what was expected, what to do. All of them are
``ValueError`` as well, so a caller who does not know this library still catches what he expects.
"""

__all__ = [
    "BadArgument",
    "BadCheckpoint",
    "BlockshiftError",
    "EmptyNetwork",
    "NotAProof",
    "NotAligned",
    "NotBalanced",
    "NotBlockShift",
    "NotFinite",
    "NotInstalled",
    "NotSaved",
    "ShapeMismatch",
    "SolverFailed",
    "StepFailed",
    "TooLarge",
    "UnknownName",
    "UnsafeFile",
]


class BlockshiftError(ValueError):
    """The root of the family: what was given cannot be what was meant."""


class ShapeMismatch(BlockshiftError):
    """Two things that have to fit together do not."""


class EmptyNetwork(BlockshiftError):
    """A network needs at least one layer, and every layer at least one node."""


class NotFinite(BlockshiftError):
    """A number is NaN or infinite."""


class NotBlockShift(BlockshiftError):
    """A matrix has an entry away from its first block sub-diagonal."""


class NotAligned(BlockshiftError):
    """The singular vectors of consecutive layers, or those of the data, do not match."""


class NotBalanced(BlockshiftError):
    """The conserved matrices are not what a closed form needs."""


class NotAProof(BlockshiftError):
    """A certificate does not prove what it is shown for."""


class TooLarge(BlockshiftError):
    """What was asked for does not fit into memory, or not into a reasonable time."""


class UnknownName(BlockshiftError):
    """A name that nothing answers to: a claim, a method, a data set."""


class NotInstalled(BlockshiftError):
    """What was asked for ships in a package, or in a file, that is not here."""


class UnsafeFile(BlockshiftError):
    """A file could be read only by running code that is in it."""


class BadArgument(BlockshiftError):
    """An argument outside the range in which the question makes sense."""


class BadCheckpoint(BlockshiftError):
    """A file with finished cells is corrupt, in use, or belongs to other settings."""


class NotSaved(BlockshiftError):
    """A finished result could not be written; what was written before is kept."""


class SolverFailed(BlockshiftError):
    """A solver of linear programs gave no answer, and no reason that a caller could mend."""


class StepFailed(BlockshiftError):
    """An integrator could not take a step; ``trajectory`` holds what was reached before."""

    def __init__(self, message, trajectory=None):
        super().__init__(message)
        self.trajectory = trajectory
