"""Which hub a simulated world gets: the played one, or the real server on one of its databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from simulation.hub import Hub

if TYPE_CHECKING:
    from simulation.real_hub import RealHub

AnyHub: TypeAlias = "Hub | RealHub"
MakesHub: TypeAlias = "Callable[[Sequence[str], str, int], AnyHub]"


def hub_of(server: str | None) -> MakesHub:
    """Give what makes the hub; the real server is looked for only if it is wanted, since it takes long to load."""
    if server is None:
        return Hub
    import_module("postgres").Chosen.engine = "postgres" if server == "postgresql" else "sqlite"
    makes: MakesHub = import_module("simulation.real_hub").RealHub
    return makes


def close(server: str | None) -> None:
    """Leave no database server behind."""
    if server == "postgresql":
        import_module("postgres").cluster().remove()
