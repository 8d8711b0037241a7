//! Names of sheets: at most 31 characters, none of them reserved, none twice.

/// A name of a sheet that is not among those taken yet.
pub fn sheet_name(title: &str, taken: &mut Vec<String>) -> String {
    let plain: String = title.chars().map(|c| if "[]:*?/\\'".contains(c) { '_' } else { c }).collect();
    let mut name: String = plain.chars().take(31).collect();
    let mut nth = 2;
    while taken.contains(&name) {
        let end = format!(" ({nth})");
        name = plain.chars().take(31 - end.len()).chain(end.chars()).collect();
        nth += 1;
    }
    taken.push(name.clone());
    name
}
