# SPDX-License-Identifier: Apache-2.0
"""The settings of whatever can be hit by faults, and the faults that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from guardlane import plugins
from guardlane.chip.engine import Schedule
from guardlane.cite import assumed, chosen, related
from guardlane.config import Settings
from guardlane.core.protection import Protection
from guardlane.core.supply import NOMINAL, check_voltage
from guardlane.errors import GuardlaneError
from guardlane.faults import CYCLE, RETIRED, Fault, FaultModel, OnUnits
from guardlane.shares import UnitShares
from guardlane.units import Frequency, Mtbe, Voltage


class FaultSettings(Settings):
    """Which faults strike, how often, and what a core that they strike may be relied on for."""

    protection: Annotated[
        str,
        chosen(
            "ppu, none, or a list of sequencer, budget, address-guard, write-guard",
            unit="names",
            why="CommGuard stands on cores that are partially protected",
        ),
    ] = "ppu"
    faults: Annotated[
        str,
        chosen(
            "fault model: regfile-int, regfile-int+fp, alu-timing, alu-stuck or alu-uniform",
            unit="name",
            why="flips of architectural registers need no assumption about a pipeline",
        ),
    ] = "regfile-int"
    mtbe: Annotated[
        Mtbe,
        assumed(
            "mean time between errors of one core, as 512k instructions, 500us, or inf",
            unit="instructions",
            why="about the 500 us of the paper's abstract at 1 GHz and an instruction a cycle",
        ),
    ] = Mtbe.parse("512k")
    voltage: Annotated[
        Voltage,
        related(
            "supply of the cores, for alu-timing and for energy; their clock stays as it is",
            unit="mV",
            ref="horowitz2014energy",
            place="figure 1.1.9, 45 nm, 0.9 V",
        ),
    ] = NOMINAL
    seed: Annotated[
        int, Field(ge=0), chosen("seed of the fault schedule", unit="1", why="any would do")
    ] = 1
    replay: Annotated[
        str | None,
        chosen(
            "faults to inject instead of a drawn schedule, as huff@123456:x7.4, by commas",
            unit="faults",
            why="schedules are drawn unless one asks",
        ),
    ] = None

    alu: Annotated[
        UnitShares,
        chosen(
            "units and result bits that alu-uniform and alu-stuck hit", unit="table",
            why="see its fields",
        ),
    ] = UnitShares()  # fmt: skip

    @field_validator("voltage")
    @classmethod
    def _enough_voltage(cls, voltage: Voltage) -> Voltage:
        try:
            check_voltage(voltage)
        except GuardlaneError as error:
            raise ValueError(str(error)) from None
        return voltage

    @field_validator("faults")
    @classmethod
    def _known_faults(cls, name: str) -> str:
        known("guardlane.faults", name)
        return name

    @field_validator("protection")
    @classmethod
    def _known_protection(cls, text: str) -> str:
        return str(refused(Protection.parse, text))

    @field_validator("replay")
    @classmethod
    def _readable_faults(cls, text: str | None) -> str | None:
        return (
            None
            if text is None
            else ",".join(str(refused(Fault.parse, t)) for t in text.split(","))
        )

    @model_validator(mode="after")
    def _shares_of_a_model_with_units(self) -> Self:
        if self.alu.are_given and not isinstance(_model(self.faults), OnUnits):
            raise ValueError(
                f"faults {self.faults} are not dealt to units of the ALU: all weights of alu must "
                "be 0"
            )
        return self


def faults_of(settings: FaultSettings, clock: Frequency) -> Schedule | list[Fault]:
    """Value of the faults that the settings ask for, of cores that run at `clock`."""
    if settings.replay is not None:
        return [Fault.parse(text) for text in settings.replay.split(",")]
    mtbe = settings.mtbe
    if mtbe.is_never:
        return []
    model = _model(settings.faults)
    if settings.alu.are_given and isinstance(model, OnUnits):
        model = model.on_units(settings.alu)
    if mtbe.time is not None:
        return Schedule(model, settings.seed, mtbe.time.cycles(clock), CYCLE)
    return Schedule(model, settings.seed, int(mtbe.instructions or 0), RETIRED)


def _model(name: str) -> FaultModel:
    model: FaultModel = plugins.load("guardlane.faults", name)
    return model


def known(group: str, name: str) -> None:
    """Refuse a name that no entry point of `group` has, with the likeliest one."""
    if name not in plugins.found(group):
        refused(lambda wanted: plugins.load(group, wanted), name)


def refused(read: Callable[[str], Any], text: str) -> Any:
    """Value of `read(text)`, with the library's error as the one that pydantic expects."""
    try:
        return read(text.strip())
    except GuardlaneError as error:
        raise ValueError(str(error)) from None
