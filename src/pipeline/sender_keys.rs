//! Public keys of senders: the workbook of rows that one must mend is encrypted to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::deliver::encrypt::Recipient;
use crate::diag::is_county_code;
use crate::error::{Error, Words, words};
use crate::schema::Source;

/// How the workbook of a sender is laid down.
#[derive(Clone, Copy)]
pub enum Closing<'k> {
    /// In the clear.
    Open,
    Encrypted(&'k [Recipient]),
    /// It would be encrypted, and there is no key of the sender.
    NoKey,
}

impl<'k> Closing<'k> {
    /// How that of this sender is, by the keys of all if workbooks are encrypted.
    pub fn of(keys: Option<&'k SenderKeys>, county: &str, source: Source) -> Self {
        match keys {
            None => Closing::Open,
            Some(keys) => keys.of(county, source).map_or(Closing::NoKey, Closing::Encrypted),
        }
    }
}

/// Public keys by sender. A file of the folder is named after the county, or after county and source:
/// `370811.txt`, `370811_school.txt`; the narrower one goes first.
#[derive(Clone, Debug, Default)]
pub struct SenderKeys(BTreeMap<(String, Option<Source>), Vec<Recipient>>);

impl SenderKeys {
    /// Reads a folder; what is wrong with it, file by file.
    pub fn read(folder: &Path, sources: &BTreeSet<Source>) -> (SenderKeys, Vec<Words>) {
        let mut keys = SenderKeys::default();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => return (keys, vec![Error::input(folder, e).in_words()]),
        };
        let mut problems = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // What systems leave behind.
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let Some(sender) = sender_of(&name, sources) else {
                problems.push(words!(
                    "{name}：文件名应为“区县代码.txt”或“区县代码_来源.txt”，如 370811.txt、370811_school.txt",
                    "{name}: a file is named COUNTY.txt or COUNTY_SOURCE.txt, like 370811.txt and 370811_school.txt"
                ));
                continue;
            };
            let text = fs::read_to_string(&path).map_err(|e| Error::input(&path, e).in_words());
            match text.and_then(|text| Recipient::list(&text)) {
                Ok(recipients) => {
                    keys.0.insert(sender, recipients);
                }
                Err(said) => problems.push(Words::new(format!("{name}：{}", said.zh), format!("{name}: {}", said.en))),
            }
        }
        problems.sort_by(|a, b| a.en.cmp(&b.en));
        (keys, problems)
    }

    fn of(&self, county: &str, source: Source) -> Option<&[Recipient]> {
        let own = self.0.get(&(county.to_owned(), Some(source)));
        own.or_else(|| self.0.get(&(county.to_owned(), None))).map(Vec::as_slice)
    }
}

fn sender_of(name: &str, sources: &BTreeSet<Source>) -> Option<(String, Option<Source>)> {
    let sender = name.strip_suffix(".txt")?;
    let (county, source) = match sender.split_once('_') {
        Some((county, source)) => (county, Some(*sources.iter().find(|s| s.as_str() == source)?)),
        None => (sender, None),
    };
    is_county_code(county).then(|| (county.to_owned(), source))
}
