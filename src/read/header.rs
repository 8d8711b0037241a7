//! Header words: how header texts are normalised, and which field of which dataset they name.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::line::{TextLine, is_blank_char, trim};
use super::traditional::simplified;
use crate::schema::{Field, Schemas, Table};

/// Marks that are put beside a column's name, such as stars for required fields and quotes.
const MARKS: &str = "*★☆※●◆▲△○◎✱✲⁎∗:\"'`“”‘’";

/// Opening and closing brackets after NFKC.
const BRACKETS: [(char, char); 8] =
    [('(', ')'), ('[', ']'), ('{', '}'), ('【', '】'), ('〔', '〕'), ('〈', '〉'), ('《', '》'), ('「', '」')];

/// Words for a person other than the one that the row is about: a column with such a word does not hold the person's
/// own data.
const OTHER_PERSON: [&str; 7] = ["监护人", "家长", "家属", "亲属", "联系人", "父", "母"];

/// Whether a normalised header speaks of a person other than the one that the row is about.
pub(super) fn names_another_person(normalised: &str) -> bool {
    OTHER_PERSON.iter().any(|word| normalised.contains(word))
}

/// Of a header text longer than this many bytes only the first line is considered.
const LONGEST_NAME: usize = 200;
/// The longest title of a table, in characters.
const LONGEST_TITLE: usize = 60;

/// The normal form in which header texts are compared: NFKC, lower case, simplified characters, without blanks, line breaks,
/// colons and stars.
pub(super) fn normalise(text: &str) -> String {
    text.nfkc()
        .filter(|c| !is_blank_char(*c) && !c.is_control() && !MARKS.contains(*c))
        .flat_map(char::to_lowercase)
        .map(simplified)
        .collect()
}

/// A normalised header without its bracketed parts (units, `必填`); `None` if it has none. A bracket that names another
/// person changes the meaning of the column and is kept.
fn without_brackets(normalised: &str) -> Option<String> {
    let mut rest = String::new();
    let mut inside = String::new();
    let mut closing = None;
    for c in normalised.chars() {
        match closing {
            None => match BRACKETS.iter().find(|(open, _)| *open == c) {
                Some((_, close)) => closing = Some(*close),
                None => rest.push(c),
            },
            Some(close) if c == close => closing = None,
            Some(_) => inside.push(c),
        }
    }
    let changed = rest.len() < normalised.len();
    let of_another = inside.contains("患者") || names_another_person(&inside);
    // A name that stands in brackets as a whole.
    let name = if rest.is_empty() { inside } else { rest };
    (changed && !name.is_empty() && !of_another).then_some(name)
}

/// Units that may follow a name without brackets, after NFKC.
const UNITS: [&str; 14] = ["人", "名", "个", "次", "场", "种", "支", "岁", "分", "题", "间", "m2", "平方米", "平米"];

/// A normalised header without a unit that follows a slash or the word 单位; `None` if it has none.
fn without_unit(normalised: &str) -> Option<&str> {
    let (name, mark) = UNITS
        .iter()
        .filter_map(|unit| normalised.strip_suffix(unit))
        .find_map(|rest| ["/", "单位"].iter().find_map(|m| rest.strip_suffix(m).map(|name| (name, m))))?;
    let name = if *mark == "/" { name } else { name.trim_end_matches([',', ';', '、']) };
    (!name.is_empty()).then_some(name)
}

/// The names that a header text may stand for, most reliable first.
#[derive(Clone, Debug, Default)]
pub(super) struct Forms {
    strong: Vec<String>,
    weak: Vec<String>,
}

impl Forms {
    /// The forms of one header cell.
    pub fn of(text: &str) -> Forms {
        let mut forms = Forms::default();
        forms.add(text);
        forms
    }

    fn add(&mut self, text: &str) {
        let text = trim(text);
        if text.is_empty() {
            return;
        }
        let lines: Vec<&str> = text.lines().map(trim).filter(|l| !l.is_empty()).collect();
        if text.len() <= LONGEST_NAME {
            let name = normalise(text);
            if name.is_empty() {
                return;
            }
            self.weak.extend(without_brackets(&name));
            self.weak.extend(without_unit(&name).map(ToOwned::to_owned));
            let unnumbered = name.trim_start_matches(|c: char| c.is_ascii_digit());
            if unnumbered.len() < name.len() {
                self.weak.push(unnumbered.strip_prefix(['.', '、']).unwrap_or(unnumbered).to_owned());
            }
            if name.contains('_') && !name.is_ascii() {
                self.weak.push(name.replace('_', ""));
            }
            self.strong.push(name);
        }
        // A cell with a label above all of its options, or above a hint how to fill it in: only the label counts.
        if (lines.len() >= 3 || (lines.len() == 2 && is_hint(lines[1])))
            && let Some(first) = lines.first().filter(|l| l.len() <= LONGEST_NAME)
        {
            let name = normalise(first);
            self.weak.extend(without_brackets(&name));
            self.weak.push(name);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.strong.is_empty() && self.weak.is_empty()
    }
}

fn is_hint(line: &str) -> bool {
    let line = normalise(line);
    line.starts_with(|c: char| c.is_ascii_alphanumeric() || BRACKETS.iter().any(|(open, _)| *open == c))
        || ["格式", "如", "例", "单位", "填", "请", "必填", "选填"].iter().any(|w| line.starts_with(w))
}

/// The possible names of a column below a header of several rows.
///
/// `levels` holds the column's own cell in each header row, from the top. `groups` holds, for each row, the nearest
/// filled cell at or to the left of the column: the title of a merged group applies to all columns below it. The joined
/// name comes before the lowest cell alone, so that 姓名 below 监护人 is the guardian's name.
pub(super) fn stacked_forms(levels: &[&str], groups: &[&str]) -> Forms {
    let Some(lowest) = levels.iter().rposition(|cell| !cell.is_empty()) else {
        return Forms::default();
    };
    let own = levels[lowest];
    let mut forms = Forms::default();
    let mut other_person = false;
    for from in 0..lowest {
        let above: Vec<&str> = groups[from..lowest].iter().copied().filter(|g| !g.is_empty()).collect();
        if above.is_empty() || above.iter().all(|g| g.len() > LONGEST_NAME) {
            continue;
        }
        let group = normalise(&above.concat());
        other_person |= OTHER_PERSON.iter().any(|w| group.starts_with(w));
        let own = normalise(own);
        for suffix in ["", "基本信息", "信息", "情况", "资料"] {
            if let Some(stem) = group.strip_suffix(suffix) {
                let joined = format!("{stem}{own}");
                forms.strong.extend(without_brackets(&joined));
                forms.strong.push(joined);
            }
        }
    }
    if !other_person {
        forms.add(own);
    }
    forms
}

/// The declared name by which a header calls a field, where that is neither its title nor its own name.
pub fn alias_of<'f>(field: &'f Field, label: &str) -> Option<&'f str> {
    let forms = Forms::of(label);
    let is_called = |word: &&String| forms.strong.iter().chain(&forms.weak).any(|form| *form == normalise(word));
    match [&field.title, &field.name].iter().any(is_called) {
        true => None,
        false => field.aliases.iter().find(is_called).map(String::as_str),
    }
}

/// The header words of one dataset.
#[derive(Debug)]
pub(super) struct HeaderWords<'s> {
    pub table: &'s Table,
    /// Title, aliases and name of each field, mapped to the index of the field.
    strong: HashMap<String, usize>,
    /// Aliases without their units, mapped to the index of the field.
    weak: HashMap<String, usize>,
    /// Indexes of the fields of the primary key.
    pub keys: Vec<usize>,
    /// Indexes of the required fields, those of the key included.
    pub required: Vec<usize>,
}

impl<'s> HeaderWords<'s> {
    fn new(table: &'s Table) -> Self {
        let mut strong = HashMap::new();
        for (index, field) in table.fields.iter().enumerate() {
            for word in [&field.title, &field.name].into_iter().chain(&field.aliases) {
                strong.entry(normalise(word)).or_insert(index);
            }
        }
        let mut weak = HashMap::new();
        for (index, field) in table.fields.iter().enumerate() {
            for word in field.aliases.iter().chain([&field.title]) {
                if let Some(short) = without_brackets(&normalise(word))
                    && !strong.contains_key(&short)
                {
                    weak.entry(short).or_insert(index);
                }
            }
        }
        let keys: Vec<usize> = table.primary_key.iter().filter_map(|name| table.field_index(name)).collect();
        let required = (0..table.fields.len()).filter(|i| table.fields[*i].required || keys.contains(i)).collect();
        HeaderWords { table, strong, weak, keys, required }
    }

    /// The field that a header names, and whether the name matches exactly rather than only without its unit.
    pub fn field(&self, forms: &Forms) -> Option<(usize, bool)> {
        let exact = forms.strong.iter().find_map(|f| self.strong.get(f)).map(|i| (*i, true));
        exact.or_else(|| {
            let weak = forms.strong.iter().find_map(|f| self.weak.get(f));
            weak.or_else(|| forms.weak.iter().find_map(|f| self.strong.get(f).or_else(|| self.weak.get(f))))
                .map(|i| (*i, false))
        })
    }
}

/// The header words of all datasets.
#[derive(Debug)]
pub(super) struct Vocabulary<'s> {
    pub tables: Vec<HeaderWords<'s>>,
    /// All words of all datasets.
    all: HashSet<String>,
    /// The first characters of all words that are not ASCII.
    firsts: HashSet<char>,
}

impl<'s> Vocabulary<'s> {
    pub fn new(schemas: &'s Schemas) -> Self {
        let tables: Vec<HeaderWords<'s>> = schemas.tables.iter().map(HeaderWords::new).collect();
        let all: HashSet<String> = tables.iter().flat_map(|t| t.strong.keys().chain(t.weak.keys())).cloned().collect();
        let firsts = all.iter().filter_map(|w| w.chars().next()).filter(|c| !c.is_ascii()).collect();
        Vocabulary { tables, all, firsts }
    }

    /// Whether a line is the title of a table: alone in it stands a text that names a dataset, as 任城区精神科门诊住院记录（2023年） does.
    pub fn is_title(&self, line: &TextLine) -> bool {
        let mut filled = line.filled();
        let (Some((_, text)), None) = (filled.next(), filled.next()) else { return false };
        // A long text in a cell is no title, even where it speaks of one.
        text.chars().count() <= LONGEST_TITLE && {
            let text = normalise(text);
            self.tables.iter().any(|t| text.contains(normalise(&t.table.title).as_str()))
        }
    }

    /// Whether any dataset has a field of this name.
    pub fn knows(&self, forms: &Forms) -> bool {
        forms.strong.iter().chain(&forms.weak).any(|f| self.all.contains(f))
    }

    /// A cheap test for every data row: could this trimmed cell be a header word?
    pub fn may_be_header(&self, cell: &str) -> bool {
        if cell.len() > LONGEST_NAME {
            return false;
        }
        match cell.chars().next() {
            None => false,
            Some(c) if c.is_ascii_alphabetic() => {
                cell.is_ascii() && self.all.contains(cell.to_ascii_lowercase().as_str())
            }
            Some(c) if c.is_ascii_digit() => !cell.is_ascii(),
            Some(c) => self.firsts.contains(&c) || !c.is_alphanumeric(),
        }
    }
}
