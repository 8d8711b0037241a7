//! What the nightly model calls its comparisons, levels and blocking rules, in Chinese, and its levels in English words.
//! What a model of somebody's own names otherwise keeps its name.

use std::borrow::Cow;

/// What is compared, in Chinese.
pub fn comparison_zh(name: &str) -> &str {
    match name {
        "name" => "姓名",
        "birth date" => "出生日期",
        "sex" => "性别",
        "ID number" => "证件号",
        "student number" => "学籍号",
        "phones" => "电话",
        "guardian" => "监护人",
        "residence" => "住址",
        "number" => "号码",
        "e-mail" => "电子邮箱",
        "phone" => "电话",
        "given name" => "名",
        "surname" => "姓",
        "second given name" => "第二个名",
        "second surname" => "第二个姓",
        "birth year" => "出生年",
        "birth month" => "出生月",
        "birth day" => "出生日",
        "date of birth" => "出生日期",
        "address" => "地址",
        "address 1" => "地址",
        "address 2" | "second address" => "地址（续）",
        "street number" => "门牌号",
        "postcode" => "邮政编码",
        "place" => "地名",
        "suburb" => "城区",
        "state" => "省（州）",
        "social security number" => "社会保障号",
        "guardian's phone" => "监护人电话",
        "age" => "年龄",
        "date" => "日期",
        "category" => "类别",
        "text" => "文字",
        other => other,
    }
}

/// How two values of a comparison relate to each other, in Chinese.
pub fn relation_zh<'a>(comparison: &str, relation: &'a str) -> Cow<'a, str> {
    if let Some(measured) = measured_zh(relation) {
        return Cow::Owned(measured);
    }
    Cow::Borrowed(match (comparison, relation) {
        (_, "equal") => "相同",
        (_, "else") => "不同",
        ("name" | "guardian", "swapped") => "字序颠倒",
        (_, "sound") => "同音",
        (_, "dialect") => "方言音近",
        (_, "shape") => "字形相近",
        (_, "lost") => "有字缺失",
        (_, "dropped") => "少一字",
        (_, "cut") => "被截短",
        (_, "one-character") => "一字不同",
        (_, "surname") => "仅姓相同",
        (_, "lunar") => "农历公历相合",
        (_, "swapped") => "月日颠倒",
        (_, "one-digit") => "差一位",
        (_, "first-of-year") => "同年、一为元旦",
        (_, "partial") => "已知部分相同",
        (_, "same-month") => "年月相同",
        (_, "two-parts") => "年月日中两项相同",
        (_, "same-year") => "仅年相同",
        (_, "near-year") => "年份相近",
        (_, "slip") => "差一位",
        (_, "same-text") => "相同（未通过校验）",
        (_, "masked") => "所示各位相同",
        (_, "shared") => "相同（多人使用）",
        (_, "two-valid") => "各有一个有效号码",
        (_, "own") => "本人号码相同",
        (_, "crossed") => "一方本人为另一方监护人号码",
        (_, "guardian") => "监护人号码相同",
        (_, "address") => "地址相同",
        (_, "village") => "同村（社区）",
        (_, "town") => "同镇街",
        (_, "county") => "同区县",
        (_, "initial") => "首字母相同",
        (_, "date-swapped") => "月日颠倒",
        (_, "date-digit") => "日期差一位",
        (_, "date-parts") => "年月日中两项相同",
        (_, other) => other,
    })
}

/// A relation that states a measure, in Chinese.
fn measured_zh(relation: &str) -> Option<String> {
    let (name, measure) = relation.split_once(' ')?;
    Some(match name {
        "edits" => format!("至多 {measure} 处不同"),
        "jaro-winkler" => format!("相似度不低于 {measure}"),
        "prefix" => format!("前 {measure} 个字符相同"),
        "within" => format!("相差不超过 {measure}"),
        "date-within" => format!("相差不超过 {measure} 天"),
        _ => return None,
    })
}

/// The same of all relations that a level names.
pub fn relations_zh(comparison: &str, level: &str) -> String {
    level.split(", ").map(|relation| relation_zh(comparison, relation)).collect::<Vec<_>>().join("或")
}

/// How two values of a comparison relate to each other, in English words.
fn relation_en<'a>(comparison: &str, relation: &'a str) -> Cow<'a, str> {
    if let Some(measured) = measured_en(relation) {
        return Cow::Owned(measured);
    }
    Cow::Borrowed(match (comparison, relation) {
        (_, "equal") => "the same",
        (_, "else") => "different",
        ("name" | "guardian", "swapped") => "characters in another order",
        (_, "sound") => "sounds the same",
        (_, "dialect") => "sounds alike in a dialect",
        (_, "shape") => "looks alike",
        (_, "lost") => "with lost characters",
        (_, "dropped") => "one character left out",
        (_, "cut") => "cut short",
        (_, "one-character") => "one character differs",
        (_, "surname") => "only the surname is the same",
        (_, "lunar") => "one day, lunar and solar",
        (_, "swapped" | "date-swapped") => "day and month swapped",
        (_, "one-digit" | "slip") => "one digit differs",
        (_, "first-of-year") => "one year, one of them 1 January",
        (_, "partial") => "the same as far as known",
        (_, "same-month") => "one year and month",
        (_, "two-parts" | "date-parts") => "two of year, month and day are the same",
        (_, "same-year") => "only the year is the same",
        (_, "near-year") => "years close to each other",
        (_, "same-text") => "the same, but not valid",
        (_, "masked") => "the digits shown are the same",
        (_, "shared") => "the same, used by several people",
        (_, "two-valid") => "a valid number each, which differ",
        (_, "own") => "own number the same",
        (_, "crossed") => "own number of one, guardian's of the other",
        (_, "guardian") => "guardian's number the same",
        (_, "address") => "one address",
        (_, "village") => "one village or community",
        (_, "town") => "one town or street",
        (_, "county") => "one county",
        (_, "initial") => "the same initial",
        (_, "date-digit") => "one digit of the date differs",
        (_, other) => other,
    })
}

/// A relation that states a measure, in English words.
fn measured_en(relation: &str) -> Option<String> {
    let (name, measure) = relation.split_once(' ')?;
    Some(match name {
        "edits" => format!("at most {measure} edits apart"),
        "jaro-winkler" => format!("similarity of {measure} or more"),
        "prefix" => format!("the first {measure} characters are the same"),
        "within" => format!("at most {measure} apart"),
        "date-within" => format!("at most {measure} days apart"),
        _ => return None,
    })
}

/// The same of all relations that a level names.
pub fn relations_en(comparison: &str, level: &str) -> String {
    level.split(", ").map(|relation| relation_en(comparison, relation)).collect::<Vec<_>>().join(" or ")
}

/// A blocking rule, in Chinese: what two rows have alike that are compared because of it.
pub fn rule_zh(name: &str) -> &str {
    match name {
        "ID number" => "证件号",
        "student number" => "学籍号",
        "front half of the ID number, name by sound" => "证件号前半、姓名同音",
        "end half of the ID number, surname" => "证件号后半、姓氏同音",
        "name by sound, birth date" => "姓名同音、出生日期",
        "name by sound, lunar birth date" => "姓名同音、农历出生日期",
        "surname and birth date" => "姓氏同音、出生日期",
        "given name by sound and birth date" => "名字同音、出生日期",
        "name, year of birth and sex" => "姓名、出生年份、性别",
        "phone and surname" => "电话、姓氏同音",
        "phone and given name" => "电话、名字同音",
        "name by sound and town" => "姓名同音、镇街",
        "name and county" => "姓名、区县",
        "address and sex" => "地址、性别",
        "birth date, sex and village" => "出生日期、性别、村（社区）",
        "surname, sex and village" => "姓氏同音、性别、村（社区）",
        "given name and village" => "名字同音、村（社区）",
        "phone and sex" => "电话、性别",
        other => other,
    }
}
