"""What the declarations say, for programs that are not xinhui."""

import json
import tomllib
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
# Fields with a code list. A cell of `population` may hold several values.
CODED = {"id_type": "id_type", "sex": "sex", "beneficiary": "beneficiary", "service_kind": "service_kind", "channel": "channel",
         "warning_level": "warning", "population": "population"}
FREE_TEXT = ("name", "address")
# The columns of the files, in their order.
COLUMNS = ("record_id", "site_id", "name", "id_type", "id_number", "sex", "birth_date", "phone", "residence_code", "address", "population",
           "beneficiary", "related_id_number", "service_kind", "channel", "service_date", "plan_id", "warning_level", "referred_to",
           "entered_at", "void")

# Parents before those who name them.
ORDER = ["station_unit", "station_site", "school_site", "hospital_site", "hospital_patient", "hospital_followup", "station_service", "station_activity",
         "station_survey", "school_screening", "school_counselling", "hospital_visit", "police_person", "police_incident"]
IDENTITY = ["name", "id_type", "id_number", "sex", "birth_date", "phone", "residence_code", "address", "student_no", "guardian_name", "guardian_phone"]

def table(name="station_service"):
    return json.loads((SCHEMAS / f"tables/{name}.json").read_text("utf-8"))


def titles(name="station_service"):
    """Field names by title and alias."""
    found = {}
    for field in table(name)["fields"]:
        for title in (field["title"], field["name"], *field.get("xinhui", {}).get("aliases", ())):
            found[title] = field["name"]
    return found


def null_words():
    return table()["missingValues"]


def words(codes):
    """Code by every word that a cell may hold for it."""
    lists = tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8"))
    found = {}
    for part in (lambda v: [v["code"]], lambda v: [v["zh"]], lambda v: v.get("aliases", [])):
        for value in lists[codes]["values"]:
            for word in part(value):
                found.setdefault(word, value["code"])
    return found


def service_files(inbox):
    return sorted(Path(inbox).glob("*/station/station_service_*.csv"))


def county_of(path):
    return Path(path).parts[-3]


def code_lists():
    return sorted(tomllib.loads((SCHEMAS / "codes.toml").read_text("utf-8")))


def scales():
    """Code, least and greatest score of each scale."""
    return [(code, bounds["min"], bounds["max"]) for code, bounds in tomllib.loads((SCHEMAS / "scales.toml").read_text("utf-8")).items()]
