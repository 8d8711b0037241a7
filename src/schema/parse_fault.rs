//! What parsers of TOML and JSON say, in both languages. The lines of the file that they show are left as they are.

use std::fmt::Write as _;

use super::nearest::nearest;
use crate::error::Words;

/// Why a TOML file cannot be read, with the line.
pub fn of_toml(error: &toml::de::Error) -> Words {
    let en = error.to_string().trim_end().to_owned();
    let mut zh = String::new();
    let said = error.message();
    for line in en.strip_suffix(said).unwrap_or_default().lines() {
        let place = line.strip_prefix("TOML parse error at line ").and_then(|rest| rest.split_once(", column "));
        let _ = match place {
            Some((line, column)) => writeln!(zh, "TOML 有误：第 {line} 行第 {column} 列"),
            None => writeln!(zh, "{line}"),
        };
    }
    zh.push_str(&of_serde(said));
    let unknown = said.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let meant = unknown.and_then(|(field, known)| meant(field, known));
    let en = meant.map_or_else(|| en.clone(), |meant| format!("{en}; did you mean `{meant}`?"));
    Words::new(zh, en)
}

/// Why a JSON file cannot be read, with the line.
pub fn of_json(error: &serde_json::Error) -> Words {
    let en = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = of_serde(en.strip_suffix(&place).unwrap_or(&en));
    let zh = match error.line() {
        0 => format!("JSON 有误：{said}"),
        line => format!("JSON 有误：第 {line} 行第 {} 列：{said}", error.column()),
    };
    Words::new(zh, en)
}

/// The usual complaints in Chinese; a rare one is quoted.
fn of_serde(said: &str) -> String {
    let named = |text: &str| text.replace("one of ", "").replace("` or `", "`、`").replace("`, `", "`、`");
    if let Some((field, known)) = said.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        let known = known.trim_start_matches(", ").trim_start_matches("expected ");
        return match known {
            "" | "there are no fields" => format!("没有 `{field}` 这个键"),
            _ => match meant(field, known) {
                Some(meant) => format!("没有 `{field}` 这个键；是否应为 `{meant}`？可用的键：{}", named(known)),
                None => format!("没有 `{field}` 这个键；可用的键：{}", named(known)),
            },
        };
    }
    if let Some((value, known)) =
        said.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, expected "))
    {
        return format!("`{value}` 不是可用的值；可用的值：{}", named(known));
    }
    if let Some(field) = said.strip_prefix("missing field `") {
        return format!("缺少键 `{}`", field.trim_end_matches('`'));
    }
    if let Some(field) = said.strip_prefix("duplicate field `") {
        return format!("键 `{}` 写了两次", field.trim_end_matches('`'));
    }
    for kind in ["invalid type: ", "invalid value: ", "invalid length: "] {
        if let Some((given, wanted)) = said.strip_prefix(kind).and_then(|rest| rest.rsplit_once(", expected ")) {
            let wanted = kind_of_value(wanted);
            // A day without quotes is a value of its own kind in TOML, and comes as a map.
            let quotes = if wanted == "文字" && !given.starts_with("string") { "（请加引号）" } else { "" };
            let given = if given == "map" { "没有引号的日期或表".to_owned() } else { kind_of_value(given) };
            return format!("值不合要求：写的是{given}，应为{wanted}{quotes}");
        }
    }
    match said {
        "duplicate key" => "同一个键写了两次".to_owned(),
        "unclosed table, expected `]`" | "unclosed array, expected `]`" => "方括号没有闭合，缺少 `]`".to_owned(),
        "unclosed inline table, expected `}`" => "花括号没有闭合，缺少 `}`".to_owned(),
        _ if said.contains("invalid basic string") => "字符串有误：引号没有闭合，或含有不允许的字符".to_owned(),
        _ if said.starts_with("key with no value") => "键后面缺少 `=` 和值".to_owned(),
        _ if said.starts_with("string values must be quoted") => "文字须写在英文双引号 \" 内".to_owned(),
        _ if said.starts_with("EOF while parsing") => "内容不完整，提前结束".to_owned(),
        _ if said.starts_with("trailing characters") => "结尾处有多余的字符".to_owned(),
        _ => format!("写法有误（解析器原话「{said}」）"),
    }
}

/// The known key that is nearest to one, of a list in backquotes.
fn meant<'k>(field: &str, known: &'k str) -> Option<&'k str> {
    nearest(field, known.split('`').skip(1).step_by(2), 1).first().copied()
}

/// `string "x"`, `integer `5`` and the like.
fn kind_of_value(text: &str) -> String {
    let kinds = [
        ("floating point", "小数"),
        ("a boolean", "true 或 false"),
        ("boolean", "布尔值"),
        ("integer", "整数"),
        ("a string", "文字"),
        ("string", "文字"),
        ("a map", "表"),
        ("map", "表"),
        ("a sequence", "列表"),
        ("sequence", "列表"),
        ("unsigned integer", "非负整数"),
        ("usize", "非负整数"),
        ("u8", "0 至 255 的整数"),
        ("u16", "0 至 65535 的整数"),
        ("u32", "非负整数"),
        ("u64", "非负整数"),
        ("i32", "整数"),
        ("i64", "整数"),
        ("f32", "数字"),
        ("f64", "数字"),
        ("null", "空值"),
    ];
    for (en, zh) in kinds {
        if let Some(rest) = text.strip_prefix(en)
            && (rest.is_empty() || rest.starts_with(' '))
        {
            return format!("{zh}{rest}");
        }
    }
    match text.strip_prefix("struct ") {
        Some(_) => "表".to_owned(),
        None if text.is_ascii() => format!("「{text}」"),
        None => text.to_owned(),
    }
}
