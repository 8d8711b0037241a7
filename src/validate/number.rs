//! Reads numbers as people write them.

/// Units that may follow a number without changing its value, after NFKC (㎡ has become `m2`); longer ones first.
/// Percent signs and 万 are not in the list because they change the value.
const UNITS: [&str; 27] = [
    "平方米",
    "周岁",
    "人次",
    "平米",
    "m2",
    "M2",
    "人",
    "名",
    "个",
    "次",
    "场",
    "岁",
    "级",
    "分",
    "题",
    "年",
    "种",
    "类",
    "支",
    "队",
    "间",
    "位",
    "户",
    "家",
    "所",
    "项",
    "平",
];

/// Removes units and thousands separators; `None` unless only digits, sign, point and exponent are left.
fn plain(cleaned: &str) -> Option<String> {
    let text = UNITS.iter().find_map(|u| cleaned.strip_suffix(u)).map_or(cleaned, str::trim_end);
    let (negative, rest) = match text.strip_prefix(['-', '−', '+']) {
        Some(rest) => (!text.starts_with('+'), rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((m, e)) => (m, Some(e)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((w, f)) => (w, Some(f)),
        None => (mantissa, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let whole = if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next().is_some_and(|g| matches!(g.len(), 1..=3) && digits(g));
        if !first || !groups.all(|g| g.len() == 3 && digits(g)) {
            return None;
        }
        whole.replace(',', "")
    } else {
        whole.to_owned()
    };
    if !digits(&whole) || !fraction.is_none_or(digits) || whole.is_empty() && fraction.is_none_or(str::is_empty) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    if negative {
        out.push('-');
    }
    out.push_str(if whole.is_empty() { "0" } else { &whole });
    if let Some(fraction) = fraction.map(|f| f.trim_end_matches('0')).filter(|f| !f.is_empty()) {
        out.push('.');
        out.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if power.is_empty() || !digits(power) {
            return None;
        }
        out.push('e');
        out.push_str(exponent);
    }
    Some(out)
}

/// Reads a number; `None` if the text is not one or is beyond the range of 64 bits.
pub fn float(cleaned: &str) -> Option<f64> {
    let value: f64 = plain(cleaned)?.parse().ok()?;
    // Adding zero turns -0 into 0, so that equal numbers have equal hashes.
    value.is_finite().then_some(value + 0.0)
}

/// Reads a whole number; `12.0` is one, `12.5` is not.
pub fn integer(cleaned: &str) -> Option<i64> {
    let text = plain(cleaned)?;
    if !text.contains(['.', 'e']) {
        return text.parse().ok();
    }
    let value: f64 = text.parse().ok()?;
    (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
}

/// A fast path for short runs of ASCII digits, which most cells of number fields are.
pub fn short_digits(raw: &str) -> Option<i64> {
    if raw.is_empty() || raw.len() > 15 {
        return None;
    }
    raw.bytes().try_fold(0_i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}
