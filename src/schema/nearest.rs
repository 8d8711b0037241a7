//! How near a name is to another: for messages that name what may have been meant.

/// Single characters to put in, take out or exchange, to come from one text to the other.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (before + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            before = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

/// The known names that are nearest to one, nearest first, `most` at most; none that has little in common with it. Where
/// none is but few letters away, those that share most of its words.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    let letters = name.chars().count();
    let mut near: Vec<(usize, &str)> = known.map(|k| (distance(name, k), k)).collect();
    let all: Vec<&str> = near.iter().map(|(_, known)| *known).collect();
    near.retain(|(d, _)| *d <= letters / 2);
    near.sort_unstable();
    near.dedup();
    if near.is_empty() {
        near = sharing(name, &all);
    }
    near.into_iter().take(most).map(|(_, k)| k).collect()
}

/// Names that share most of the parts of one, whatever else they say, those with least else first: words, or pairs of
/// letters of what is written without blanks.
fn sharing<'k>(name: &str, known: &[&'k str]) -> Vec<(usize, &'k str)> {
    let wanted = parts(name);
    let share = |known: &str| {
        let of_known = parts(known);
        let common = wanted.iter().filter(|part| of_known.contains(part)).count();
        (common * 2 >= wanted.len() && common > 0).then(|| of_known.len() + wanted.len() - 2 * common)
    };
    let mut near: Vec<(usize, &str)> = known.iter().filter_map(|known| Some((share(known)?, *known))).collect();
    near.sort_unstable();
    near.dedup();
    near
}

fn parts(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    if name.is_ascii() {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2);
        return words.map(str::to_owned).collect();
    }
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}
