//! Which division and period of the current snapshot a question is about.

use std::collections::BTreeSet;

use arrow::array::{RecordBatch, StringArray};

use super::period_words::period_id;
use super::places::{NamedPlace, place};
use crate::catalogue::indicators_path;
use crate::error::{Error, Lang, Result, Words, words};
use crate::numbers::facts::{Period, PeriodKind};
use crate::pipeline::config::Config;
use crate::publish::{TextColumn, column, read};
use crate::schema::day;
use crate::schema::divisions::{Divisions, Level};
use crate::store::Store;
use crate::store::table_file::read_table;

/// What of the current snapshot is asked for.
pub struct AskedNumber<'c> {
    pub config: &'c Config,
    pub period: Period,
    /// The division, and the tree that it stands in.
    pub place: Option<(NamedPlace, Divisions)>,
}

/// The division and period that a question names. A division without a period is asked for in the last of the longest
/// periods that are published.
///
/// # Errors
/// `Usage`: what it names is not in the snapshot; the message says which of both, and what is nearest.
pub fn asked<'c>(config: &'c Config, division: Option<&str>, period: Option<&str>) -> Result<AskedNumber<'c>> {
    let published = PublishedNumbers::of(config)?;
    if published.is_none() && (division.is_some() || period.is_none()) {
        return Err(none_published(config));
    }
    let missing = |option: &str, words: Words| words!("{option}：", "{option}: ").and(&words);
    let mut wrong: Vec<Words> = Vec::new();
    let mut hints: Vec<Words> = Vec::new();
    let found = division.zip(published.as_ref()).map(|(division, published)| place(&published.tree, division));
    let found = found.transpose().unwrap_or_else(|words| {
        wrong.push(missing("--division", words));
        hints.push(words!(
            "区划写代码或名称，名称前可以写上级，如 梁山县水泊街道",
            "a division is a code or a name, which may follow on that of what it lies in"
        ));
        None
    });
    let period = match (period, &published) {
        (Some(text), _) => of_text(config, published.as_ref(), text).map_err(|words| {
            hints.push(words!(
                "期间写作 2023-05、2023-Q2、2023-H1、2023，或 2023年5月、二季度、上半年、去年",
                "a period is 2023-05, 2023-Q2, 2023-H1 or 2023, or May 2023, last month, last year"
            ));
            missing("--period", words)
        }),
        (None, published) => {
            let last = published.as_ref().and_then(|published| published.last_period(config));
            Ok(last.ok_or_else(|| none_published(config))?)
        }
    };
    let period = period.map_err(|words| wrong.push(words)).ok();
    match period.filter(|_| wrong.is_empty()) {
        Some(period) => Ok(AskedNumber { config, period, place: found.zip(published.map(|p| p.tree)) }),
        None => Err(Error::usage("", Words::joined(&wrong, "\n")).hint(Words::joined(&hints, "\n"))),
    }
}

/// That the store has no current snapshot, or one without numbers.
fn none_published(config: &Config) -> Error {
    let store = Store::at(&config.store);
    if let Some(nothing) = store.nothing_current() {
        return nothing.error(&store);
    }
    let (from, as_of) = (day::to_iso(config.periods_from), day::to_iso(config.as_of));
    let said = words!(
        "当前快照没有任何统计周期：periods.kinds 所列的周期，起始日都不在 {from} 至 {as_of} 之间",
        "the current snapshot has no period: none of periods.kinds begins between {from} and {as_of}"
    );
    Error::usage(config.store.display(), said).hint(words!(
        "请提前 periods.from，或在 periods.kinds 中加上较短的周期，再运行 `xinhui run`",
        "set periods.from earlier, or add a shorter kind to periods.kinds, and run `xinhui run`"
    ))
}

fn of_text(config: &Config, published: Option<&PublishedNumbers>, text: &str) -> Result<Period, Words> {
    let id = period_id(text, config.as_of);
    let known = Period::all(&PeriodKind::ALL, config.periods_from, config.as_of);
    let of_id = id.as_ref().and_then(|id| known.iter().find(|p| p.id == *id));
    if let Some(period) = of_id.filter(|p| published.is_none_or(|published| published.periods.contains(&p.id))) {
        return Ok(period.clone());
    }
    let kind = id.as_deref().map(kind_of);
    let there = |p: &&Period| published.is_none_or(|published| published.periods.contains(&p.id));
    let there: Vec<&Period> = known.iter().filter(there).collect();
    let mut spans: Vec<String> = Vec::new();
    for kind in PeriodKind::ALL {
        let ids: Vec<&str> = there.iter().filter(|p| p.kind == kind).map(|p| p.id.as_str()).collect();
        match ids.as_slice() {
            [] => {}
            [one] => spans.push((*one).to_owned()),
            [first, .., last] => spans.push(format!("{first}…{last}")),
        }
    }
    let Words { zh: spans_zh, en: spans } = Words::listed(&spans);
    let Some(id) = id else {
        return Err(words!("“{text}”不是期间；已发布的有：{spans_zh}", "`{text}` is no period; published are {spans}"));
    };
    // Of the same kind the nearest in time; where none is, of any kind.
    let same: Vec<&&Period> = there.iter().filter(|p| Some(p.kind) == kind).collect();
    let pool = if same.is_empty() { there.iter().collect() } else { same };
    let at = first_day(&id).unwrap_or(config.as_of);
    let nearest = pool.into_iter().min_by_key(|p| ((p.start_day - at).abs(), p.id.clone()));
    let nearest = nearest.map_or_else(String::new, |p| p.id.clone());
    Err(words!(
        "当前快照中没有期间 {id}，最接近的是 {nearest}；已发布的有：{spans_zh}",
        "the current snapshot has no period {id}; the nearest is {nearest}; published are {spans}"
    ))
}

fn kind_of(id: &str) -> PeriodKind {
    match (id.len(), id.as_bytes().get(5)) {
        (4, _) => PeriodKind::Year,
        (_, Some(b'Q')) => PeriodKind::Quarter,
        (_, Some(b'H')) => PeriodKind::Half,
        _ => PeriodKind::Month,
    }
}

/// The first day of a period of this id.
fn first_day(id: &str) -> Option<i32> {
    let year = id.get(..4)?.parse().ok()?;
    let part: u32 = id.get(6..).and_then(|part| part.parse().ok()).unwrap_or(1);
    let month = match kind_of(id) {
        PeriodKind::Year => 1,
        PeriodKind::Half => part * 6 - 5,
        PeriodKind::Quarter => part * 3 - 2,
        PeriodKind::Month => id.get(5..)?.parse().ok()?,
    };
    day::from_ymd(year, month, 1)
}

/// What the current snapshot has numbers of.
struct PublishedNumbers {
    tree: Divisions,
    periods: BTreeSet<String>,
}

impl PublishedNumbers {
    /// `None` where no snapshot is published.
    fn of(config: &Config) -> Result<Option<PublishedNumbers>> {
        let current = Store::at(&config.store).current();
        let mut names: BTreeSet<(String, String)> = BTreeSet::new();
        let mut periods = BTreeSet::new();
        for kind in PeriodKind::ALL {
            let path = current.join(indicators_path(kind));
            if !path.is_file() {
                continue;
            }
            for batch in read(&path, Some(&["division_code", "division_name", "period"]))? {
                let (codes, named) =
                    (TextColumn::of(&batch, "division_code")?, TextColumn::of(&batch, "division_name")?);
                let text = |column: &TextColumn<'_>, at: u32| column.texts.value(at as usize).to_owned();
                let pairs: BTreeSet<(u32, u32)> =
                    codes.text_of_row.iter().copied().zip(named.text_of_row.iter().copied()).collect();
                names.extend(pairs.into_iter().map(|(code, name)| (text(&codes, code), text(&named, name))));
                periods.extend(TextColumn::of(&batch, "period")?.each(ToOwned::to_owned));
            }
        }
        Ok((!periods.is_empty()).then(|| PublishedNumbers { tree: Divisions::new(&config.city, names), periods }))
    }

    /// The last of the longest periods.
    fn last_period(&self, config: &Config) -> Option<Period> {
        let known = Period::all(&PeriodKind::ALL, config.periods_from, config.as_of);
        known.into_iter().rev().find(|period| self.periods.contains(&period.id))
    }
}

/// That a number is not counted at a division's level, and at which division above or below it is.
pub fn no_level(place: &NamedPlace, levels: &[Level], tree: &Divisions) -> Error {
    let above = levels.iter().filter(|l| l.digits() < place.code.len()).max_by_key(|l| l.digits());
    let nearest = above.map(|level| &place.code[..level.digits()]);
    let nearest = nearest.map_or_else(String::new, |code| format!("{code} {}", tree.name(code).unwrap_or_default()));
    let (code, name) = (&place.code, &place.name);
    let called = |lang| levels.iter().map(|level| level.called(lang)).collect::<Vec<_>>();
    let (zh, en) = (called(Lang::Zh).join("、"), called(Lang::En).join(", "));
    let (level_zh, level) = (place.level.called(Lang::Zh), place.level.called(Lang::En));
    Error::usage(
        "--division",
        words!(
            "{name}（{code}）的层级是{level_zh}，该数字只按{zh}计；最接近的是：{nearest}",
            "{name} ({code}) is a {level}, and this number is counted for {en} alone; the nearest is {nearest}"
        ),
    )
}

/// A table of the current snapshot, and the snapshot's name.
///
/// # Errors
/// `Usage`: there is no such table.
pub fn current(config: &Config, path: &str) -> Result<(Vec<RecordBatch>, String)> {
    let store = Store::at(&config.store);
    if let Some(nothing) = store.nothing_current() {
        return Err(nothing.error(&store));
    }
    let path = store.current().join(path);
    if !path.is_file() {
        return Err(Error::usage(
            config.store.display(),
            words!("没有含此类期间的已发布快照", "holds no published snapshot with such periods"),
        )
        .hint(words!("先运行 `xinhui run`", "run `xinhui run` first")));
    }
    Ok((read_table(&path, None)?.collect::<Result<_>>()?, store.current_id().unwrap_or_default()))
}

/// A text column of a table read by [`current`].
///
/// # Errors
/// A bug: the table was written without it.
pub fn text<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray> {
    column(batch, name)
}
