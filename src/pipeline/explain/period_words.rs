//! Periods as people write them: `2023-05`, `2023年5月`, `二季度`, `上半年`, `去年`, `Q2 2023`, `last month`.

use crate::schema::day;

/// The id of a period (`2023-05`, `2023-Q2`, `2023-H1`, `2023`) that a text names; what names no year is of the year of
/// `as_of`, or lies beside it. `None` where the text names none.
pub(super) fn period_id(text: &str, as_of: i32) -> Option<String> {
    let narrow: String = text.trim().chars().map(narrow).collect::<String>().to_lowercase();
    let (year, month, _) = day::civil(as_of);
    relative(&narrow, year, month).or_else(|| written(&narrow, year)).or_else(|| english(&narrow, year))
}

/// A full-width digit, letter or sign as a narrow one; every dash is one.
pub(super) fn narrow(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '－' | '—' | '–' | '／' | '．' | '/' | '.' => '-',
        '　' => ' ',
        c => c,
    }
}

fn month_id(year: i32, month: u32) -> String {
    format!("{year:04}-{month:02}")
}

fn relative(text: &str, year: i32, month: u32) -> Option<String> {
    let before = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    let quarter = (month - 1) / 3 + 1;
    let quarter_before = if quarter == 1 { (year - 1, 4) } else { (year, quarter - 1) };
    let half = (month - 1) / 6 + 1;
    Some(match text.replace(' ', "").as_str() {
        "今年" | "本年" | "本年度" | "thisyear" => format!("{year:04}"),
        "去年" | "上年" | "上年度" | "lastyear" => format!("{:04}", year - 1),
        "前年" => format!("{:04}", year - 2),
        "本月" | "这个月" | "当月" | "thismonth" => month_id(year, month),
        "上月" | "上个月" | "lastmonth" => month_id(before.0, before.1),
        "本季" | "本季度" | "这个季度" | "thisquarter" => format!("{year:04}-Q{quarter}"),
        "上季" | "上季度" | "上个季度" | "lastquarter" => {
            format!("{:04}-Q{}", quarter_before.0, quarter_before.1)
        }
        "本半年" | "thishalf" => format!("{year:04}-H{half}"),
        _ => return None,
    })
}

/// A year, or none, and then a part of it.
fn written(text: &str, this_year: i32) -> Option<String> {
    let text = text.replace(' ', "");
    let (year, rest) = match [("今年", 0), ("本年", 0), ("去年", 1), ("上年", 1), ("前年", 2)]
        .into_iter()
        .find_map(|(word, back)| Some((this_year - back, text.strip_prefix(word)?)))
    {
        Some(found) => found,
        None => of_digits(&text, this_year)?,
    };
    let rest = rest.trim_start_matches('年').trim_start_matches('-');
    if ["", "度", "全年", "整年"].contains(&rest) {
        return Some(format!("{year:04}"));
    }
    if ["上半年", "上半", "前半年", "h1"].contains(&rest) {
        return Some(format!("{year:04}-H1"));
    }
    if ["下半年", "下半", "后半年", "h2"].contains(&rest) {
        return Some(format!("{year:04}-H2"));
    }
    let quarter = rest.trim_start_matches('第');
    let quarter =
        quarter.strip_suffix("季度").or_else(|| quarter.strip_suffix('季')).or_else(|| rest.strip_prefix('q'));
    if let Some(quarter) = quarter.and_then(number).filter(|q| (1..=4).contains(q)) {
        return Some(format!("{year:04}-Q{quarter}"));
    }
    let month = rest.trim_end_matches('份').trim_end_matches('月');
    number(month).filter(|m| (1..=12).contains(m)).map(|month| month_id(year, month))
}

/// A year of four digits, or of two before 年, and what stands behind it; without one, the year given.
fn of_digits(text: &str, this_year: i32) -> Option<(i32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &text[digits..];
    match digits {
        4 => Some((text[..4].parse().ok()?, behind)),
        6 => Some((text[..4].parse().ok()?, &text[4..])),
        2 if behind.starts_with('年') => Some((2000 + text[..2].parse::<i32>().ok()?, behind)),
        0..=2 => Some((this_year, text)).filter(|(_, rest)| !rest.bytes().all(|b| b.is_ascii_digit())),
        _ => None,
    }
}

/// 1 to 12, in digits or in Chinese.
fn number(text: &str) -> Option<u32> {
    const WORDS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let of_words = WORDS.iter().position(|word| *word == text).map(|at| at as u32 + 1);
    of_words.or_else(|| text.parse().ok())
}

/// `May 2023`, `Q2 2023`, `2023 h1`.
fn english(text: &str, this_year: i32) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (mut year, mut part) = (None, None);
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        let month = MONTHS.iter().position(|m| word.len() >= 3 && word.starts_with(m)).map(|at| at as u32 + 1);
        match (word.len(), word.parse::<i32>(), month, word.as_bytes()) {
            (4, Ok(digits), ..) if year.is_none() => year = Some(digits),
            (_, _, Some(month), _) if part.is_none() => part = Some(format!("{month:02}")),
            (2, _, _, [kind @ (b'q' | b'h'), n @ b'1'..=b'4']) if part.is_none() => {
                part = Some(format!("{}{}", kind.to_ascii_uppercase() as char, *n as char));
            }
            _ => return None,
        }
    }
    let part = part?;
    (part != "H3" && part != "H4").then(|| format!("{:04}-{part}", year.unwrap_or(this_year)))
}
