//! Names that name nobody: masked ones, titles, roles, groups. A model declares them by their form.
//!
//! 群众, 家长, 李女士, 张**, 三年级二班: who writes so means somebody, but two who write so mean two. Such a
//! name says nothing in a linkage, not even that it differs from another.

use hashbrown::HashSet;
use serde::Deserialize;

use super::hanzi;

/// Forms as a model declares them; of none by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Nobody {
    /// Whole names.
    words: HashSet<String>,
    /// Characters that hide others, in a name of Chinese characters.
    masks: String,
    /// What no name holds.
    contains: Vec<String>,
    /// Roles, kin, places and groups, after whatever else.
    ends: HashSet<String>,
    /// Ends of one character, after three others.
    group_ends: String,
    /// After a surname, or alone.
    titles: HashSet<String>,
    /// Before a surname and nothing else.
    familiar: String,
    /// Of how many…
    numbers: String,
    /// …of what.
    counters: String,
}

/// Characters of the longest end that is looked up.
const LONGEST_END: usize = 5;
/// Characters before an end of one character that a group has.
const BEFORE_GROUP_END: usize = 3;

impl Nobody {
    /// Whether a name, written in the one form, names nobody.
    pub fn is_meant_by(&self, name: &str) -> bool {
        // Of a name that lost several characters on its way, what is left is anybody's.
        let has_lost = || name.contains(char::REPLACEMENT_CHARACTER);
        let is_left = || name.chars().filter(|c| !hanzi::is_lost(*c)).count() >= 2;
        if name.is_empty() || has_lost() && !is_left() || self.words.contains(name) {
            return true;
        }
        if name.contains(['(', '[', '【', '〔']) {
            // What stands in brackets explains the name.
            let outside = without_brackets(name);
            return self.is_meant_by(&outside);
        }
        let chars: Vec<char> = name.chars().collect();
        let readable = chars.iter().filter(|c| c.is_alphabetic() && !self.masks.contains(**c)).count();
        if readable == 0 || self.contains.iter().any(|word| name.contains(word.as_str())) {
            return true;
        }
        if !chars.iter().any(|c| hanzi::is_hanzi(*c)) {
            return false;
        }
        chars.iter().any(|c| self.masks.contains(*c) || c.is_ascii_digit())
            || (readable == 1 && chars.len() != 2)
            || self.is_title(name, &chars)
            || self.is_role_or_group(name, &chars)
    }

    /// 李女士, 欧阳老师, 老师, 老李.
    fn is_title(&self, name: &str, chars: &[char]) -> bool {
        let after = |count: usize| name.char_indices().nth(count).map(|(at, _)| &name[at..]);
        let title = |count: usize| after(count).is_some_and(|rest| self.titles.contains(rest));
        self.titles.contains(name)
            || title(1)
            || (hanzi::surname_len(chars) == 2 && title(2))
            || (chars.len() == 2 && self.familiar.contains(chars[0]))
            // 老李头, 小王同学
            || (self.familiar.contains(chars[0]) && chars.len() == 4 && title(2))
    }

    fn is_role_or_group(&self, name: &str, chars: &[char]) -> bool {
        let starts = name.char_indices().map(|(at, _)| at);
        if starts.rev().take(LONGEST_END).any(|at| self.ends.contains(&name[at..])) {
            return true;
        }
        let Some((last, before)) = chars.split_last() else { return true };
        let is_number = |c: &char| self.numbers.contains(*c);
        (self.group_ends.contains(*last) && before.len() >= BEFORE_GROUP_END && hanzi::surname_len(chars) == 1)
            || (self.counters.contains(*last) && before.last().is_some_and(is_number))
    }
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0;
    let outside = name.chars().filter(|c| match c {
        '(' | '[' | '【' | '〔' => {
            depth += 1;
            false
        }
        ')' | ']' | '】' | '〕' => {
            depth = 0;
            false
        }
        _ => depth == 0,
    });
    outside.collect()
}
