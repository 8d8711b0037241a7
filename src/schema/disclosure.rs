//! The policy of what leaves: audiences, methods, and what is small.

use serde::Deserialize;

use super::Indicator;
use super::day;
use super::divisions::Level;
use super::indicator::{Unit, WindowKind};
use super::parse_fault;
use crate::error::{Words, words};

/// What the declarations say of what leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosurePolicy {
    pub public: PublicPolicy,
    /// SHA-256 of the declaration.
    pub hash: String,
}

/// The public audience: small cells are hidden, or all numbers of people rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPolicy {
    /// Method `round`: the base that numbers of people are rounded to; `None` for `suppress`.
    pub base: Option<i64>,
    /// t: a cell is small when it lies in 1 to t - 1.
    pub smallest: i64,
    pub lowest_level: Level,
    pub rollups_lowest_level: Level,
    /// Month and day on which closed periods may change.
    pub revisions: Vec<(i8, i8)>,
    /// What hiding one person costs, from village to city.
    pub weights: [u64; 4],
    /// Indicators whose numbers are many of one person.
    pub things: Vec<(String, i64)>,
    /// Indicators of which the people of two others are all people: each is what the others leave of it.
    pub parts: Vec<(String, [String; 2])>,
}

impl PublicPolicy {
    /// How wide the range of a hidden small cell stays: t - 1 values.
    pub fn width(&self) -> i64 {
        self.smallest - 2
    }

    /// The largest number of an indicator that is small.
    pub fn largest_small(&self, indicator: &str) -> i64 {
        (self.smallest - 1) * self.per_person(indicator)
    }

    /// How many of what an indicator counts come from one person.
    pub fn per_person(&self, indicator: &str) -> i64 {
        self.things.iter().find(|t| t.0 == indicator).map_or(1, |t| t.1)
    }

    /// The same of sums over the answers of a person, whatever table they stand in.
    pub fn most_per_person(&self) -> i64 {
        self.things.iter().map(|t| t.1).max().unwrap_or(1)
    }

    /// The least base that leaves an outsider `smallest - 1` values of each small number: 0 stands for all of them.
    pub fn least_base(smallest: i64) -> i64 {
        2 * smallest - 1
    }

    /// Whether a revision of closed periods lies after one day and not after another.
    pub fn revises(&self, after: i32, until: i32) -> bool {
        (after + 1..=until).rev().take(366).any(|d| {
            let date = day::to_date(d);
            self.revisions.contains(&(date.month(), date.day()))
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    audience: Vec<RawAudience>,
    #[serde(default)]
    things: Vec<RawThings>,
    #[serde(default)]
    parts: Vec<RawParts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAudience {
    name: String,
    method: String,
    smallest: Option<i64>,
    base: Option<i64>,
    lowest_level: Option<String>,
    rollups_lowest_level: Option<String>,
    #[serde(default)]
    revisions: Vec<String>,
    weights: Option<RawWeights>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    village: u64,
    town: u64,
    county: u64,
    city: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThings {
    indicator: String,
    per_person: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParts {
    whole: String,
    parts: [String; 2],
}

/// Reads the policy; every problem at once.
pub(super) fn parse(text: &str, hash: String, indicators: &[Indicator]) -> (Option<DisclosurePolicy>, Vec<Words>) {
    let raw: RawPolicy = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => return (None, vec![parse_fault::of_toml(&e)]),
    };
    let mut problems = Vec::new();
    let mut public = None;
    for name in ["public", "superior"] {
        match raw.audience.iter().filter(|a| a.name == name).count() {
            1 => {}
            0 => problems.push(words!("缺少对象 `{name}`", "the audience `{name}` is missing")),
            _ => problems.push(words!("对象 `{name}` 写了不止一次", "the audience `{name}` stands more than once")),
        }
    }
    for a in &raw.audience {
        match (a.name.as_str(), a.method.as_str()) {
            ("superior", "exact") => {
                let more = a.smallest.is_some() || a.lowest_level.is_some() || a.rollups_lowest_level.is_some();
                if more || a.base.is_some() || a.weights.is_some() || !a.revisions.is_empty() {
                    problems
                        .push(words!("`superior`：精确表没有可设置的项", "`superior`: exact tables have no settings"));
                }
            }
            ("public", "suppress" | "round") => {
                let parts = raw.parts.iter().map(|p| (p.whole.clone(), p.parts.clone())).collect();
                public = Some(PublicPolicy { parts, ..of_public(a, &raw.things, &mut problems) });
            }
            ("public", "exact") => problems
                .push(words!("`public`：精确数字不得向所有人公开", "`public`: exact numbers must not go to everybody")),
            ("superior" | "public", method) => problems.push(words!(
                "`{}`：没有方法 `{method}`；public 的方法是 \"suppress\" 或 \"round\"，superior 的方法是 \"exact\"",
                "`{}`: unknown method `{method}`; the public method is \"suppress\" or \"round\", the superior one \"exact\"",
                a.name
            )),
            (name, _) => problems.push(words!(
                "没有对象 `{name}`；可用的有 public 和 superior",
                "unknown audience `{name}`; known are public and superior"
            )),
        }
    }
    for thing in &raw.things {
        if !indicators.iter().any(|i| i.id == thing.indicator) {
            problems.push(words!("things：没有指标 `{}`", "things: unknown indicator `{}`", thing.indicator));
        }
        if !(1..=1000).contains(&thing.per_person) {
            problems.push(words!(
                "things：`{}`：per_person 不在 1 至 1000 之间",
                "things: `{}`: per_person is not between 1 and 1000",
                thing.indicator
            ));
        }
    }
    for id in raw.parts.iter().flat_map(|p| p.parts.iter().chain([&p.whole])) {
        // Numbers of periods and counts have a proof of their own, which knows nothing of others.
        let fits = |i: &Indicator| i.unit == Unit::Percent && i.window != WindowKind::Period;
        match indicators.iter().find(|i| i.id == *id) {
            None => problems.push(words!("parts：没有指标 `{id}`", "parts: unknown indicator `{id}`")),
            Some(i) if !fits(i) => {
                problems.push(words!("parts：`{id}` 不是百分比", "parts: `{id}` is no percent of a last day"));
            }
            _ => {}
        }
    }
    (public.map(|public| DisclosurePolicy { public, hash }), problems)
}

fn of_public(a: &RawAudience, things: &[RawThings], problems: &mut Vec<Words>) -> PublicPolicy {
    let smallest = a.smallest.unwrap_or(5);
    if !(2..=100).contains(&smallest) {
        problems.push(words!(
            "`public`：smallest = {smallest} 不在 2 至 100 之间：要么什么都不保护，要么什么都不显示",
            "`public`: smallest = {smallest} is not between 2 and 100: nothing would be protected, or nothing shown"
        ));
    }
    let mut level = |name: &str, text: Option<&String>, default| {
        text.map_or(default, |text| {
            Level::parse(text).unwrap_or_else(|| {
                problems.push(words!(
                    "`public`：{name} = \"{text}\" 不在 village、town、county、city 之中",
                    "`public`: {name} = \"{text}\" is none of village, town, county, city"
                ));
                default
            })
        })
    };
    let lowest_level = level("lowest_level", a.lowest_level.as_ref(), Level::Village);
    let of_rollups = level("rollups_lowest_level", a.rollups_lowest_level.as_ref(), Level::County);
    if of_rollups < lowest_level {
        problems.push(words!(
            "`public`：rollups_lowest_level 不得低于 lowest_level",
            "`public`: rollups_lowest_level must not be below lowest_level"
        ));
    }
    let mut revisions = Vec::new();
    for text in &a.revisions {
        match text.split_once('-').and_then(|(m, d)| Some((m.parse().ok()?, d.parse().ok()?))) {
            Some((month, of_month)) if day::from_ymd(2023, month, of_month).is_some() => {
                revisions.push((month as i8, of_month as i8));
            }
            _ => problems.push(words!(
                "`public`：revisions：`{text}` 不是日期，应写作 \"04-01\"",
                "`public`: revisions: `{text}` is no day such as \"04-01\""
            )),
        }
    }
    let w = a.weights.unwrap_or(RawWeights { village: 1, town: 10, county: 100, city: 1000 });
    let weights = [w.village, w.town, w.county, w.city];
    if weights.iter().any(|w| !(1..=1_000_000).contains(w)) || weights.windows(2).any(|w| w[0] > w[1]) {
        problems.push(words!(
            "`public`：weights 应在 1 至 1000000 之间，且由村到市不得递减",
            "`public`: weights must lie in 1 to 1000000 and not fall from village to city"
        ));
    }
    let least = PublicPolicy::least_base(smallest);
    match (a.method.as_str(), a.base) {
        ("round", None) => problems
            .push(words!("`public`：方法 \"round\" 没有写明基数 base", "`public`: method \"round\" has no base")),
        ("round", Some(base)) if !(least..=10_000).contains(&base) => {
            let most = smallest - 1;
            problems.push(words!(
                "`public`：base = {base} 不在 {least} 至 10000 之间：smallest = {smallest} 时，显示为 0 的数应当可能是 1 至 {most} 中的任何一个",
                "`public`: base = {base} is not between {least} and 10000: with smallest = {smallest}, a number that is \
                 shown as 0 must be able to be any of 1 to {most}"
            ));
        }
        ("suppress", Some(_)) => problems.push(words!(
            "`public`：只有方法 \"round\" 才有 base",
            "`public`: a base belongs to method \"round\" alone"
        )),
        _ => {}
    }
    let things = things.iter().map(|t| (t.indicator.clone(), t.per_person)).collect();
    PublicPolicy {
        base: a.base,
        smallest,
        lowest_level,
        rollups_lowest_level: of_rollups,
        revisions,
        weights,
        things,
        parts: Vec::new(),
    }
}
