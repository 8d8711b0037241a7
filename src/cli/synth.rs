//! `xinhui synth`: writes invented data.

use std::path::{Path, PathBuf};

use super::options::day_of;
use super::printer::Printer;
use crate::diag::grouped;
use crate::error::{Error, Result, words};
use crate::pipeline::config::schema_files;
use crate::schema::Schemas;
use crate::synth::{Dirt, ExportFormat, Rates, SynthOptions, generate, generate_identities};

#[derive(Debug, clap::Args)]
pub struct SynthArgs {
    /// Folder to create, with config, key, reference data, inbox and the true persons; with --identities only
    /// people.csv and truth.csv
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// City code: 3704, 3708, 4416 or 3101
    #[arg(long, default_value = "3708")]
    city: String,
    /// County codes, separated by commas; by default all counties of the city
    #[arg(long, value_delimiter = ',')]
    counties: Vec<String>,
    /// At most this many towns in each county
    #[arg(long)]
    towns: Option<usize>,
    /// Number of people who live in the counties
    #[arg(long, default_value_t = 2000)]
    persons: u64,
    /// Approximate total number of rows; sets the number of people
    #[arg(long)]
    rows: Option<u64>,
    /// Instead of an inbox, write a people.csv of about this many rows to test linkage with: the distinct identities of
    /// each source, as they are after reading
    #[arg(long, value_name = "N", conflicts_with_all = ["persons", "rows", "formats", "nights"])]
    identities: Option<u64>,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many faults files and identities have: none, light, normal or heavy
    #[arg(long, default_value = "light")]
    dirt: String,
    /// Change one rate of --dirt, such as name_homophone=0.05; may be repeated. An unknown name prints all names
    #[arg(long = "rate", value_name = "NAME=VALUE")]
    rates: Vec<String>,
    /// First day of events
    #[arg(long, default_value = "2022-01-01", value_name = "YYYY-MM-DD")]
    from: String,
    /// Last day of events, also the config's as_of
    #[arg(long, default_value = "2023-12-31", value_name = "YYYY-MM-DD")]
    as_of: String,
    /// File formats, separated by commas: csv, xlsx, xls, jsonl, parquet, zip
    #[arg(long, value_delimiter = ',', default_value = "csv")]
    formats: Vec<String>,
    /// Split the inbox into this many nights
    #[arg(long, default_value_t = 1)]
    nights: u32,
}

pub fn run(args: &SynthArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas)?)?;
    let dirt = Dirt::parse(&args.dirt).ok_or_else(|| {
        Error::usage(
            "--dirt",
            words!(
                "`{}` 不在可选值中：none（无）、light（少）、normal（一般）、heavy（多）",
                "`{}` is not one of none, light, normal, heavy",
                args.dirt
            ),
        )
    })?;
    let mut rates = Rates::preset(dirt);
    for rate in &args.rates {
        rates.set(rate)?;
    }
    let mut formats = Vec::new();
    for name in &args.formats {
        formats.push(ExportFormat::parse(name).ok_or_else(|| {
            Error::usage(
                "--formats",
                words!(
                    "`{name}` 不在可选值中：csv、xlsx、xls、jsonl、parquet、zip",
                    "`{name}` is not one of csv, xlsx, xls, jsonl, parquet, zip"
                ),
            )
        })?);
    }
    let options = SynthOptions {
        out: args.out.clone(),
        city: args.city.clone(),
        counties: args.counties.clone(),
        towns: args.towns,
        persons: args.persons,
        rows: args.rows,
        seed: args.seed,
        from: day_of("--from", &args.from)?,
        as_of: day_of("--as-of", &args.as_of)?,
        rates,
        formats,
        nights: args.nights,
    };
    if std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::usage(
            args.out.display(),
            words!("文件夹已有内容，不会写入", "the folder is in use: nothing is written there"),
        )
        .hint(words!("请用 --out 另指定一个新的或空的文件夹", "name a new or an empty folder with --out")));
    }
    if let Some(identities) = args.identities {
        let report = generate_identities(&options, identities, &schemas)?;
        let (rows, persons) = (grouped(report.identities), grouped(report.persons));
        p.line(match p.pick("z", "e") {
            "z" => format!("{}：{rows} 个身份，{persons} 人", args.out.display()),
            _ => format!("{}: {rows} identities of {persons} people", args.out.display()),
        });
        return Ok(0);
    }
    let report = generate(&options, &schemas)?;
    p.line(match p.pick("z", "e") {
        "z" => format!(
            "{}：{} 个文件，{} 行，{} 人，{} 处有意放入的问题",
            args.out.display(),
            grouped(report.files),
            grouped(report.rows),
            grouped(report.persons),
            grouped(report.findings)
        ),
        _ => format!(
            "{}: {} files, {} rows, {} people, {} deliberate faults",
            args.out.display(),
            grouped(report.files),
            grouped(report.rows),
            grouped(report.persons),
            grouped(report.findings)
        ),
    });
    Ok(0)
}
