"""Contacts of stations with known faults: what work A reads and judges.

A clean city of CSV files is made by `xinhui synth`; here every fiftieth row gets one fault, each kind in turn, and every
seventh is written as people write (labels for codes, null words, spaces around). The same rows give the same bytes.
"""

import csv
import datetime
from pathlib import Path

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LABELS = {
    "服务类型": {"consult": "心理咨询", "counsel": "情绪疏导", "assess": "心理测评", "crisis": "危机干预", "rehab": "社区康复",
             "referral": "转诊", "family_support": "家属支持", "other": "其他"},
    "服务方式": {"onsite": "面谈", "online": "线上", "hotline": "电话", "home": "入户"},
    "性别": {"1": "男", "2": "女性"},
    "预警等级": {"red": "红", "yellow": "黄色", "green": "绿"},
}


def check_digit(first_17):
    return "10X98765432"[sum(int(d) * w for d, w in zip(first_17, WEIGHTS)) % 11]


def put(field, value):
    return lambda row: row.__setitem__(field, value)


def wrong_digit(row):
    number = row["证件号码"]
    row["证件类型"] = "01"
    row["证件号码"] = number[:17] + ("0" if number[17:] != "0" else "1") if len(number) == 18 else "990101199001010000"


def another_year(row):
    birth = datetime.date.fromisoformat(row["出生日期"])
    first = f"990101{birth.year - 1}{birth:%m}28" + ("013" if row["性别"] == "1" else "024")
    row["证件类型"], row["证件号码"] = "01", first + check_digit(first)


def of_the_other_sex(row):
    birth = datetime.date.fromisoformat(row["出生日期"])
    first = f"990101{birth:%Y%m%d}" + ("013" if row["性别"] == "2" else "024")
    row["证件类型"], row["证件号码"] = "01", first + check_digit(first)


def relative_unnamed(row):
    row["服务对象关系"], row["关联患者证件号码"] = "family", ""


def relative_misspelt(row):
    row["服务对象关系"], row["关联患者证件号码"] = "家属", "99010119900101001A"


FAULTS = [
    put("姓名", ""), put("站点编号", "暂无"), put("服务类型", ""), put("服务日期", "-"), put("性别", ""), relative_unnamed,
    put("服务日期", "2023-13-45"), put("服务日期", "2023-05"), put("作废标志", "maybe"), put("录入时间", "last week"),
    put("出生日期", "1990-02-30"), put("服务日期", "2024-03-01"), put("出生日期", "1899-05-05"), put("现住址区划代码", "37081A"),
    put("姓名", "欧" * 51), put("服务类型", "massage"), put("性别", "5"), put("服务方式", "fax"), put("人群类别", "general|martian"),
    put("预警等级", "purple"), put("证件类型", "XX"), put("服务对象关系", "neighbour"), put("站点编号", "ZD00000000"),
    wrong_digit, put("证件号码", "9.90101E+17"), another_year, of_the_other_sex, put("联系电话", "12345"),
    put("出生日期", "1900-01-01"), put("现住址区划代码", "990199"), put("转介机构代码", "JG00000000"), relative_misspelt,
]


def as_people_write(row, number):
    for field, labels in LABELS.items():
        row[field] = labels.get(row[field], row[field])
    kind = number // 7 % 3
    if kind == 0:
        row["姓名"] = f" {row['姓名']} "
    elif kind == 1:
        row["转介机构代码"] = row["转介机构代码"] or "NULL"
    else:
        row["个性化疏导方案编号"] = row["个性化疏导方案编号"] or "无数据"


def spoil(inbox):
    """Rewrites the contacts below an inbox in place; gives their number."""
    number = 0
    for path in sorted(Path(inbox).glob("*/station/station_service_*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            titles, rows = [*reader.fieldnames, "作废标志"], list(reader)
        for row in rows:
            row["作废标志"] = ""
            if number % 50 == 0:
                FAULTS[number // 50 % len(FAULTS)](row)
            elif number % 7 == 0:
                as_people_write(row, number)
            number += 1
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, titles, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return number
