//! Standard forms.

use std::sync::LazyLock;

use super::table::{CharTable, grouped};

static FORMS: LazyLock<CharTable<char>> = LazyLock::new(|| {
    let mut forms = CharTable::new();
    for (form, chars) in grouped(include_str!("data/plain.txt")) {
        let form = form.chars().next().expect("a standard form");
        for c in chars.chars() {
            forms.set(c, form);
        }
    }
    forms
});

/// The simplified, standard form of a traditional character or a variant; any other stands for itself.
///
/// Only what has one standard form is changed: 乾 and 於 stay, and so do characters that the table of
/// 2013 made standard for names (喆, 堃, 昇, 淼). Kangxi radicals and compatibility ideographs become the
/// characters they look like, and the private-use code points of early GBK, such as 䶮's, theirs.
pub fn plain(c: char) -> char {
    match FORMS.get(c) {
        '\0' => c,
        form => form,
    }
}
