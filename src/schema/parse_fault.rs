//! What parsers of TOML and JSON say, in both languages. The lines of the file that they show are left as they are.

use std::fmt::Write as _;

use super::nearest::nearest;
use crate::error::{Words, words};

/// Why a TOML file cannot be read, with the line.
pub fn of_toml(error: &toml::de::Error) -> Words {
    let said = error.message();
    let zh = of_writing(said).map_or_else(|| of_serde(said), ToOwned::to_owned);
    let place = place_of(error);
    // Of a value that was read before, the keys around it are told instead of a line.
    let whole = || error.to_string().trim_end().replace(said.trim_end(), &in_english(said));
    let en = if place.is_empty() { whole() } else { in_english(said) };
    place.and(&Words::new(zh, en))
}

/// Why a text is no TOML, with the line: in Chinese what is usual there, whatever the parser says.
pub fn of_syntax(error: &toml::de::Error) -> Words {
    let said = error.message();
    let place = place_of(error);
    let line = shown_line(&place.en);
    // The parser calls a value that is not there one without quotes.
    if said.starts_with("string values must be quoted") && line.split('#').next().unwrap_or(line).trim().ends_with('=')
    {
        return place.and(&words!("`=` 后面缺少值", "there is no value behind `=`"));
    }
    let in_english = match in_english(said) {
        said if line.contains(['“', '”', '‘', '’', '＂']) => {
            format!("{said}; quotes must be straight ones: \"")
        }
        said => said,
    };
    place.and(&Words::new(of_writing(said).unwrap_or(NO_TOML), in_english))
}

/// The line of a file that the parser shows: `5 | city = …`.
fn shown_line(place: &str) -> &str {
    let lines = place.lines().filter_map(|line| line.split_once(" | "));
    let mut lines = lines.filter(|(number, _)| number.trim().parse::<u32>().is_ok());
    lines.next().map_or("", |(_, line)| line)
}

/// The place of a fault: the number of its line and column, and the line itself.
pub fn place_of(error: &toml::de::Error) -> Words {
    let all = error.to_string();
    let en = all.trim_end().strip_suffix(error.message().trim_end()).unwrap_or_default();
    let mut zh = String::new();
    for line in en.lines() {
        let place = line.strip_prefix("TOML parse error at line ").and_then(|rest| rest.split_once(", column "));
        let _ = match place {
            Some((line, column)) => writeln!(zh, "TOML 有误：第 {line} 行第 {column} 列"),
            None => writeln!(zh, "{line}"),
        };
    }
    Words::new(zh, en.to_owned())
}

/// What a parser of TOML says, with the key that may be meant.
fn in_english(said: &str) -> String {
    if let Some((given, wanted)) = of_value(said) {
        let given = if given == "map" { "a table, or a date without quotes" } else { given };
        return format!("it says {given}, where {} belongs", kind_in_english(wanted));
    }
    let unknown = said.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    match unknown.and_then(|(field, known)| meant(field, known)) {
        Some(meant) => format!("{said}; did you mean `{meant}`?"),
        None if said.starts_with("invalid unquoted key") => format!("{said}; such as [feeds.platform]"),
        None => said.trim_end().to_owned(),
    }
}

const NO_TOML: &str = "写法有误：每行写作 键 = 值，字符串须用英文双引号括起，说明文字前加 #";
const QUOTES: &str = "字符串须用英文双引号括起，引号须成对，如 city = \"3708\"";
const KEYS: &str = "键名和 [表] 的名称只能用字母、数字、- 和 _，推送的名称也是如此，如 [feeds.platform]";
const VALUES: &str = "值的写法有误：数字、true、false 直接写，日期和文字须用英文双引号括起";
const ESCAPES: &str = "反斜杠 \\ 后的写法有误：路径请用 /，或把反斜杠写成两个";

/// What is usual where a text is no TOML, by how the parser's complaint begins.
const WRITING: [(&str, &str); 38] = [
    ("missing opening quote", QUOTES),
    ("invalid basic string", QUOTES),
    ("invalid literal string", QUOTES),
    ("invalid multi-line", QUOTES),
    ("invalid string", QUOTES),
    ("string values must be quoted", QUOTES),
    ("invalid unquoted key", KEYS),
    ("unquoted keys cannot be empty", KEYS),
    ("keys cannot be multi-line", KEYS),
    ("invalid key", KEYS),
    ("invalid table", KEYS),
    ("missing key", KEYS),
    ("key with no value", "键后面缺少 `=` 和值"),
    ("missing value", "`=` 后面缺少值"),
    ("missing assignment", "键与值之间缺少 `=`"),
    ("extra `=`", "多了一个 `=`"),
    ("extra assignment", "多了一个 `=`"),
    ("unexpected `=`", "多了一个 `=`"),
    ("extra comma", "多了一个逗号"),
    ("missing comma", "各项之间须写英文逗号 `,`"),
    ("unclosed array table", "方括号没有闭合，缺少 `]]`"),
    ("unclosed array", "方括号没有闭合，缺少 `]`"),
    ("unclosed table", "方括号没有闭合，缺少 `]`"),
    ("unclosed inline table", "花括号没有闭合，缺少 `}`"),
    ("invalid inline table", "花括号内须写作 键 = 值，以英文逗号分隔"),
    ("unexpected", "此处不应再有内容：一行只写一个键，说明文字前加 #"),
    ("duplicate key", "同一个键写了两次"),
    ("carriage return", "换行符有误：请用编辑器另存"),
    ("invalid comment", "说明文字中有不可见的字符：请删去"),
    ("missing escaped", ESCAPES),
    ("too few unicode", ESCAPES),
    ("invalid escape", ESCAPES),
    ("invalid ", VALUES),
    ("redundant", VALUES),
    ("`_` may only", VALUES),
    ("radix must", VALUES),
    ("integers with", VALUES),
    ("integer number overflowed", "数字过大"),
];

fn of_writing(said: &str) -> Option<&'static str> {
    // What a reader of values says begins alike: `invalid type: …`.
    let of_value = ["invalid type", "invalid value: ", "invalid length"].iter().any(|start| said.starts_with(start));
    WRITING.iter().find(|(start, _)| !of_value && said.starts_with(start)).map(|(_, zh)| *zh)
}

/// Why a JSON file cannot be read, with the line.
pub fn of_json(error: &serde_json::Error) -> Words {
    let en = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = en.strip_suffix(&place).unwrap_or(&en);
    let (said, en) = (of_serde(said), en.replacen(said, &in_english(said), 1));
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
    if let Some((given, wanted)) = of_value(said) {
        let wanted = kind_of_value(wanted);
        // A day without quotes is a value of its own kind in TOML, and comes as a map.
        let quotes = if wanted == "文字" && !given.starts_with("string") { "（请加引号）" } else { "" };
        let given = if given == "map" { "没有引号的日期或表".to_owned() } else { kind_of_value(given) };
        let between = if wanted.starts_with(|c: char| c.is_ascii()) { " " } else { "" };
        return format!("值不合要求：写的是{given}，应为{between}{wanted}{quotes}");
    }
    match said {
        _ if said.starts_with("EOF while parsing") => "内容不完整，提前结束".to_owned(),
        _ if said.starts_with("trailing characters") => "结尾处有多余的字符".to_owned(),
        _ => format!("写法有误（解析器原话「{said}」）"),
    }
}

/// What is written, and what is expected, of a complaint about a value.
fn of_value(said: &str) -> Option<(&str, &str)> {
    let kinds = ["invalid type: ", "invalid value: ", "invalid length: "];
    let rest = kinds.into_iter().find_map(|kind| said.strip_prefix(kind))?;
    rest.trim_end().rsplit_once(", expected ")
}

/// A kind of value as people call it, not as the program does.
fn kind_in_english(wanted: &str) -> &str {
    match wanted {
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a map" => "a table",
        "a sequence" => "a list",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" | "unsigned integer" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "integer" => "a whole number",
        "f32" | "f64" | "floating point" => "a number",
        wanted if wanted.starts_with("struct ") => "a table",
        wanted => wanted,
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
        ("another kind of value", "其他类型的值"),
        ("\"all\" or a list of names", "\"all\" 或名称的列表"),
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
