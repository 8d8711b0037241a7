//! The text of a config as the settings it writes. What is wrong in it (a key that there is not, a value of another kind,
//! a key that is missing) is told, left out or filled in, and the rest is read on, so that all of it is told at once.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::raw_config::RawConfig;
use crate::error::{Error, Words, words};
use crate::schema::parse_fault::{of_syntax, of_toml, place_of};

/// More faults than that are no slips of somebody who writes a config.
const MOST_FAULTS: usize = 100;

/// The settings of a config's file with its text, and what is wrong with its keys and kinds of values. Of a text that is no TOML the
/// first fault alone is told, and there are no settings. Where anything is wrong, what is filled in stands among the
/// settings, and nobody is to work with them.
pub(super) fn read(path: &Path) -> (Option<(RawConfig, String)>, Vec<Words>) {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return (None, vec![unread(path, e)]),
    };
    let (text, encoding) = decoded(&bytes);
    if encoding != ConfigEncoding::Utf8 {
        return (None, vec![encoding.refused()]);
    }
    let (raw, faults) = settings(&text);
    (raw.map(|raw| (raw, text)), faults)
}

fn settings(text: &str) -> (Option<RawConfig>, Vec<Words>) {
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(e) => return (None, vec![of_syntax(&e)]),
    };
    let mut reading =
        ConfigReading { document, problems: Vec::new(), told: Vec::new(), filled: Vec::new(), next: text.len() };
    for _ in 0..MOST_FAULTS {
        let mut error = match RawConfig::deserialize(Deserializer::from(reading.document.clone())) {
            Ok(mut raw) => {
                reading.leave_out_filled(&mut raw);
                return (Some(raw), reading.problems);
            }
            Err(e) => e,
        };
        if !reading.is_of_filler(&error) {
            error.set_input(Some(text));
        }
        if !reading.go_on_after(&error) {
            break;
        }
    }
    (None, reading.problems)
}

/// How the text of a config is written. Only UTF-8 is read, but what a Windows editor made of it is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigEncoding {
    Utf8,
    /// Either order of bytes.
    Utf16,
    /// What Chinese Windows calls ANSI.
    Gb18030,
    Unknown,
}

impl ConfigEncoding {
    fn refused(self) -> Words {
        let save = words!(
            "请在编辑器中另存为 UTF-8（记事本：另存为，编码选 UTF-8）",
            "save it as UTF-8 in an editor (Notepad: Save as, encoding UTF-8)"
        );
        let is = match self {
            ConfigEncoding::Utf8 => Words::default(),
            ConfigEncoding::Utf16 => {
                words!("是 UTF-16 编码的文本，不是 UTF-8", "it is no text in UTF-8, but in UTF-16")
            }
            ConfigEncoding::Gb18030 => words!(
                "是 GB18030 编码（记事本称为 ANSI）的文本，不是 UTF-8",
                "it is no text in UTF-8, but in GB18030 (ANSI, as Notepad says)"
            ),
            ConfigEncoding::Unknown => words!("不是 UTF-8 编码的文本", "it is no text in UTF-8"),
        };
        is.and(&words!("：", ": ")).and(&save)
    }
}

/// The text of a config in whatever encoding it is, without a byte order mark.
pub fn decoded(bytes: &[u8]) -> (String, ConfigEncoding) {
    let zeros = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 8 > bytes.len();
    let wide = match bytes {
        [0xFF, 0xFE, ..] => Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] => Some(encoding_rs::UTF_16BE),
        _ if zeros(1) => Some(encoding_rs::UTF_16LE),
        _ if zeros(0) => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    if let Some(wide) = wide {
        return (wide.decode(bytes).0.into_owned(), ConfigEncoding::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), ConfigEncoding::Utf8);
    }
    let (text, has_faults) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    (text.into_owned(), if has_faults { ConfigEncoding::Unknown } else { ConfigEncoding::Gb18030 })
}

/// Why a config cannot be read, and what to do about it.
fn unread(path: &Path, e: std::io::Error) -> Words {
    let todo = match e.kind() {
        std::io::ErrorKind::NotFound => words!(
            "请在存储的文件夹中运行，或用 --config 指明配置文件",
            "run this in the folder of the store, or name its config with --config"
        ),
        _ => Words::default(),
    };
    let said = Error::input(path, e).without_place();
    if todo.is_empty() { said } else { said.and(&todo.in_brackets()) }
}

/// The keys that stand above all tables.
pub(super) fn top_level_keys() -> Vec<String> {
    // Whoever reads a table says what it knows when it meets a key that it does not.
    let said = toml::from_str::<RawConfig>("\"\" = 0").err().map(|e| e.message().to_owned()).unwrap_or_default();
    said.split('`').skip(3).step_by(2).map(ToOwned::to_owned).collect()
}

/// That a key of a table belongs above all tables.
pub(super) fn misplaced(key: &str, table: &str) -> Words {
    words!(
        "`{key}` 写在 {table} 之内，但它须写在所有 [表] 之前",
        "`{key}` stands in {table}, but belongs above all [tables]"
    )
}

/// A step from a table to what lies in it.
#[derive(Clone, Debug, PartialEq)]
enum DocumentStep {
    Key(String),
    At(usize),
}

struct ConfigReading<'t> {
    document: Spanned<DeTable<'t>>,
    problems: Vec<Words>,
    /// Where keys were told of that are now left out.
    told: Vec<Vec<DocumentStep>>,
    /// Where keys are filled in.
    filled: Vec<Vec<DocumentStep>>,
    /// A place behind the text, where no other filler stands.
    next: usize,
}

impl ConfigReading<'_> {
    /// Tells a fault and leaves out or fills in what it is about; whether that could be done.
    fn go_on_after(&mut self, error: &toml::de::Error) -> bool {
        let Some(span) = error.span() else {
            self.problems.push(of_toml(error));
            return false;
        };
        if let Some(missing) = error.message().strip_prefix("missing field `") {
            let key = missing.trim_end_matches('`').to_owned();
            return self.fill(&key, &span, error);
        }
        let Some(path) = path_of(self.document.get_ref(), &|key, value| {
            let within = |whole: Range<usize>| whole.start <= span.start && span.end <= whole.end;
            key == span || value.span() == span || !value.get_ref().is_table() && within(value.span())
        }) else {
            self.problems.push(of_toml(error));
            return false;
        };
        if self.filled.contains(&path) {
            return self.fill_otherwise(&path);
        }
        self.problems.push(self.told_of(&path, error));
        self.take_out(&path);
        self.told.push(path);
        true
    }

    /// What is said of a key that stands where it does not belong, or whose value is wrong.
    fn told_of(&self, path: &[DocumentStep], error: &toml::de::Error) -> Words {
        let Some((DocumentStep::Key(key), above)) = path.split_last() else { return of_toml(error) };
        // What stands below `[feeds]` itself is taken for a feed.
        let is_unknown =
            error.message().starts_with("unknown field") || above == [DocumentStep::Key("feeds".to_owned())];
        if above.is_empty() || !is_unknown || !top_level_keys().contains(key) {
            return of_toml(error);
        }
        place_of(error).and(&misplaced(key, &header(above)))
    }

    fn take_out(&mut self, path: &[DocumentStep]) {
        if let Some((DocumentStep::Key(key), above)) = path.split_last()
            && let Some(table) = table_at(self.document.get_mut(), above)
        {
            table.remove(key.as_str());
        }
    }

    /// Puts a word in the place of a key that is missing; told is that only where it had not been told of before.
    fn fill(&mut self, key: &str, table: &Range<usize>, error: &toml::de::Error) -> bool {
        let is_it = |value: &Spanned<DeValue<'_>>| value.get_ref().is_table() && value.span() == *table;
        let above = table_of(self.document.get_ref(), &is_it).unwrap_or_default();
        let path = [above.clone(), vec![DocumentStep::Key(key.to_owned())]].concat();
        let is_known = self.told.contains(&path) || self.filled.iter().any(|filled| above.starts_with(filled));
        if self.filled.contains(&path) {
            return false;
        }
        if !is_known {
            self.problems.push(of_toml(error));
        }
        self.filled.push(path.clone());
        self.put(&path, DeValue::String("?".into()))
    }

    /// A filler of another kind, where the one that stands there does not fit.
    fn fill_otherwise(&mut self, path: &[DocumentStep]) -> bool {
        let Some((DocumentStep::Key(key), above)) = path.split_last() else { return false };
        let before = table_at(self.document.get_mut(), above).and_then(|table| table.remove(key.as_str()));
        match before.map(Spanned::into_inner) {
            Some(DeValue::String(_)) => self.put(path, DeValue::Array(std::iter::empty().collect())),
            Some(DeValue::Array(_)) => self.put(path, DeValue::Table(DeTable::new())),
            _ => false,
        }
    }

    fn put(&mut self, path: &[DocumentStep], value: DeValue<'static>) -> bool {
        let Some((DocumentStep::Key(key), above)) = path.split_last() else { return false };
        let span = self.next + 1..self.next + 2;
        self.next += 2;
        let Some(table) = table_at(self.document.get_mut(), above) else { return false };
        table.insert(Spanned::new(span.clone(), key.clone().into()), Spanned::new(span, value));
        true
    }

    /// Whether a fault is of what was filled in, which stands nowhere in the text.
    fn is_of_filler(&self, error: &toml::de::Error) -> bool {
        error.span().is_some_and(|span| {
            path_of(self.document.get_ref(), &|_, value| value.span() == span)
                .is_some_and(|path| self.filled.contains(&path))
        })
    }

    /// A feed or a scope that lacks something is judged no further, and of the city nothing false is said.
    fn leave_out_filled(&self, raw: &mut RawConfig) {
        for path in &self.filled {
            match path.as_slice() {
                [DocumentStep::Key(feeds), DocumentStep::Key(name), ..] if feeds == "feeds" => {
                    drop(raw.feeds.remove(name))
                }
                [DocumentStep::Key(scopes), ..] if scopes == "profile_scope" => {
                    raw.profile_scope.retain(|s| s.profile != "?")
                }
                [DocumentStep::Key(city)] if city == "city" => raw.city = "0000".to_owned(),
                [DocumentStep::Key(folder)] => {
                    let place = match folder.as_str() {
                        "store" => &mut raw.store,
                        "inbox" => &mut raw.inbox,
                        "reference" => &mut raw.reference,
                        _ => continue,
                    };
                    // Folders that are not named lie in none that is.
                    *place = format!("?{folder}");
                }
                _ => {}
            }
        }
    }
}

/// The way to a key that fits: by its own place in the text and its value. The deepest comes first.
fn path_of(
    table: &DeTable<'_>,
    fits: &dyn Fn(Range<usize>, &Spanned<DeValue<'_>>) -> bool,
) -> Option<Vec<DocumentStep>> {
    table.iter().find_map(|(key, value)| {
        let own = DocumentStep::Key(key.get_ref().to_string());
        let below = match value.get_ref() {
            DeValue::Table(below) => path_of(below, fits).map(|path| [vec![own.clone()], path].concat()),
            DeValue::Array(items) => items.iter().enumerate().find_map(|(n, item)| match item.get_ref() {
                DeValue::Table(below) => {
                    path_of(below, fits).map(|path| [vec![own.clone(), DocumentStep::At(n)], path].concat())
                }
                _ => None,
            }),
            _ => None,
        };
        below.or_else(|| fits(key.span(), value).then(|| vec![own]))
    })
}

/// The way to a table that fits, the deepest first.
fn table_of(table: &DeTable<'_>, fits: &dyn Fn(&Spanned<DeValue<'_>>) -> bool) -> Option<Vec<DocumentStep>> {
    let of_value = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::Table(below) => table_of(below, fits).or_else(|| fits(value).then(Vec::new)),
        _ => None,
    };
    table.iter().find_map(|(key, value)| {
        let own = DocumentStep::Key(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Array(items) => items.iter().enumerate().find_map(|(n, item)| {
                of_value(item).map(|path| [vec![own.clone(), DocumentStep::At(n)], path].concat())
            }),
            _ => of_value(value).map(|path| [vec![own.clone()], path].concat()),
        }
    })
}

fn table_at<'d, 't>(table: &'d mut DeTable<'t>, path: &[DocumentStep]) -> Option<&'d mut DeTable<'t>> {
    let mut at = table;
    let mut steps = path.iter();
    while let Some(DocumentStep::Key(key)) = steps.next() {
        at = match at.get_mut(key.as_str())?.get_mut() {
            DeValue::Table(below) => below,
            DeValue::Array(items) => match steps.next() {
                Some(DocumentStep::At(n)) => match items.get_mut(*n)?.get_mut() {
                    DeValue::Table(below) => below,
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
    }
    Some(at)
}

/// A table as its header is written: `[feeds.city]`, `[[profile_scope]]`.
fn header(path: &[DocumentStep]) -> String {
    let is_bare = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let keys = path.iter().filter_map(|step| match step {
        DocumentStep::Key(key) if is_bare(key) => Some(key.clone()),
        DocumentStep::Key(key) => Some(format!("\"{key}\"")),
        DocumentStep::At(_) => None,
    });
    let name = keys.collect::<Vec<_>>().join(".");
    if path.iter().any(|step| matches!(step, DocumentStep::At(_))) {
        format!("[[{name}]]")
    } else {
        format!("[{name}]")
    }
}
