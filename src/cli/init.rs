//! `xinhui init`: makes the folder of a new store.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use super::said;
use crate::diag::grouped;
use crate::error::{Error, Lang, Result, words};
use crate::pipeline::config::{schema_files, today};
use crate::schema::{Schemas, day};
use crate::setup::{MadeStore, NewStore, in_shell, make};
use crate::store::key::HashName;

#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// The folder to make, such as /srv/xinhui
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Division code of the city, 4 digits
    #[arg(long)]
    city: String,
    /// Only these counties of the city, codes separated by commas
    #[arg(long, value_delimiter = ',')]
    counties: Vec<String>,
    /// A file of divisions (code and name), for a city that is not built in
    #[arg(long, value_name = "FILE")]
    divisions: Option<PathBuf>,
    /// The hash of the store: sha256, or sm3
    #[arg(long, default_value = "sha256")]
    hash: String,
    /// The account that will run the nights
    #[arg(long, default_value = "xinhui")]
    user: String,
    /// The binary that the scheduler will start; by default this one
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// When the nights begin
    #[arg(long, value_name = "HH:MM", default_value = "02:30")]
    at: String,
}

pub fn run(args: &InitArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let hash = HashName::parse(&args.hash).ok_or_else(|| {
        let given = &args.hash;
        Error::usage("--hash", words!("`{given}` 既不是 sha256 也不是 sm3", "`{given}` is neither sha256 nor sm3"))
    })?;
    let at = time(&args.at).ok_or_else(|| {
        let given = &args.at;
        Error::usage("--at", words!("`{given}` 不是时间；应写作 02:30", "`{given}` is not a time such as 02:30"))
    })?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if args.user.is_empty() || !args.user.chars().all(is_name) || args.user.starts_with(['-', '.']) {
        let given = &args.user;
        return Err(Error::usage("--user", words!("`{given}` 不是账号名", "`{given}` is not the name of an account")));
    }
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|e| Error::input(Path::new("xinhui"), e))?,
    };
    let new = NewStore {
        dir: &args.dir,
        city: &args.city,
        counties: &args.counties,
        divisions: args.divisions.as_deref(),
        hash,
        lang: p.lang,
        user: &args.user,
        program: &std::path::absolute(&program).unwrap_or(program),
        at,
        year: day::to_date(today()).year(),
    };
    print(&make(&new, &schemas, schemas_dir)?, p);
    Ok(0)
}

/// `02:30` as hour and minute.
fn time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn print(made: &MadeStore, p: &Printer) {
    let dir = made.dir.display();
    let (counties, divisions) = (made.counties.len(), grouped(made.divisions as u64));
    let several = |n: usize, one: &str, more: &str| said::several(n as u64, one, more);
    let counties_en = several(counties, "county", "counties");
    let divisions_en = several(made.divisions, "division", "divisions");
    let city = &made.city_name;
    let user = &made.user;
    // What is to be pasted into a shell, which parts words at blanks.
    let (config, install) = ("xinhui.toml", "ops/install.sh");
    let [config, install] = [config, install].map(|file| in_shell(&made.dir.join(file).display().to_string()));
    p.line(match p.lang {
        Lang::Zh => format!(
            "已在 {dir} 建好存储：{city}，{counties} 个区县，{divisions} 个区划\n\
             \n\
             接下来：\n  \
             1. 备份密钥 {dir}/xinhui.key，存放在别处：没有它谁也打不开身份信息\n  \
             2. 看一遍 {dir}/xinhui.toml，改动后运行 xinhui check --config {config}\n  \
             3. 填好 {dir}/常住人口-待填.xlsx，放入 {dir}/reference\n  \
             4. 把各区县的导出文件放入 {dir}/inbox/<区县代码>/<来源>\n  \
             5. 试运行：xinhui run --config {config}\n  \
             6. 每晚运行（账号 {user}）：sudo {install}"
        ),
        Lang::En => format!(
            "made a store in {dir}: {city}, {counties_en}, {divisions_en}\n\
             \n\
             what comes next:\n  \
             1. keep a copy of the key {dir}/xinhui.key elsewhere: without it nobody opens the identities\n  \
             2. read {dir}/xinhui.toml; after a change run xinhui check --config {config}\n  \
             3. fill in {dir}/population-to-fill-in.xlsx and put it into {dir}/reference\n  \
             4. put the exports into {dir}/inbox/<county code>/<source>\n  \
             5. try a night: xinhui run --config {config}\n  \
             6. every night, as {user}: sudo {install}"
        ),
    });
}
