//! What a column holds, by its values.

use arrow::array::{Array, StringArray};
use hashbrown::HashMap;

use super::roles::ProposedRole;
use crate::link::engine::records::Normaliser;
use crate::schema::{day, resident_id};

/// Values that are looked at, at most.
const MOST: usize = 50_000;
/// Of so many of a hundred values a shape is the column's.
const MOSTLY: usize = 80;

/// The hundred commonest surnames: names begin with them, places seldom do.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖\
贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤";

/// Words that state nothing, as [`Normaliser::Latin`] and [`Normaliser::Letters`] write them.
const NOTHING: [&str; 13] =
    ["unknown", "null", "none", "nan", "n a", "not known", "missing", "无", "不详", "未知", "未登记", "保密", "空"];

/// What the values of a column look like; no value stands in it but words that state nothing.
pub struct ColumnProfile {
    pub rows: usize,
    pub given: usize,
    pub distinct: usize,
    /// Distinct values are as many as rows.
    pub is_unique: bool,
    /// Characters of a value on average.
    pub length: usize,
    /// Values with characters of Chinese, in a hundred.
    pub hanzi: usize,
    pub emails: usize,
    pub dates: usize,
    pub resident_ids: usize,
    pub mobiles: usize,
    pub sexes: usize,
    pub names: usize,
    /// Values of digits and of letters with digits, all of one length.
    pub one_shape: usize,
    pub digits: usize,
    /// Values that hold several numbers.
    pub lists: usize,
    /// Of dates that begin with no year: those that can only be day and month, only month and day.
    pub day_first: usize,
    pub month_first: usize,
    pub nothing: Vec<&'static str>,
}

impl ColumnProfile {
    /// Looks at a column.
    pub fn of<'t>(columns: impl Iterator<Item = &'t StringArray> + Clone) -> Self {
        let rows: usize = columns.clone().map(Array::len).sum();
        let step = rows.div_ceil(MOST).max(1);
        let mut count: HashMap<&str, usize> = HashMap::new();
        let mut place = 0;
        let mut looked_at = 0;
        for column in columns {
            for row in 0..column.len() {
                if place % step == 0 {
                    looked_at += 1;
                    let text = column.value(row).trim();
                    if !text.is_empty() {
                        *count.entry(text).or_default() += 1;
                    }
                }
                place += 1;
            }
        }
        let given: usize = count.values().sum();
        let of_hundred = |holds: &dyn Fn(&str) -> bool| {
            count.iter().filter(|(text, _)| holds(text)).map(|c| c.1).sum::<usize>() * 100 / given.max(1)
        };
        let mut lengths: HashMap<usize, usize> = HashMap::new();
        for (text, n) in count.iter().filter(|(t, _)| t.chars().all(|c| c.is_ascii_alphanumeric())) {
            if text.bytes().any(|b| b.is_ascii_digit()) {
                *lengths.entry(text.len()).or_default() += n;
            }
        }
        let characters: usize = count.iter().map(|(text, n)| text.chars().count() * n).sum();
        let form = |text: &str| Normaliser::Latin.apply(text).into_owned();
        let (mut day_first, mut month_first) = (0, 0);
        for (text, n) in &count {
            if let Some((first, second)) = unlike_years(text) {
                day_first += if first > 12 { *n } else { 0 };
                month_first += if second > 12 { *n } else { 0 };
            }
        }
        ColumnProfile {
            rows,
            given: given * step,
            distinct: count.len(),
            is_unique: given == looked_at && count.len() == given && given > 1,
            length: characters / given.max(1),
            hanzi: of_hundred(&|t| t.chars().any(is_hanzi)),
            emails: of_hundred(&|t| t.contains('@') && t.contains('.')),
            dates: of_hundred(&is_date),
            resident_ids: of_hundred(&|t| resident_id::is_valid_resident_id(t)),
            mobiles: of_hundred(&is_mobile),
            sexes: of_hundred(&|t| !Normaliser::Sex.apply(t).is_empty()),
            names: of_hundred(&is_name),
            one_shape: lengths.values().max().copied().unwrap_or(0) * 100 / given.max(1),
            digits: of_hundred(&|t| t.bytes().all(|b| b.is_ascii_digit())),
            lists: of_hundred(&|t| t.contains('|')),
            day_first,
            month_first,
            nothing: NOTHING.into_iter().filter(|word| count.keys().any(|t| form(t) == *word)).collect(),
        }
    }

    /// How often a value is another record's, too: distinct ones in a hundred that are given.
    pub fn variety(&self) -> usize {
        self.distinct * 100 / self.given.clamp(1, MOST)
    }

    /// Whether values can be what the header says.
    pub fn can_be(&self, role: ProposedRole) -> bool {
        match role {
            ProposedRole::Birth => self.dates >= 50,
            ProposedRole::Email => self.emails >= 50,
            ProposedRole::Sex => self.sexes >= 50,
            ProposedRole::ResidentId => self.resident_ids >= 10,
            ProposedRole::Phone | ProposedRole::GuardianPhone => self.hanzi < 20 && self.emails < 20,
            ProposedRole::BirthYear | ProposedRole::BirthMonth | ProposedRole::BirthDay | ProposedRole::Age => {
                self.digits >= 50
            }
            ProposedRole::Record => self.is_unique,
            // A short header may mean anything: who holds few values is no street number.
            ProposedRole::StreetNumber => self.length <= 8,
            _ => true,
        }
    }

    /// What the values alone tell.
    pub fn role(&self) -> ProposedRole {
        let few = self.distinct <= 30.min(self.given / 4).max(2);
        if self.emails >= MOSTLY {
            ProposedRole::Email
        } else if self.resident_ids >= 40 {
            ProposedRole::ResidentId
        } else if self.sexes >= 95 && self.distinct <= 8 {
            ProposedRole::Sex
        } else if self.dates >= MOSTLY {
            ProposedRole::Date
        } else if self.mobiles >= MOSTLY {
            ProposedRole::Phone
        } else if few {
            ProposedRole::Category
        } else if self.names >= 70 && self.length <= 4 {
            ProposedRole::NameZh
        } else if self.one_shape >= MOSTLY && self.length >= 3 {
            if self.variety() >= 40 || self.length >= 7 { ProposedRole::Number } else { ProposedRole::Postcode }
        } else if self.length > 40 || (self.hanzi >= 50 && self.length > 25) {
            ProposedRole::Prose
        } else {
            ProposedRole::Text
        }
    }
}

fn is_hanzi(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}')
}

fn is_name(text: &str) -> bool {
    let first = text.chars().next().unwrap_or_default();
    (2..=4).contains(&text.chars().count()) && text.chars().all(is_hanzi) && SURNAMES.contains(first)
}

fn is_mobile(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&digits);
    number.len() == 11 && number.starts_with('1') && matches!(number.as_bytes()[1], b'3'..=b'9')
}

/// First and second part of a date that ends with its year.
fn unlike_years(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty());
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    (first.len() <= 2 && year.len() == 4).then_some(())?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

/// A day, a month or a year that someone may be born in.
fn is_date(text: &str) -> bool {
    let digits = Normaliser::Date.apply(text);
    let number = |of: &str| of.parse::<u32>().ok();
    let is_separated = || text.chars().any(|c| matches!(c, '-' | '/' | '.' | '年'));
    match digits.len() {
        8 => {
            let (year, month, of_month) = (number(&digits[..4]), number(&digits[4..6]), number(&digits[6..]));
            let (Some(year), Some(month), Some(of_month)) = (year, month, of_month) else { return false };
            let is_day = |month, of_month| day::from_ymd(year as i32, month, of_month).is_some();
            (1500..2200).contains(&year) && (is_day(month, of_month) || is_day(of_month, month))
        }
        4 | 6 if is_separated() => number(&digits[..4]).is_some_and(|year| (1500..2200).contains(&year)),
        _ => false,
    }
}
