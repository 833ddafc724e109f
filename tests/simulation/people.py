"""Who may lead past a stop, on all simulated and played floors: people's roles by their ids."""

ROLES = {
    "dd" * 16: "supervisor",
    "ee" * 16: "operator",
    "be" * 16: "supervisor",  # person 30 of the vectors
    "bf" * 16: "quality",  # person 31
    f"{1:032x}": "supervisor",  # and those of the simulator's phones
    f"{2:032x}": "operator",
    f"{3:032x}": "quality",
}
"""Who is not here has no role at all."""
