//! How other standards name what is published: periods, divisions above, identifiers.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::schema::divisions::Level;

const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// An identifier of DHIS2: 11 letters and digits, a letter first; always the same for the same thing.
pub fn uid(kind: &str, code: &str) -> String {
    let hash = Sha256::digest(format!("xinhui\n{kind}\n{code}"));
    let mut number = u128::from_be_bytes(hash[..16].try_into().unwrap_or_default());
    let mut uid = String::with_capacity(11);
    uid.push(char::from(LETTERS[(number % 52) as usize]));
    number /= 52;
    for _ in 0..10 {
        uid.push(char::from(ALPHANUMERIC[(number % 62) as usize]));
        number /= 62;
    }
    uid
}

/// A period of DHIS2: `202305`, `2023Q2`, `2023S1`, `2023`.
pub fn dhis2_period(period: &str) -> String {
    match period.split_once('-') {
        Some((year, part)) => format!("{year}{}", part.replace('H', "S")),
        None => period.to_owned(),
    }
}

/// A period type of DHIS2.
pub fn dhis2_period_type(kind: &str) -> &'static str {
    match kind {
        "month" => "Monthly",
        "quarter" => "Quarterly",
        "half" => "SixMonthly",
        _ => "Yearly",
    }
}

/// A period of ADX, its first day and its length: `2023-04-01/P3M`.
pub fn adx_period(period: &str) -> String {
    let (year, part) = period.split_once('-').unwrap_or((period, ""));
    let number = part.get(1..).and_then(|n| n.parse::<u32>().ok()).unwrap_or(1);
    match part.as_bytes().first() {
        None => format!("{year}-01-01/P1Y"),
        Some(b'Q') => format!("{year}-{:02}-01/P3M", number * 3 - 2),
        Some(b'H') => format!("{year}-{:02}-01/P6M", number * 6 - 5),
        Some(_) => format!("{year}-{part}-01/P1M"),
    }
}

/// A frequency of SDMX.
pub fn sdmx_frequency(kind: &str) -> &'static str {
    match kind {
        "month" => "M",
        "quarter" => "Q",
        "half" => "S",
        _ => "A",
    }
}

/// A period of SDMX: as published, but for half-years.
pub fn sdmx_period(period: &str) -> String {
    period.replace('H', "S")
}

/// A code of SDMX: letters, digits and `_@$-`.
pub fn sdmx_code(code: &str) -> String {
    match code {
        "_all" => "_T".to_owned(),
        "unknown" => "_U".to_owned(),
        _ => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '$' | '-');
            code.replace('+', "-MAX").chars().map(|c| if allowed(c) { c } else { '_' }).collect()
        }
    }
}

/// The nearest division above one, among those that occur.
pub fn parent<'a>(code: &'a str, divisions: &BTreeMap<String, String>) -> Option<&'a str> {
    let above = Level::ALL.into_iter().map(Level::digits).filter(|digits| *digits < code.len());
    above.map(|digits| &code[..digits]).filter(|code| divisions.contains_key(*code)).max_by_key(|code| code.len())
}

/// The unit of a kind of period, as codes of data elements have it.
pub fn kind_code(kind: &str) -> &'static str {
    match kind {
        "month" => "M",
        "quarter" => "Q",
        "half" => "H",
        _ => "Y",
    }
}

/// A text with what XML keeps for itself written out.
pub fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
