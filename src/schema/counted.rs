//! What an indicator counts, in words: `count_of` of its declaration.

use super::indicator::{Denominator, Indicator, Unit};
use crate::error::{Words, words};

/// The word of a declaration: the Chinese measure word and noun, the English plural.
const COUNTED: [[&str; 4]; 19] = [
    ["activity", "场", "活动", "activities"],
    ["clinician", "名", "医务人员", "clinicians"],
    ["contact", "", "人次", "contacts"],
    ["county", "个", "县（市、区）", "counties"],
    ["hospital", "家", "医疗卫生机构", "health institutions"],
    ["incident", "起", "案（事）件", "incidents"],
    ["item", "", "项", "items"],
    ["level", "", "级", "levels"],
    ["person", "", "人", "persons"],
    ["response", "份", "答卷", "responses"],
    ["school", "所", "学校", "schools"],
    ["site", "个", "站点", "sites"],
    ["site-month", "个", "站点月", "site-months"],
    ["team", "支", "队伍", "teams"],
    ["test", "", "人次", "tests"],
    ["town", "个", "乡镇（街道）", "towns"],
    ["unit", "家", "单位", "employers and offices"],
    ["village", "个", "村（居）", "villages"],
    ["visit", "", "人次", "visits"],
];

/// What is counted as it stands behind a number, by the word of a declaration: `所学校`, `schools`. A word that is not
/// known stands for itself.
pub fn counted(count_of: &str) -> Words {
    of(count_of).map_or_else(
        || words!("个 {count_of}", "{count_of}"),
        |[_, measure, noun, en]| words!("{measure}{noun}", "{en}"),
    )
}

fn of(count_of: &str) -> Option<&'static [&'static str; 4]> {
    COUNTED.iter().find(|[word, ..]| *word == count_of)
}

impl Indicator {
    /// What it counts, as it stands behind a number.
    pub fn counted(&self) -> Words {
        counted(&self.count_of)
    }

    /// What it counts, by itself: `学校`, `schools`.
    pub fn thing(&self) -> Words {
        of(&self.count_of).map_or_else(|| Words::plain(&self.count_of), |[_, _, noun, en]| Words::new(*noun, *en))
    }

    /// The numerator is a part of the denominator, so that it can never be larger.
    pub fn is_of_part(&self) -> bool {
        self.unit == Unit::Percent && matches!(self.denominator, Denominator::Part(_))
    }
}
