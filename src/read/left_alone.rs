//! Files that nobody sends: what operating systems and editors leave behind in folders and archives.

/// Whether a name is that of such a file or folder, as `.DS_Store`, `~$名册.xlsx`, `Thumbs.db` and `desktop.ini` are.
pub fn is_of_the_system(name: &str) -> bool {
    const NAMES: [&str; 5] = ["__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN"];
    name.starts_with('.') || name.starts_with("~$") || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
