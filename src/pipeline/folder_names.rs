//! The name that a folder of the inbox should have, guessed from the one that it has.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::schema::Source;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::nearest::distance;

/// The code of the county that a name is about: it holds the code, or the county's name.
pub(super) fn county(name: &str, divisions: &Divisions) -> Option<String> {
    let name = plain(name);
    let name = name.as_str();
    let digits: Vec<char> = name.chars().collect();
    for start in 0..digits.len() {
        let code: String = digits[start..].iter().take_while(|c| c.is_ascii_digit()).take(6).collect();
        if divisions.is_county(&code) {
            return Some(code);
        }
    }
    let of_name = |(code, full): (&str, &str)| {
        let short = full.trim_end_matches(['区', '县', '市']);
        let named = name.contains(full) || (short.chars().count() >= 2 && name.contains(short));
        named.then(|| code.to_owned())
    };
    let slip = |(code, full): (&str, &str)| is_slip(name, full).then(|| code.to_owned());
    let counties = || divisions.of_level(Level::County);
    only(counties().filter_map(of_name)).or_else(|| only(counties().filter_map(slip)))
}

/// A name without the forms that look alike: digits and letters of full width, and spaces around it.
fn plain(name: &str) -> String {
    name.nfkc().collect::<String>().trim().to_owned()
}

/// What is found, if it is one thing.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether a name is another in which one character is wrong, or two stand in each other's place.
fn is_slip(name: &str, full: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let same_length = name.chars().count() == full.chars().count() && full.chars().count() >= 3;
    same_length && (distance(name, full) == 1 || distance(name, full) == 2 && sorted(name) == sorted(full))
}

/// What people call the senders whose folders have these names.
const CALLED: [(&str, &[&str]); 4] = [
    ("hospital", &["医院", "医疗", "卫健", "卫生", "精卫"]),
    ("school", &["学校", "教育", "中小学", "中学", "小学"]),
    ("police", &["公安", "政法", "派出所", "司法"]),
    ("station", &["驿站", "服务站", "心理站", "社区", "街道", "乡镇", "站点"]),
];

/// The source that a name is about: the same in other letters, in the plural, or what people call the sender.
pub fn source(name: &str, sources: &BTreeSet<Source>) -> Option<String> {
    let plain = plain(name).to_lowercase();
    let latin = |source: &&Source| plain.trim_end_matches('s') == source.as_str() || plain.contains(source.as_str());
    let called = |source: &&Source| {
        CALLED.iter().any(|(of, words)| *of == source.as_str() && words.iter().any(|word| plain.contains(word)))
    };
    let meant = sources.iter().find(latin).or_else(|| sources.iter().find(called));
    meant.map(|source| source.as_str().to_owned())
}
