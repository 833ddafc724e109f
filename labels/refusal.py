"""Why a label is not handed out, or a picture of one not read.

A label that may be misread is worse than none: somebody will stick it on a drum. So every doubt ends
here, with a code for the machine and a sentence for the person at the printer.
"""

from __future__ import annotations

REFUSALS = {
    "address_unprintable": "the public address cannot be part of a symbol",
    "code_unprintable": "batch, item or unit is not 1 to 20 characters A-Z, 0-9, dot or dash",
    "batch_number_unusable": "a batch number is empty, too long or not printable",
    "glyph_missing": "no font of ours can draw a character of the text",
    "reads_as_serial": "a batch or unit written like one of our unit serials, with a wrong check character",
    "label_count": "no labels, or more than one document may hold",
    "stock_unreadable": "the file of a label stock is wrong",
    "stock_too_small": "the stock has no room for what a person must be able to rely on",
    "feed_wrong": "the first free position, the offset or the scale of a printer is outside what there is",
    "kind_needs_unit": "this kind of label is for one unit",
    "sscc_wrong": "a pallet number without eighteen digits or with a wrong check digit",
    "copy_number": "a copy number outside what a label shows",
    "stock_unknown": "no label stock of that name",
    "dpi_unsupported": "the printer resolution is outside what a stock is laid out for",
    "supplier_beginning_short": "too few characters of a supplier's code stand before the lot to recognise it by",
    "supplier_code_unusable": "a supplier's code is empty, too long or not of printable ASCII",
    "supplier_lot_outside": "the lot is not within a supplier's code",
    "symbol_too_dense": "the modules would be smaller than a scanner can rely on",
    "text_too_long": "a text is too long for its place, and cutting it would make it say something else",
    "verification_failed": "decoding the finished label did not give back what was asked for",
    "image_unreadable": "the bytes are not a PNG, JPEG or PDF that can be opened",
    "image_too_large": "the picture has more pixels than a label photo needs",
}
"""Every code a refusal can carry, with its meaning for the reader of this file."""


class LabelRefused(Exception):  # noqa: N818 - named for what happened, as the floor says it
    """Say that no label is handed out, by a stable `code` and a `detail` the operator can act on."""

    def __init__(self, code: str, detail: str) -> None:
        assert code in REFUSALS, code
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
