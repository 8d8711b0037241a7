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

/// The known names that are nearest to one, nearest first, `most` at most; none that has little in common with it.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    let letters = name.chars().count();
    let mut near: Vec<(usize, &str)> = known.map(|k| (distance(name, k), k)).collect();
    near.retain(|(d, _)| *d <= letters / 2);
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(most).map(|(_, k)| k).collect()
}
