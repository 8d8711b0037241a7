//! Names that name nobody: masked ones, titles, roles, groups. A model declares them by their form.
//!
//! 群众, 家长, 李女士, 张**, 三年级二班: who writes so means somebody, but two who write so mean two. Such a
//! name says nothing in a linkage, not even that it differs from another.

use hashbrown::HashSet;
use serde::Deserialize;

use super::hanzi;
use crate::error::{Words, words};

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
    /// Marks that tell several of one role apart, after the role: 学生甲, 来访者乙.
    ordinals: String,
    /// What only a name's bearer in relation to another is called, after whatever else: 李母, 小明爸.
    kin_ends: String,
    /// What follows a surname and one character in a post: 李局长.
    post_ends: String,
    /// What no given name ends with, after two characters and more: 网格员, 低保户, 老师们.
    role_ends: String,
    /// In Latin letters: whole names, and words that no name begins with.
    latin: HashSet<String>,
    /// Letters of such a word that no name begins with, at least.
    latin_begins_from: usize,
    /// Characters before an end of one character that a group has, and that a role has, at least.
    before_group_end: usize,
    before_role_end: usize,
    /// Numbers that are part of a name between a surname and a counter: 张百岁.
    large_numbers: String,
    /// Surnames of one character. A name of Chinese characters that begins with none of them, or goes on for
    /// too long, may be somebody's or no name at all.
    surnames: HashSet<char>,
    /// Of how many…
    numbers: String,
    /// …of what.
    counters: String,
}

/// Characters of the longest end that is looked up.
const LONGEST_END: usize = 5;

/// What a name is by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// The form of a personal name.
    Somebody,
    /// Perhaps a name (扎西顿珠), perhaps none (留守儿童): it says something beside a whole birth date only.
    Unfamiliar,
    Nobody,
}

impl Nobody {
    /// What is missing beside what is declared.
    pub fn problems(&self) -> Vec<Words> {
        let needs = [
            (self.latin.is_empty(), self.latin_begins_from, "latin", "latin_begins_from"),
            (self.group_ends.is_empty(), self.before_group_end, "group_ends", "before_group_end"),
            (self.role_ends.is_empty(), self.before_role_end, "role_ends", "before_role_end"),
        ];
        let missing = needs.into_iter().filter(|(is_empty, number, ..)| !is_empty && *number == 0);
        missing
            .map(|(_, _, of, needed)| {
                words!("nobody：`{of}` 须同时写 `{needed}`，至少为 1", "nobody: `{of}` needs `{needed}`, of 1 at least")
            })
            .collect()
    }

    /// What a name is, written in the one form.
    pub fn naming(&self, name: &str) -> Naming {
        if self.is_meant_by(name) {
            return Naming::Nobody;
        }
        if self.surnames.is_empty() || name.contains('·') {
            return Naming::Somebody;
        }
        let chars: Vec<char> = name.chars().filter(|c| c.is_alphabetic() || hanzi::is_lost(*c)).collect();
        let is_surname = |at: usize| chars.get(at).is_some_and(|c| hanzi::is_lost(*c) || self.surnames.contains(c));
        let familiar = match (hanzi::surname_len(&chars), chars.len()) {
            (2, 3..=4) => true,
            (1, 2..=3) => is_surname(0),
            // Two surnames, of both parents or of a husband.
            (1, 4) => is_surname(0) && is_surname(1),
            _ => false,
        };
        if familiar && chars.iter().any(|c| hanzi::is_hanzi(*c)) { Naming::Somebody } else { Naming::Unfamiliar }
    }

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
            return self.is_latin_address(name);
        }
        let is_foreign = |c: &char| c.is_alphabetic() && !hanzi::is_hanzi(*c);
        chars.iter().any(|c| self.masks.contains(*c) || c.is_ascii_digit() || is_foreign(c))
            || (readable == 1 && chars.len() != 2)
            || self.is_title(name, &chars)
            || self.is_role_or_group(name, &chars)
    }

    /// ANON, STUDENT A: spaces do not stand in a name's one form.
    fn is_latin_address(&self, name: &str) -> bool {
        let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
        let begins = |word: &String| word.len() >= self.latin_begins_from && letters.starts_with(word.as_str());
        self.latin.contains(&letters) || self.latin.iter().any(begins)
    }

    /// 李女士, 欧阳老师, 老师, 老李, 李局长, 小明爸.
    fn is_title(&self, name: &str, chars: &[char]) -> bool {
        let after = |count: usize| name.char_indices().nth(count).map(|(at, _)| &name[at..]);
        let title = |count: usize| after(count).is_some_and(|rest| self.titles.contains(rest));
        self.titles.contains(name)
            || title(1)
            || (hanzi::surname_len(chars) == 2 && title(2))
            || (chars.len() == 2 && self.familiar.contains(chars[0]))
            || (chars.len() == 3 && self.post_ends.contains(chars[2]))
            || chars.last().is_some_and(|last| self.kin_ends.contains(*last))
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
        let is_counted = || match before {
            // 张百岁, but 高一班
            [first, number] if self.large_numbers.contains(*number) => !self.surnames.contains(first),
            _ => true,
        };
        (self.group_ends.contains(*last) && before.len() >= self.before_group_end && hanzi::surname_len(chars) == 1)
            || (self.role_ends.contains(*last) && before.len() >= self.before_role_end)
            || (self.counters.contains(*last) && before.last().is_some_and(is_number) && is_counted())
            || (self.ordinals.contains(*last) && self.is_role(&before.iter().collect::<String>()))
    }

    /// A role that an ordinal may follow.
    fn is_role(&self, name: &str) -> bool {
        let starts = name.char_indices().map(|(at, _)| at);
        self.words.contains(name)
            || self.titles.contains(name)
            || starts.rev().take(LONGEST_END).any(|at| self.ends.contains(&name[at..]))
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
