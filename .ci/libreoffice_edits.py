"""Edits workbooks in LibreOffice itself, as somebody types into cells: run by the system's Python, which knows UNO.

    libreoffice_edits.py SOFFICE JOBS.json

JOBS.json: [{"path", "out", "edits": [[sheet, row, column, text]], "disarrange": bool}], rows and columns from 1. A text
of null empties the cell. Disarranged sheets of rows to mend are sorted by a column, filtered, and a column is hidden.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.table import CellRangeAddress, TableSortField

SOFFICE, JOBS = sys.argv[1:3]


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(240):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # It is not up yet.
            time.sleep(0.5)
    sys.exit("libreoffice_edits: LibreOffice does not answer")


def letters(column):
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def type_in(dispatcher, frame, controller, document, edits):
    shown = None
    for sheet, row, column, text in edits:
        if sheet != shown:
            controller.setActiveSheet(document.Sheets.getByName(sheet))
            shown = sheet
        go = (prop("ToPoint", f"${letters(column)}${row}"),)
        dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, go)
        if text is None:
            document.Sheets.getByName(sheet).getCellByPosition(column - 1, row - 1).setString("")
        else:
            dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, (prop("StringName", text),))


def disarrange(document):
    for sheet in document.Sheets:
        if not sheet.getCellByPosition(0, 0).getString().startswith("心汇待改正"):
            continue
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        last_row, last_column = cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn
        if last_row > 2:
            field = TableSortField()
            field.Field, field.IsAscending = 3, False
            fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
            rows = sheet.getCellRangeByPosition(0, 2, last_column, last_row)
            uno.invoke(rows, "sort", ((prop("SortFields", fields), prop("ContainsHeader", False)),))
        sheet.Columns.getByIndex(4).IsVisible = False
        sheet.Rows.getByIndex(2).IsVisible = False


def main():
    jobs = json.loads(Path(JOBS).read_text())
    with tempfile.TemporaryDirectory() as folder:
        pipe = f"xinhui{time.time_ns()}"
        profile = f"-env:UserInstallation={Path(folder).as_uri()}"
        accept = f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext"
        office = subprocess.Popen([SOFFICE, profile, "--headless", "--norestore", accept],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            context = connect(pipe)
            services = context.ServiceManager
            desktop = services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            dispatcher = services.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
            typed = 0
            for job in jobs:
                document = desktop.loadComponentFromURL(Path(job["path"]).as_uri(), "_blank", 0, (prop("Hidden", True),))
                controller = document.CurrentController
                type_in(dispatcher, controller.Frame, controller, document, job["edits"])
                if job.get("disarrange"):
                    disarrange(document)
                document.storeToURL(Path(job["out"]).as_uri(), (prop("FilterName", "Calc MS Excel 2007 XML"),))
                document.close(True)
                typed += len(job["edits"])
            print(typed)
            try:
                desktop.terminate()
            except Exception:  # The connection ends with the office.
                pass
            office.wait(60)
        finally:
            if office.poll() is None:
                office.kill()


main()
