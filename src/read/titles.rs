//! What findings say of the titles of columns: which are missing or unknown, and what may be meant by them, as 居住状态
//! where 居住状况 is a field.

use std::collections::HashSet;
use std::sync::Arc;

use super::header::{names_another_person, normalise};
use super::recognise::{Header, Near};
use crate::diag::{Code, Detail, InBoth, Nearest, Severity};
use crate::schema::disclosing::shown_title;
use crate::schema::{Field, Source, Table};

/// Findings about the columns of a recognised header.
pub(super) fn column_details(table: &Table, header: &Header) -> Vec<(Code, Severity, Detail)> {
    let warning = |code, detail| (code, Severity::Warning, detail);
    let labels = shown_labels(table, &header.unknown);
    let held = |field: &usize| header.columns.iter().any(|(_, f)| f == field);
    let free = (0..table.fields.len()).filter(|f| !held(f)).map(|f| &table.fields[f]);
    let meant = meant_by(&labels, free, header.by_name);
    let missing = header.missing.iter().map(|f| {
        let title = called(&table.fields[*f], header.by_name);
        let detail = match meant.iter().find(|(_, meant)| *meant == title) {
            Some(pair) => Detail::Meant(Arc::new(pair.clone())),
            None if !header.untitled.is_empty() => Detail::Untitled(Arc::new((title, counted(&header.untitled)))),
            None => Detail::Column(title),
        };
        // All rows are rejected for it, and this stands for them.
        (Code::MissingColumn, Severity::Error, detail)
    });
    let title = |field: &usize| Detail::Column(called(&table.fields[*field], header.by_name));
    // Rows of a second table are not read, which is worse than a column that stands twice.
    let beside = header.beside.map(|from| (Code::RepeatedColumn, Severity::Error, Detail::Beside(from as u32 + 1)));
    let twice = header.repeated.iter().filter(|_| header.beside.is_none());
    let repeated = beside.into_iter().chain(twice.map(|f| warning(Code::RepeatedColumn, title(f))));
    let unknown = labels.iter().map(|label| {
        let detail = match meant.iter().find(|(of, _)| of == label) {
            Some(pair) => Detail::Meant(Arc::new(pair.clone())),
            None => Detail::Column(label.clone()),
        };
        warning(Code::UnknownColumn, detail)
    });
    // Where a column is missing, this is said of it.
    let untitled = (header.missing.is_empty() && !header.untitled.is_empty())
        .then(|| warning(Code::UnknownColumn, Detail::NoTitle(counted(&header.untitled).into())));
    missing.chain(repeated).chain(unknown).chain(untitled).collect()
}

/// Columns counted from 1, as people count them.
fn counted(columns: &[usize]) -> Vec<u32> {
    columns.iter().map(|column| *column as u32 + 1).collect()
}

/// Labels that a dataset does not declare, as they may be shown. Those that are hidden for privacy look alike and are
/// told once.
fn shown_labels(table: &Table, labels: &[String]) -> Vec<String> {
    let is_declared = |pair: &str| {
        table.fields.iter().any(|f| f.title.contains(pair) || f.aliases.iter().any(|alias| alias.contains(pair)))
    };
    let mut seen = HashSet::new();
    // The marks with which details are written stand for themselves nowhere.
    let shown = |label: &String| shown_title(label, is_declared).replace(['|', '>', ',', '='], "/");
    labels.iter().map(shown).filter(|label| seen.insert(label.clone())).collect()
}

/// The dataset that came closest, for whoever mends the header of a file in the folder of `source`.
pub(super) fn nearest(table: &Table, near: &Near, source: Source) -> Detail {
    let title = |field: &usize| called(&table.fields[*field], near.by_name);
    let free = near.free.iter().map(|f| &table.fields[*f]);
    Detail::Nearest(Arc::new(Nearest {
        dataset: title_of(table),
        missing: near.missing.iter().map(title).collect(),
        meant: meant_by(&shown_labels(table, &near.unknown), free, near.by_name),
        untitled: counted(&near.untitled),
        folder: (table.source != source).then(|| table.source.as_str().to_owned()),
    }))
}

/// What a dataset is called, in both languages.
pub(super) fn title_of(table: &Table) -> InBoth {
    InBoth::new(table.title_en.clone(), table.title.clone())
}

/// The dataset whose header stands below its rows, in this line.
pub(super) fn header_below(table: &Table, line: u32) -> Detail {
    Detail::HeaderBelow(Arc::new((title_of(table), line)))
}

/// What a sender calls a column: its title or, where the header bears the names of fields, the name with the title.
pub(super) fn called(field: &Field, by_name: bool) -> String {
    if by_name { Detail::name_and_title(&field.name, &field.title) } else { field.title.clone() }
}

/// Labels of a header and the fields that they may mean, as [`called`], each once, the surest first.
pub(super) fn meant_by<'f>(
    labels: &[String],
    fields: impl Iterator<Item = &'f Field>,
    by_name: bool,
) -> Vec<(String, String)> {
    let fields: Vec<&Field> = fields.collect();
    let mut pairs = Vec::new();
    for (l, label) in labels.iter().enumerate() {
        for (f, field) in fields.iter().enumerate() {
            let words = [&field.title, &field.name].into_iter().chain(&field.aliases);
            let best = words.map(|word| alike(label, word)).fold(0.0, f64::max);
            // 编号, 代号 and 区划代码 leave out what the dataset is about.
            let is_end = field.required
                && label.chars().count() >= 2
                && folded(&normalise(&field.title)).ends_with(&folded(&normalise(label)));
            let best = if is_end || is_title_with_more(label, field) { best.max(LEAST) } else { best };
            if best >= LEAST {
                pairs.push((best, l, f));
            }
        }
    }
    // Of two that are as near, a sender misses the one that is required.
    let rank = |(_, l, f): &(f64, usize, usize)| (!fields[*f].required, *l, *f);
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(rank(a).cmp(&rank(b))));
    let (mut labels_taken, mut fields_taken) = (vec![false; labels.len()], vec![false; fields.len()]);
    let mut meant = Vec::new();
    for (_, l, f) in pairs {
        if !labels_taken[l] && !fields_taken[f] {
            (labels_taken[l], fields_taken[f]) = (true, true);
            meant.push((labels[l].clone(), called(fields[f], by_name)));
        }
    }
    meant
}

/// A title or alias with something before or behind it, as 宣传活动_活动编号 and 患者电话; not that of another person.
fn is_title_with_more(label: &str, field: &Field) -> bool {
    let label = normalise(label);
    let is_in = |word: &String| {
        let word = normalise(word);
        match word.chars().count() {
            0 | 1 => false,
            2 => label.ends_with(&word),
            _ => label.contains(&word),
        }
    };
    !names_another_person(&label) && std::iter::once(&field.title).chain(&field.aliases).any(is_in)
}

/// Two titles are alike from this share of common characters on.
const LEAST: f64 = 0.7;

/// Twice the characters that both titles have, of all that they have: the coefficient of Dice (1945). Letters count in
/// pairs, since all words share most letters.
fn alike(a: &str, b: &str) -> f64 {
    let (a, b) = (normalise(a), normalise(b));
    common_share(&parts(&a), &parts(&b)).max(common_share(&parts(&folded(&a)), &parts(&folded(&b))))
}

fn common_share(a: &[String], b: &[String]) -> f64 {
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let mut rest = b.to_vec();
    let mut common = 0;
    for part in a {
        if let Some(at) = rest.iter().position(|r| r == part) {
            rest.swap_remove(at);
            common += 1;
        }
    }
    2.0 * f64::from(common) / (a.len() + b.len()) as f64
}

/// Words that people take one for another: of each list, the last stands for all.
const TAKEN_FOR: [&[&str]; 6] = [
    &["姓别", "性别"],
    &["名字", "姓名"],
    &["代号", "编号", "号码", "代码", "编码", "序号", "id", "码"],
    &["时间", "日期"],
    &["病人", "病员", "患者"],
    &["情况", "状态", "状况"],
];

/// A title in which words that are taken one for another are one.
fn folded(title: &str) -> String {
    // A name of a field is no text of words.
    if title.is_ascii() {
        return title.to_owned();
    }
    let fold = |title: String, words: &&[&str]| {
        let (last, others) = words.split_last().expect("no list is empty");
        others.iter().fold(title, |title, word| title.replace(word, last))
    };
    TAKEN_FOR.iter().fold(title.to_owned(), fold)
}

fn parts(title: &str) -> Vec<String> {
    let chars: Vec<char> = title.chars().collect();
    match chars.iter().all(char::is_ascii) {
        true => chars.windows(2).map(|pair| pair.iter().collect()).collect(),
        false => chars.iter().map(char::to_string).collect(),
    }
}
