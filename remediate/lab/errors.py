"""The lab's one error."""


class LabError(Exception):
    """Something that the lab cannot do, as a plain sentence with the next thing to try."""
