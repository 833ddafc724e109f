"""Draws docs/labels: a label of each kind, as the product draws it. Run by `make docs`; tests fail if one is stale."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from labels.content import Content, LabelContent, PalletContent, RollContent, SignContent
from labels.identity import LotIdentity, UnitIdentity, mint_serial
from labels.label import render_svg

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "labels"
DPI = 203

_ORIGIN = "HTTPS://L.EXAMPLE.COM"
_AT = "22 Nov 2026 10:23"
_WAREHOUSE, _FLOOR = "Asha warehouse", "Kiran Formulations"
_STARCH = LotIdentity("RM-2026-0298", "STARCH-M", _ORIGIN)
_GRANULES = UnitIdentity("MAK-26-27-0142", "PARA-90DC", mint_serial("03K", "4QX", 1), _ORIGIN)
_TABLETS = LotIdentity("MAK-26-27-0142", "PARA-500", _ORIGIN)


class Sample(NamedTuple):
    """A label, and the stock it is shown on."""

    content: Content
    stock: str


SAMPLES: dict[str, Sample] = {
    "raw-material-lot": Sample(
        LabelContent(
            identity=_STARCH,
            kind="raw_material_lot",
            printed_at=_AT,
            site_name=_WAREHOUSE,
            item_name="मक्का स्टार्च · Maize starch",
            status="QUARANTINE",
            expires="2029-04-30",
            owner="Asha Pharma",
            supplier_lot="GRX-88213/4",
        ),
        "100x50",
    ),
    "production-lot": Sample(
        LabelContent(
            identity=_TABLETS,
            kind="production_lot",
            printed_at=_AT,
            site_name=_FLOOR,
            batch_number="MAK/26-27/0142",
            internal_id="KF-7731",
            item_name="Paracetamol tablets 500 mg",
            expires="2029-10-31",
            owner="Asha Pharma",
        ),
        "100x50",
    ),
    "unit": Sample(
        LabelContent(
            identity=_GRANULES,
            printed_at=_AT,
            site_name=_FLOOR,
            batch_number="MAK/26-27/0142",
            item_name="Paracetamol granules 90 % DC",
            quantity="25",
            unit_of_measure="kg",
            status="QUARANTINE",
            expires="2029-04-30",
            owner="Asha Pharma",
            container_number=3,
            container_count=12,
            copy_number=2,
        ),
        "100x150",
    ),
    "part-used": Sample(
        LabelContent(
            identity=_GRANULES,
            kind="part_used",
            printed_at=_AT,
            site_name=_FLOOR,
            item_name="Paracetamol granules 90 % DC",
            quantity="12.5",
            unit_of_measure="kg",
            gross="13.1 kg",
            tare="0.6 kg",
            done_by="A. Rao",
        ),
        "100x50",
    ),
    "dispensing": Sample(
        LabelContent(
            identity=_GRANULES,
            kind="dispensing",
            printed_at=_AT,
            site_name=_FLOOR,
            item_name="Paracetamol granules 90 % DC",
            gross="13.1 kg",
            tare="0.6 kg",
            net="12.5 kg",
            done_by="A. Rao",
            checked_by="S. Nair",
            used_for="R-12",
        ),
        "100x50",
    ),
    "status": Sample(
        LabelContent(
            identity=_STARCH,
            kind="status",
            printed_at=_AT,
            site_name=_WAREHOUSE,
            item_name="Maize starch",
            status="APPROVED",
            report_number="AR-26-0311",
            done_by="M. Shah",
        ),
        "100x50",
    ),
    "pallet": Sample(
        PalletContent(
            unit="340123450000000017",
            identity=_TABLETS,
            printed_at=_AT,
            site_name=_FLOOR,
            item_name="Paracetamol tablets 500 mg",
            quantity="960",
            unit_of_measure="boxes",
            units=48,
            expires="2029-10-31",
        ),
        "100x150",
    ),
    "roll": Sample(RollContent(unit="UL8F3QX-00415", printed_at=_AT, site_name=_FLOOR), "50x25"),
    "location": Sample(
        SignContent(kind="location", code="K-QUAR", name="Quarantine store", printed_at=_AT, site_name=_FLOOR),
        "50x25",
    ),
    "operator": Sample(
        SignContent(kind="operator", code="ANITA-R", name="Anita Rao", printed_at=_AT, site_name=_FLOOR), "50x25"
    ),
    "command": Sample(
        SignContent(kind="command", code="UNDO", name="Undo the last scan", printed_at=_AT, site_name=_FLOOR), "50x25"
    ),
}


def drawn() -> dict[str, bytes]:
    """Draw every sample; gives the name of its file and what is in it."""
    return {f"{name}.svg": render_svg(sample.content, sample.stock, DPI) for name, sample in SAMPLES.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for name, drawing in drawn().items():
        (FOLDER / name).write_bytes(drawing)
