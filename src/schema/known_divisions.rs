//! The real divisions of four cities, which are part of the program: a new store of one of them needs no list, and
//! invented data lie in places that exist.

const DIVISIONS: &str = include_str!("data/divisions.txt");

/// All `(code, name)` of the built-in divisions, codes of 2 to 12 digits; parents come before children.
pub fn known_divisions() -> impl Iterator<Item = (String, &'static str)> {
    let mut prefix = String::new();
    DIVISIONS.lines().map(move |line| {
        let (keep, digits, rest) = match line.as_bytes()[0] {
            b'=' => (0, 2, &line[1..]),
            b'#' => (2, 2, &line[1..]),
            b'-' => (4, 2, &line[1..]),
            b'+' => (6, 3, &line[1..]),
            _ => (9, 3, line),
        };
        prefix.truncate(keep);
        prefix.push_str(&rest[..digits]);
        (prefix.clone(), &rest[digits..])
    })
}

/// `(code, name)` of the cities whose divisions are built in, by code.
pub fn known_cities() -> Vec<(String, &'static str)> {
    let mut cities: Vec<_> = known_divisions().filter(|(code, _)| code.len() == 4).collect();
    cities.sort();
    cities
}
