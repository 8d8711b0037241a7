//! `xinhui link …`: trains, explains, reviews and evaluates the linkage of persons, outside the nightly run.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::options::config_path;
use super::printer::Printer;
use super::said;
use crate::diag::Lang;
use crate::diag::grouped;
use crate::error::{Error, Result, words};
use crate::link::engine::model::Weights;
use crate::link::evaluate::{as_html, as_text};
use crate::link::identities::RowName;
use crate::link::review::adjustment_zh;
use crate::link::zh::labels::{comparison_zh, relations_en, relations_zh, rule_zh};
use crate::pipeline::config::schema_files;
use crate::pipeline::link_model::{ModelOptions, propose_model};
use crate::pipeline::link_table::{PERSONS, TableLinkage, TableOptions, link_tables};
use crate::pipeline::linkage::{
    OpenedStore, Truth, Why, decide, evaluate_people, evaluate_store, review, train_on_table, why,
};
use crate::progress::stage_words;
use crate::schema::Schemas;
use crate::schema::disclosing::shown_key;
use crate::store::table_file::write_atomic;

#[derive(Debug, clap::Args)]
pub struct LinkArgs {
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    /// Learn the weights of the linkage from a store's rows, without labels; the next night uses them
    Train(TrainArgs),
    /// Explain why two rows are, or are not, taken for one person
    Why(WhyArgs),
    /// Write doubtful cases as an Excel workbook, into the store's private folder
    Review(ReviewArgs),
    /// Read a filled-in workbook of cases; its answers apply from the next night on
    Decide(DecideArgs),
    /// Measure the linkage against a file with the true persons
    Evaluate(EvaluateArgs),
    /// Write a model for any tables of people, from their columns and values, for `link table`
    Model(ModelArgs),
    /// Link any tables of people with a model; writes the columns source, id, cluster
    Table(TableArgs),
}

#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// The config of the store; `xinhui.toml` here by default
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Learn from a people table (as `synth --identities` writes it) instead of a store; needs --out
    #[arg(long, value_name = "CSV", requires = "out", conflicts_with = "config")]
    people: Option<PathBuf>,
    /// Where to write the weights learned with --people
    #[arg(long, value_name = "FILE", requires = "people")]
    out: Option<PathBuf>,
    /// Description of the table, noted in the weights file
    #[arg(long, value_name = "TEXT", requires = "people")]
    trained_on: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// The config of the store; `xinhui.toml` here by default
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// One row, as COUNTY/DATASET/RECORD_KEY
    row: String,
    /// The other row
    other: String,
}

#[derive(Debug, clap::Args)]
pub struct ReviewArgs {
    /// The config of the store; `xinhui.toml` here by default
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Write at most this many cases, the most important first
    #[arg(long, default_value_t = 500)]
    most: usize,
}

#[derive(Debug, clap::Args)]
pub struct DecideArgs {
    /// The config of the store; `xinhui.toml` here by default
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// The filled-in workbook
    #[arg(value_name = "FILE")]
    workbook: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    /// CSV with the true persons: county, dataset, record_key, person; for a people table: id, person
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The config of the store; `xinhui.toml` here by default
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Evaluate on a people table instead of a store
    #[arg(long, value_name = "CSV", conflicts_with = "config")]
    people: Option<PathBuf>,
    /// Also write all figures to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also write a page with charts to this HTML file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// One table, or two tables to be linked: .csv or .parquet
    #[arg(required = true, num_args = 1..=2, value_name = "TABLE")]
    tables: Vec<PathBuf>,
    /// The file to write; without it the model is printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Column that identifies records; `id` by default
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    overwrite: bool,
}

#[derive(Debug, clap::Args)]
pub struct TableArgs {
    /// A model file, or one of the built-in models: febrl, name-birth, persons (Chinese identities, as the nightly run
    /// links them)
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// One or two tables: .csv or .parquet
    #[arg(required = true, num_args = 1..=8, value_name = "TABLE")]
    tables: Vec<PathBuf>,
    /// The Parquet file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Column that identifies records; `id` by default
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Take the weights from this file instead of learning them from the tables
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Write the learned weights to this file
    #[arg(long, value_name = "FILE")]
    save_weights: Option<PathBuf>,
    /// Each of the two tables holds a person at most once: compare only across tables
    #[arg(long)]
    no_duplicates: bool,
    /// Print how many pairs each blocking rule found
    #[arg(long)]
    report: bool,
}

pub fn run(args: &LinkArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    match &args.command {
        LinkCommand::Train(a) => train(a, schemas, p),
        LinkCommand::Why(a) => explain(a, schemas, p),
        LinkCommand::Review(a) => review_cases(a, schemas, p),
        LinkCommand::Decide(a) => take_answers(a, schemas, p),
        LinkCommand::Evaluate(a) => evaluate(a, schemas, p),
        LinkCommand::Model(a) => model(a, p),
        LinkCommand::Table(a) => table(a, schemas, p),
    }
}

fn train(args: &TrainArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let (weights, place) = match (&args.people, &args.out) {
        (Some(people), Some(out)) => {
            let trained_on = args.trained_on.as_deref().unwrap_or(p.pick("人员表", "a people table"));
            let weights = train_on_table(people, trained_on, schemas)?;
            write_atomic(out, weights.to_text().as_bytes())?;
            (weights, out.clone())
        }
        _ => {
            let store = OpenedStore::open(&config_path(args.config.as_ref())?, schemas)?;
            (store.train()?, store.store.weights())
        }
    };
    show_weights(&weights, p);
    p.line(format!("{} {} → {}", p.pick("权重版本", "weights, version"), weights.version, place.display()));
    Ok(0)
}

fn show_weights(weights: &Weights, p: &Printer) {
    for (name, w) in &weights.comparisons {
        p.line(p.pick(&format!("{}（证据分）：", comparison_zh(name)), &format!("{name} (bits):")));
        for (l, level) in w.levels.iter().enumerate() {
            let level = match p.lang {
                Lang::Zh => relations_zh(name, level),
                Lang::En => relations_en(name, level),
            };
            p.line(format!("  {:>7.2}  {level}   (m {:.5}, u {:.2e})", (w.m[l] / w.u[l]).log2(), w.m[l], w.u[l]));
        }
    }
    for warning in weights.warnings.iter().map(|w| w.say(p.lang)) {
        p.line(p.pick(&format!("注意：{warning}"), &format!("note: {warning}")));
    }
}

/// Parses COUNTY/DATASET/RECORD_KEY.
fn row_name(text: &str) -> Result<RowName> {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(county), Some(dataset), Some(key)) if !key.is_empty() => {
            Ok(RowName { dataset: dataset.to_owned(), county: county.to_owned(), record_key: key.to_owned() })
        }
        _ => Err(Error::usage(text, words!("不是有效的行名称", "names no row")).hint(words!(
            "写作“县代码/数据集/记录主键”，例如 370832/hospital_patient/HZ0001",
            "COUNTY/DATASET/RECORD_KEY, such as 370832/hospital_patient/HZ0001"
        ))),
    }
}

fn explain(args: &WhyArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let (a, b) = (row_name(&args.row)?, row_name(&args.other)?);
    let store = OpenedStore::open(&config_path(args.config.as_ref())?, schemas)?;
    let why = why(&store, &a, &b)?;
    show_why(&why, p);
    Ok(0)
}

fn show_why(why: &Why, p: &Printer) {
    let line = |name: &str, bits: f32, what: &str| {
        p.line(format!("  {bits:>8.2}  {name}{}{what}", if what.is_empty() { "" } else { p.pick("：", ": ") }))
    };
    if why.same_identity {
        p.line(p.pick("两行所述身份完全相同", "both rows have exactly the same identity"));
    }
    p.line(p.pick("证据分（正数支持同一人，负数反对）", "evidence in bits; positive values speak for one person"));
    line(p.pick("先验", "prior"), why.ladder.prior, "");
    for rung in &why.ladder.rungs {
        let mut what = match p.lang {
            _ if rung.level.is_empty() => p.pick("未提供", "not given").to_owned(),
            Lang::Zh => relations_zh(&rung.comparison, &rung.level),
            Lang::En => relations_en(&rung.comparison, &rung.level),
        };
        if rung.frequency_bits != 0.0 {
            let share = rung.frequency_bits;
            what += p.pick(
                &format!("（其中因该值少见或常见 {share:+.2}）"),
                &format!(" (of which term frequency {share:+.2})"),
            );
        }
        if rung.bounded_bits != 0.0 {
            let taken = rung.bounded_bits;
            what += p.pick(&format!("（同户之人也会相同，扣减 {taken:+.2}）"), &format!(" (bounded by {taken:+.2})"));
        }
        line(p.pick(comparison_zh(&rung.comparison), &rung.comparison), rung.bits, &what);
    }
    for (name, bits) in &why.ladder.adjustments {
        line(p.pick(adjustment_zh(name), name), *bits, p.pick("调整", "adjustment"));
    }
    line(p.pick("合计", "total"), why.ladder.total, "");
    p.line(match p.lang {
        Lang::Zh => format!("达到 {} 分归并为一人，达到 {} 分列入复核", why.join, why.review),
        Lang::En => format!("join from {}, review from {}", why.join, why.review),
    });
    p.line(match &why.rule {
        Some(rule) => match p.lang {
            Lang::Zh => format!("因分块规则“{}”而比较", rule_zh(rule)),
            Lang::En => format!("compared because of the blocking rule: {rule}"),
        },
        None => p
            .pick("没有分块规则把这两行放在一起比较", "no blocking rule selects these two rows for comparison")
            .to_owned(),
    });
    p.line(match (why.one_person, p.lang) {
        (true, Lang::Zh) => "结论：同一人".to_owned(),
        (true, Lang::En) => "conclusion: one person".to_owned(),
        (false, Lang::Zh) => "结论：不同的人".to_owned(),
        (false, Lang::En) => "conclusion: two persons".to_owned(),
    });
    if why.says_too_little {
        p.line(p.pick(
            "（所述信息太少，不足以认定是谁：这样的每一行各算一人）",
            "(the rows say too little to tell who is meant: each such row counts as a person of its own)",
        ));
        return;
    }
    if why.one_person && why.ladder.total < why.join {
        p.line(p.pick("（经由其他记录相连）", "(joined through other rows)"));
    }
    if !why.one_person && why.ladder.total >= why.join {
        p.line(p.pick(
            "（两个不同的有效证件号、人工决定，或其余记录的证据反对归并）",
            "(two different valid ID numbers, a decision, or evidence of other rows keeps them apart)",
        ));
    }
    let weakest = why.weakest_cut.map_or_else(|| "-".to_owned(), |bits| format!("{bits:.2}"));
    let identities = grouped(why.identities as u64);
    let identities_en = said::several(why.identities as u64, "identity", "identities");
    p.line(match p.lang {
        Lang::Zh => format!("第一行所在的归并组：{identities} 个不同身份，最弱一环 {weakest} 分"),
        Lang::En => format!("the first row's person: {identities_en}, the weakest cut {weakest} bits"),
    });
}

fn review_cases(args: &ReviewArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let store = OpenedStore::open(&config_path(args.config.as_ref())?, schemas)?;
    let written = review(&store, args.most)?;
    let cases = said::several(written.cases as u64, "case", "cases");
    p.line(match p.lang {
        Lang::Zh => format!("{} 个待核案例 → {}", grouped(written.cases as u64), written.path.display()),
        Lang::En => format!("{cases} to look at → {}", written.path.display()),
    });
    p.line(p.pick(
        "文件含个人信息，请勿移出 private/；填好后运行 xinhui link decide 文件",
        "it holds personal data: keep it in private/; when it is filled in, run xinhui link decide FILE",
    ));
    Ok(0)
}

fn take_answers(args: &DecideArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let store = OpenedStore::open(&config_path(args.config.as_ref())?, schemas)?;
    let taken = decide(&store, &args.workbook)?;
    let [decided, undecided, blank, unknown] =
        [taken.taken, taken.undecided, taken.blank, taken.unknown].map(|n| grouped(n as u64));
    let decided_en = said::several(taken.taken as u64, "decision", "decisions");
    p.line(match p.lang {
        Lang::Zh => format!("采纳 {decided} 条结论，暂不决定 {undecided}，未填 {blank}"),
        Lang::En => format!("{decided_en} taken, {undecided} left undecided, {blank} not filled in"),
    });
    for problem in &taken.problems {
        p.line(match p.lang {
            Lang::Zh => format!("  第 {} 行：{}", problem.row, problem.message_zh),
            Lang::En => format!("  row {}: {}", problem.row, problem.message_en),
        });
    }
    for contradiction in &taken.contradictions {
        let rows: Vec<String> = contradiction
            .rows
            .iter()
            .map(|r| format!("{}/{}/{}", r.county, r.dataset, shown_key(&r.record_key)))
            .collect();
        p.line(p.pick(
            &format!("  相互矛盾的结论，均未生效：{}", rows.join("、")),
            &format!("  decisions that contradict each other; none of them is applied: {}", rows.join(", ")),
        ));
    }
    if taken.unknown > 0 {
        let are = said::several(taken.unknown as u64, "decision is", "decisions are");
        p.line(match p.lang {
            Lang::Zh => format!("  {unknown} 条结论涉及的记录目前不存在"),
            Lang::En => format!("  {are} about rows that do not exist at present"),
        });
    }
    Ok(u8::from(!taken.problems.is_empty() || !taken.contradictions.is_empty()))
}

fn evaluate(args: &EvaluateArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let truth = Truth::read(&args.truth)?;
    let mut evaluation = match &args.people {
        Some(people) => evaluate_people(people, schemas, &truth)?,
        None => evaluate_store(&config_path(args.config.as_ref())?, schemas, &truth)?,
    };
    let zh = p.lang == Lang::Zh;
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&evaluation).map_err(|e| Error::output(path, e))?;
        write_atomic(path, text.as_bytes())?;
    }
    // People read titles of datasets, programs their ids.
    let declared = Schemas::from_files(&schema_files(schemas)?)?;
    for group in evaluation.groups.iter_mut().filter(|group| group.kind == "source") {
        if let Some(table) = declared.table(&group.value) {
            group.value = p.pick(&table.title, &table.title_en).to_owned();
        }
    }
    p.line(as_text(&evaluation, zh).trim_end());
    if let Some(path) = &args.html {
        write_atomic(path, as_html(&evaluation, zh).as_bytes())?;
    }
    Ok(0)
}

fn model(args: &ModelArgs, p: &Printer) -> Result<u8> {
    let options = ModelOptions {
        tables: &args.tables,
        id: args.id.as_deref(),
        out: args.out.as_deref(),
        overwrite: args.overwrite,
        lang: p.lang,
    };
    let written = propose_model(&options)?;
    let Some(out) = &args.out else {
        p.raw(written.text.as_bytes());
        return Ok(0);
    };
    let colon = p.pick("：", ": ");
    for (what, columns) in &written.fields {
        p.line(format!("  {what}{colon}{}", columns.say(p.lang)));
    }
    for (column, why) in &written.left_out {
        p.line(format!("  - {column}{colon}{why}"));
    }
    let pairs = grouped(written.pairs);
    let rules = said::several(written.rules as u64, "blocking rule", "blocking rules");
    p.line(match p.lang {
        Lang::Zh => format!("{} 条分块规则，约 {pairs} 对 → {}", written.rules, out.display()),
        Lang::En => format!("{rules}, about {pairs} pairs → {}", out.display()),
    });
    if !written.names_records {
        p.line(p.pick(
            "注意：表中没有名为 id 等的记录编号列；link table 须用 --id 指明",
            "note: no column is named like a record id (id, record_id, …): `link table` needs --id COLUMN",
        ));
    }
    let tables: Vec<String> = args.tables.iter().map(|t| t.display().to_string()).collect();
    p.line(format!(
        "{}xinhui link table --model {} {} --out clusters.parquet",
        p.pick("接下来：", "next: "),
        out.display(),
        tables.join(" ")
    ));
    Ok(0)
}

fn table(args: &TableArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let options = TableOptions {
        model: &args.model,
        tables: &args.tables,
        id: args.id.as_deref(),
        out: &args.out,
        weights: args.weights.as_deref(),
        no_duplicates: args.no_duplicates,
    };
    let linked = link_tables(&options, schemas)?;
    if let Some(path) = &args.save_weights {
        write_atomic(path, linked.weights.to_text().as_bytes())?;
    }
    if args.report {
        print_rules(&linked, args.model == PERSONS, p);
    }
    for warning in linked.warnings.iter().map(|w| w.say(p.lang)) {
        p.line(p.pick(&format!("注意：{warning}"), &format!("note: {warning}")));
    }
    let seconds: Vec<String> =
        linked.seconds.iter().map(|(stage, s)| format!("{} {s:.1}", stage_words(stage).say(p.lang))).collect();
    p.line(match p.lang {
        Lang::Zh => format!(
            "{} 条记录，{} 个人 → {}（秒：{}）",
            grouped(linked.records as u64),
            grouped(linked.clusters as u64),
            args.out.display(),
            seconds.join("、")
        ),
        Lang::En => format!(
            "{}, {} → {} (seconds: {})",
            said::several(linked.records as u64, "record", "records"),
            said::several(linked.clusters as u64, "person", "persons"),
            args.out.display(),
            seconds.join(", ")
        ),
    });
    Ok(0)
}

/// What each blocking rule found, and how fast pairs were compared. Rules of the nightly model have Chinese names;
/// those of others are named as their author named them.
fn print_rules(linked: &TableLinkage, is_nightly: bool, p: &Printer) {
    for r in &linked.rules {
        let counts = [grouped(r.blocks), grouped(r.largest), grouped(r.first_pairs), grouped(r.cut_blocks)];
        let [blocks, largest, first, cut] = counts;
        let lost = r.lost_matches.round();
        let name = if is_nightly { p.pick(rule_zh(&r.rule), &r.rule) } else { &r.rule };
        p.line(match p.lang {
            Lang::Zh => {
                format!("{name}：{blocks} 块，最大 {largest} 条，{first} 对首次比较，{cut} 块被截断，{lost} 对可能遗漏")
            }
            Lang::En => format!(
                "{name}: {blocks} blocks, {largest} in the largest, {first} pairs not compared by earlier rules, {cut} \
                 blocks cut, {lost} matches that may be missed"
            ),
        });
    }
    let pairs: u64 = linked.rules.iter().map(|r| r.first_pairs).sum();
    let scoring = linked.seconds.iter().find(|s| s.0 == "score").map_or(0.0, |s| s.1);
    let (all, speed) = (grouped(pairs), pairs as f64 / scoring.max(1e-9) / 1e6);
    p.line(match p.lang {
        Lang::Zh => format!("共比较 {all} 对，每秒 {speed:.1} 百万对"),
        Lang::En => format!("{all} pairs compared, {speed:.1} million a second"),
    });
}
