//! What a night takes as it is, though it was perhaps not meant so: each notice says what `run` will do about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::config::{Config, today};
use super::reference_file::ReferenceFile;
use crate::diag::grouped;
use crate::engine::{EngineSettings, QueryEngine};
use crate::error::{Lang, Words, words};
use crate::ledger::Register;
use crate::numbers::facts::Period;
use crate::schema::divisions::{Divisions, Level, trim};
use crate::schema::indicator::Denominator;
use crate::schema::{PeriodKind, Problem, Schemas};
use crate::store::files_below;
use crate::store::key::SecretKey;

/// What the sheet for the population is called that `xinhui init` puts beside the config, in Chinese and in English.
pub const POPULATION_SHEETS: [&str; 2] = ["常住人口-待填.xlsx", "population-to-fill-in.xlsx"];

/// How many codes, years or indicators a notice names.
const NAMED: usize = 5;

/// Notices of the settings alone.
pub(super) fn of_config(config: &Config, schemas: &Schemas) -> Vec<Problem> {
    let mut notices = Vec::new();
    if config.profiles.as_ref().is_some_and(Vec::is_empty) {
        let said = words!(
            "没有启用任何方案。run 照常发布各项指标，但不评判任何目标（scorecard、gaps 两表为空）",
            "no plan is chosen: run publishes all numbers, but judges no target (scorecard and gaps are empty)"
        );
        notices.push(Problem::new("profiles", said));
    }
    for plan in config.overlays.iter().map(|overlay| &overlay.profile).collect::<BTreeSet<_>>() {
        let is_known = schemas.profiles.iter().any(|p| p.name == *plan);
        if is_known && !config.profiles(schemas).iter().any(|p| p.name == *plan) {
            let said = words!(
                "profiles 没有启用方案 {plan}，为它列出的区划不起作用。run 不评判该方案的任何目标；请把它写入 profiles，或删去此段",
                "`profiles` does not choose the plan {plan}, so run judges none of its targets and leaves these divisions aside: \
                 name it in `profiles`, or remove this scope"
            );
            notices.push(Problem::new("profile_scope", said));
        }
    }
    let named = config.profiles.iter().flatten().map(String::as_str);
    notices.extend(repeated("profiles", named, || words!("方案", "a plan")));
    let kinds = config.period_kinds.iter().map(|kind| kind.as_str());
    notices.extend(repeated("periods.kinds", kinds, || words!("周期", "a kind of period")));
    notices
}

/// The setting that lays a plan over divisions.
pub(super) fn scope_of(plan: &str) -> Words {
    words!("profile_scope（{plan}）", "profile_scope ({plan})")
}

/// That the inbox holds no file at all, though files were read from it: its disk may not be mounted.
pub(super) fn of_inbox(config: &Config, register: &Register) -> Option<Problem> {
    let known = register.files.len();
    let reference = std::fs::canonicalize(&config.reference).unwrap_or_else(|_| config.reference.clone());
    let inbox = std::fs::canonicalize(&config.inbox).ok()?;
    let is_there = |file: PathBuf| !file.starts_with(&reference);
    if known == 0 || files_below(&inbox).ok()?.into_iter().any(is_there) {
        return None;
    }
    let known = grouped(known as u64);
    let said = words!(
        "收件箱中一个文件也没有，而以前从中读过 {known} 个：请核对是否未挂载，或 inbox 指错了文件夹。run 照常运行，已读的数据行照旧采用",
        "the inbox holds no file at all, though {known} were read from it: is its disk mounted, and `inbox` right? run goes \
         on, and the rows that were read stay accepted"
    );
    Some(Problem::new(config.inbox.display(), said))
}

/// What a server that counts is given.
pub(super) fn of_engine(config: &Config, engine: &QueryEngine) -> Option<Problem> {
    let EngineSettings::Spark(spark) = &config.engine else { return None };
    let version = engine.version_of_server().unwrap_or_default();
    let (zh, en) = if spark.address.encrypted {
        ("加密的连接", "an encrypted connection")
    } else {
        ("不加密的连接", "a connection in the clear")
    };
    let said = words!(
        "Spark 服务器可用，版本 {version}。run 会经由{zh}，把接收的行（人员以编号表示，含性别、出生日期，不含姓名、身份证号、电话、住址）\
         发给它计算，结果在本机发布",
        "a Spark server of version {version} answers. run sends it the accepted rows (persons as numbers, with sex and birth, \
         without names, ID numbers, phones or addresses) over {en}, has it count, and publishes here"
    );
    Some(Problem::new(spark.address.to_string(), said))
}

/// Plans that judge nothing of what they are laid over.
pub(super) fn of_plans(config: &Config, schemas: &Schemas, divisions: &Divisions) -> Vec<Problem> {
    let mut notices = Vec::new();
    let plans = config.profiles(schemas);
    let mut judged_anywhere = false;
    for plan in &plans {
        let levels: BTreeSet<Level> = plan.targets.iter().map(|target| target.level).collect();
        let called = |lang| levels.iter().rev().map(|level| level.called(lang)).collect::<Vec<_>>();
        let (zh, en) = (called(Lang::Zh).join("、"), called(Lang::En).join(", "));
        let fits = |code: &&str| Level::of(code).is_some_and(|level| levels.contains(&level));
        let is_there = |code: &&str| divisions.name(code).is_some();
        let laid_over = config.overlays.iter().filter(|o| o.profile == plan.name).flat_map(|o| &o.divisions);
        let laid_over: Vec<&str> = laid_over.map(String::as_str).filter(is_there).collect();
        let unfit: BTreeSet<&str> = laid_over.iter().copied().filter(|code| !fits(code)).collect();
        if !unfit.is_empty() {
            let named = |lang| {
                let one = |code: &&str| {
                    let (name, level) = (divisions.name(code).unwrap_or_default(), Level::of(code));
                    let level = level.map_or("?", |level| level.called(lang));
                    if lang == Lang::Zh {
                        format!("{code} {name}（{level}）")
                    } else {
                        format!("{code} {name} ({level})")
                    }
                };
                unfit.iter().take(NAMED).map(one).collect::<Vec<_>>()
            };
            let (of_zh, of_en) = (Words::listed(&named(Lang::Zh)).zh, Words::listed(&named(Lang::En)).en);
            let more = Words::and_more(unfit.len().saturating_sub(NAMED));
            let said = words!(
                "该方案的目标分层级，只评判{zh}；以下区划不属于这一层级，run 不在那里评判任何目标：{of_zh}",
                "its targets are for divisions of one kind ({en}); run judges none of them in these, which are of another: \
                 {of_en}"
            );
            notices.push(Problem::new(scope_of(&plan.name), said.and(&more)));
        }
        let own = std::iter::once(plan.division.as_str()).filter(is_there);
        let is_judged = own.chain(laid_over.iter().copied()).any(|code| fits(&code));
        judged_anywhere |= is_judged;
        if config.profiles.is_some() && !is_judged && unfit.is_empty() {
            let division = &plan.division;
            let said = words!(
                "方案 {0} 的区划 {division} 不在基础数据中，也没有 [[profile_scope]] 把它用于本市的区划（层级：{zh}）。run 不评判该方案的任何目标",
                "the plan {0} is for {division}, which the reference data do not have, and no [[profile_scope]] lays it over a \
                 division of this city ({en}): run judges none of its targets",
                plan.name
            );
            notices.push(Problem::new("profiles", said));
        }
    }
    if config.profiles.is_none() && !judged_anywhere && notices.is_empty() {
        let said = words!(
            "没有一个方案用于本市的区划。run 照常发布各项指标，但不评判任何目标；要评判，请用 [[profile_scope]] 列出区划",
            "no plan is for a division of this city: run publishes all numbers, but judges no target; name divisions in \
             [[profile_scope]] to have them judged"
        );
        notices.push(Problem::new("profiles", said));
    }
    notices
}

fn repeated<'n>(setting: &str, names: impl Iterator<Item = &'n str>, what: impl FnOnce() -> Words) -> Option<Problem> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<&str> = names.filter(|name| !seen.insert(*name)).collect();
    let listed = Words::listed(&twice.into_iter().collect::<Vec<_>>());
    (!listed.is_empty()).then(|| {
        let what = what();
        let said = Words::new(
            format!("重复列出同一{}：{}。run 只按一次处理", what.zh, listed.zh),
            format!("{} is listed twice ({}): run takes it once", what.en, listed.en),
        );
        Problem::new(setting, said)
    })
}

/// That a store is locked with the key that everybody has.
pub(super) fn of_key(config: &Config, key: &SecretKey) -> Option<Problem> {
    let said = words!(
        "这是样例的密钥，人人都有，权限也不检查。run 照常运行；只能用于样例数据，真实数据请用 `xinhui key new` 另行生成",
        "this is the key of the sample, which everybody has: run takes it, whoever may read the file. It is for the sample \
         alone; make one for real data with `xinhui key new`"
    );
    key.is_of_sample().then(|| Problem::new(config.key_file.display(), said))
}

/// Notices of the reference data, as they are given.
pub(super) fn of_reference(config: &Config, schemas: &Schemas, given: &ReferenceFile) -> Vec<Problem> {
    let mut notices = Vec::new();
    let place = || config.reference.display();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for (code, name) in &given.divisions {
        if names.insert(trim(code), name).is_some_and(|before| before != name) {
            twice.insert(trim(code));
        }
    }
    if !twice.is_empty() {
        let listed: Vec<String> =
            twice.iter().take(NAMED).map(|code| format!("{code} {}", names.get(code).unwrap_or(&""))).collect();
        let (count, Words { zh, en }) = (grouped(twice.len() as u64), Words::listed(&listed));
        let said = words!(
            "{count} 个区划代码各有两个不同的名称，run 采用后一个：{zh}。请删去错的一行",
            "{count} division codes have two names each, and run takes the later one ({en}): remove the wrong row"
        );
        notices.push(Problem::new(place(), said));
    }
    let mut residents: BTreeMap<(&str, i32), i64> = BTreeMap::new();
    let mut unlike = BTreeSet::new();
    for (code, year, number) in &given.population {
        if residents.insert((trim(code), *year), *number).is_some_and(|before| before != *number) {
            unlike.insert(format!("{} {year}", trim(code)));
        }
    }
    if !unlike.is_empty() {
        let count = grouped(unlike.len() as u64);
        let Words { zh, en } = Words::listed(&unlike.into_iter().take(NAMED).collect::<Vec<_>>());
        let said = words!(
            "{count} 个区划某年的常住人口有两个不同的数，run 采用后一个：{zh}。请删去错的一行",
            "{count} divisions have two populations of one year, and run takes the later one ({en}): remove the wrong row"
        );
        notices.push(Problem::new(place(), said));
    }
    if given.unfilled > 0 {
        let count = grouped(given.unfilled);
        let said = words!(
            "常住人口表中有 {count} 行没有填人数。run 不采用这些行，这些区划当年以常住人口为分母的指标都是“无数据”",
            "{count} rows of the population say no number: run leaves them aside, and numbers per resident of these \
             divisions and years will have no data"
        );
        notices.push(Problem::new(place(), said));
    }
    notices.extend(of_population(config, schemas, given));
    notices
}

/// That numbers per resident will have no data.
fn of_population(config: &Config, schemas: &Schemas, given: &ReferenceFile) -> Option<Problem> {
    let per_resident: Vec<_> = schemas.indicators.iter().filter(|i| i.denominator == Denominator::Population).collect();
    if per_resident.is_empty() || !config.periods_are_told || config.as_of > today() {
        return None;
    }
    let there: BTreeSet<i32> = given.population.iter().map(|(_, year, _)| *year).collect();
    let years = Period::all(&[PeriodKind::Year], config.periods_from, config.as_of);
    let lacking: Vec<&str> = years
        .iter()
        .map(|period| period.id.as_str())
        .filter(|id| id.parse().is_ok_and(|year| !there.contains(&year)))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let years = Words::listed(&lacking);
    let (zh, en): (Vec<_>, Vec<_>) = per_resident.iter().take(NAMED).map(|i| (i.zh.as_str(), i.en.as_str())).unzip();
    let (zh, en) = (zh.join("、"), en.join(", "));
    let said = Words::new(
        format!("没有常住人口（{}）。run 照常运行，但这些年份以常住人口为分母的指标都是“无数据”：{zh}", years.zh),
        format!(
            "there is no population ({}): run goes on, but numbers per resident of these years will have no data ({en})",
            years.en
        ),
    );
    let said = match unfilled(config) {
        Some(sheet) if given.population.is_empty() => said.and(&words!(
            "。请填写 {sheet}（上述年份每年每个区划一行，年份一列也要改），并放入 reference 文件夹",
            ". Fill in {sheet}, with a row for each division and each of these years (its year is another), and put it into \
             the folder `reference`"
        )),
        _ => said.and(&words!(
            "。请把含上述年份的表（区划代码、年份、常住人口）放入此文件夹",
            ". Put a table of these years there: division, year, residents"
        )),
    };
    Some(Problem::new(config.reference.display(), said))
}

/// The sheet for the population that `xinhui init` made, where it still lies beside the reference folder.
fn unfilled(config: &Config) -> Option<String> {
    let folder = config.reference.parent().unwrap_or(Path::new(""));
    let sheets = POPULATION_SHEETS.iter().map(|name| folder.join(name));
    sheets.into_iter().find(|path| path.is_file()).map(|path| path.display().to_string())
}
