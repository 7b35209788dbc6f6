"""Computes a workbook anew, by a program that is not the one that wrote it.

usage: workbook.py FILE    answers, as JSON, each sheet: what its formulas come to, and how it looks
"""

import json
import sys
import warnings
from pathlib import Path

import formulas
import openpyxl


def computed(path):
    """The value of each cell that is a formula, by `SHEET!CELL`."""
    model = formulas.ExcelModel().loads(str(path)).finish()
    solution = model.calculate()
    values = {}
    for key, cell in solution.items():
        name, value = str(key), getattr(cell, "value", None)
        if value is None or ":" in name or "]" not in name:
            continue
        sheet, _, place = name.split("]", 1)[1].partition("'!")
        values[f"{sheet}!{place}".upper()] = value[0, 0]
    return values


def looks(sheet, values):
    formulas_found, head = {}, [cell.value for cell in sheet[1]]
    columns = {}
    for title, column in zip(head, sheet.iter_cols(min_row=2)):
        plain = [cell for cell in column if cell.value is not None and cell.data_type != "f"]
        columns[title] = {
            "types": sorted({cell.data_type for cell in plain}),
            "formats": sorted({cell.number_format for cell in plain if cell.data_type != "s"}),
            "width": sheet.column_dimensions[column[0].column_letter].width,
        }
        for cell in column:
            if cell.data_type == "f":
                formulas_found[cell.coordinate] = {
                    "column": title,
                    "row": [one.value for one in sheet[cell.row]],
                    "formula": cell.value,
                    "format": cell.number_format,
                    "value": str(values[f"{sheet.title}!{cell.coordinate}".upper()]),
                }
    return {
        "head": head,
        "head_is_bold": all(cell.font.bold for cell in sheet[1]),
        "frozen": sheet.freeze_panes,
        "columns": columns,
        "formulas": formulas_found,
    }


def main():
    warnings.simplefilter("ignore")
    path = Path(sys.argv[1]).resolve()
    values = computed(path)
    sheets = {sheet.title: looks(sheet, values) for sheet in openpyxl.load_workbook(path)}
    print(json.dumps(sheets, default=str))


main()
