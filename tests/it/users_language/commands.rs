//! Every command, with right and wrong input, in both languages.

use std::process::Output;

use super::detect::{chinese, english};
use crate::night::hand::HandStore;
use crate::night::store::xinhui;

const PATIENTS: &str = "患者编号,姓名,身份证号,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况
HZ1,严一一,,1,1980-01-02,370832101001,F20.9,2022-03-04,1
HZ2,严二二,,9号,1980-13-02,370832101999,F20.9,2099-03-04,1
";

/// A small city with a night behind it, files that are wrong in many ways, and a feed.
pub fn city() -> HandStore {
    let hand = HandStore::new();
    hand.put("370832/hospital/patients.csv", PATIENTS);
    hand.put("370832/hospital/no-header.csv", "患者姓名,诊断,居住状态\n严一一,F20,1\n");
    hand.put("370832/police/wrong.csv", PATIENTS);
    hand.put("370832/医院/x.csv", PATIENTS);
    hand.put("任城区/hospital/x.csv", PATIENTS);
    hand.put("370832/station/empty.csv", "");
    hand.put("370832/station/page.xlsx", "<html><table></table></html>");
    hand.put("370832/station/bytes.bin", [0xffu8, 0xfe, 0x00, 0x9d, 0x81]);
    std::fs::write(hand.store.path().join("people.csv"), "id,name,sex\n1,a,m\n2,b,f\n").expect("a file");
    std::fs::write(
        hand.store.path().join("broken.toml"),
        "as_of = \"x\"\ncity = 3708\nwhat = 1\n[periods]\nfrom = 7\n",
    )
    .expect("a file");
    let config = hand.store.path().join("xinhui.toml");
    let text = std::fs::read_to_string(&config).expect("a config");
    let feed = "\n[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\nto = \"drop\"\n";
    std::fs::write(&config, text.replace("max_rejected_share = 1.0", "max_rejected_share = 1.0\n#LANG") + feed)
        .expect("a config");
    hand
}

/// Command lines, each with right or wrong input. Those that take long stand in one list alone.
pub const LINES: &[&str] = &[
    "",
    "--version",
    "frob",
    "run --config none.toml",
    "run --config broken.toml",
    "run --threads x",
    "run --as",
    "check",
    "check --config broken.toml",
    "check --schemas inbox",
    "accept",
    "accept none.csv",
    "accept inbox/370832/hospital/patients.csv",
    "explain",
    "explain nothing",
    "explain --list",
    "explain services",
    "explain smi_standard_management_rate",
    "explain smi_standard_management_rate --division 3708 --period 2023",
    "explain smi_standard_management_rate --division 3708 --list",
    "explain smi_standard_management_rate --division 3708 --period 2023 --sql",
    "explain services --division 3708 --period 2023 --sql",
    "explain village_rollout_rate --division 370832",
    "explain smi_standard_management_rate --division 99 --period 2023",
    "explain smi_standard_management_rate --division 3708 --period 1999",
    "diff",
    "diff current current",
    "diff current current --level 县 --division 梁山县",
    "diff current current --level 村级 --indicator 治疗",
    "diff current current --division 梁山",
    "diff current current --division 99",
    "diff current current --level hamlet",
    "diff current current --indicator nonsense",
    "template",
    "template nothing --out t.xlsx",
    "template hospital_patient --out t.xlsx",
    "init",
    "init here --city 99",
    "init here --city 济宁",
    "init here --city 370832",
    "validate",
    "validate none.csv",
    "validate inbox",
    "validate inbox --config xinhui.toml",
    "validate inbox/370832/hospital/patients.csv inbox/370832/hospital/no-header.csv",
    "validate inbox/370832/hospital/patients.csv --source nobody",
    "validate inbox/370832/hospital/patients.csv --as-of yesterday",
    "status",
    "status --config none.toml",
    "verify",
    "disclosure report",
    "disclosure verify",
    "link",
    "link train",
    "link train --people people.csv --out w.json",
    "link train --people none.csv --out w.json",
    "link why x y",
    "link why 370832/hospital_patiant/HZ1 370832/hospital_patient/HZ1",
    "link why 370832/hospital_patient/HZ1 370832/hospital_patient/HZ9",
    "link why 370832/hospital_patient/HZ1 370832/hospital_patient/HZ1",
    "link review",
    "link decide none.xlsx",
    "link decide people.csv",
    "link decide inbox",
    "link evaluate --truth people.csv",
    "link model people.csv",
    "link table --model nothing people.csv --out c.parquet",
    "link table --model persons people.csv --out c.parquet",
    "feed key --out feed.key",
    "feed key --out feed.key",
    "feed build none --out out",
    "feed send",
    "feed send none",
    "feed receipts city",
    "feed verify --key feed.key.pub people.csv",
    "key new --out xinhui.key",
    "synth --out inbox --city 9999",
    "synth --out new --dirt much",
    "synth --out new --from yesterday",
    "synth --out new --rate x",
    "completions tcsh",
];

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command line with more arguments, in an environment that holds nothing else, as cron starts it.
pub fn with(line: &str, hand: &HandStore, more: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = xinhui();
    command.current_dir(hand.store.path()).args(line.split_whitespace()).args(more);
    command.env_clear().envs(environment.iter().copied());
    said(&command.output().expect("the binary starts"))
}

/// Of what explanations print as SQL, the comments alone.
fn without_sql(text: &str) -> String {
    match text.split_once("\n-- SQL") {
        None => text.to_owned(),
        Some((before, sql)) => {
            let comments = sql.lines().filter(|line| line.starts_with("--"));
            comments.fold(before.to_owned(), |text, line| text + "\n" + line)
        }
    }
}

#[test]
fn no_command_says_an_english_sentence_in_chinese() {
    let hand = city();
    let night = with("run", &hand, &["--lang", "zh", "--log", "text"], &[]);
    assert!(night.contains("已发布快照") && night.contains("阶段完成"), "{night}");
    // Stages have their names in a log for people; a program looks for those that it knows.
    assert!(night.contains("stage=\"基础数据\"") && !night.contains("stage=\"reference\""), "{night}");
    assert!(night.contains("layer=\"文件\"") && !night.contains("layer=\"files\""), "{night}");
    let for_programs = with("run", &hand, &["--lang", "zh", "--log", "json"], &[]);
    assert!(for_programs.contains("\"stage\":\"reference\""), "{for_programs}");
    let mut wrong = Vec::new();
    let mut look = |line: &str, text: String| {
        if let Some(words) = english(&without_sql(&text)) {
            wrong.push(format!("`{line}`: {words}"));
        }
        // What the system says is English too where it is quoted.
        let system = ["os error", "No such file", "ermission denied", "s a directory", "file or directory"];
        if let Some(words) = system.iter().find(|words| text.contains(**words)) {
            wrong.push(format!("`{line}`: {words} in {text}"));
        }
    };
    look("run", night);
    for line in LINES {
        look(line, with(line, &hand, &["--lang", "zh"], &[]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_command_says_a_chinese_sentence_in_english() {
    let hand = city();
    let mut wrong = Vec::new();
    // What explanations and files quote is Chinese, and so are names of divisions.
    let quotes = |line: &str| {
        ["explain", "validate inbox", "diff", "template nothing", "init here"].iter().any(|word| line.starts_with(word))
    };
    for line in LINES.iter().filter(|l| !quotes(l)) {
        let text = with(line, &hand, &["--lang", "en"], &[]);
        if let Some(words) = chinese(&text) {
            wrong.push(format!("`{line}`: {words}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_chinese_system_and_a_chinese_config_speak_chinese() {
    let hand = city();
    let lines = ["check", "status", "run --config broken.toml", "frob", "verify", "run --help"];
    let in_chinese = |line: &str, text: &str| {
        assert!(chinese(text).is_some(), "`{line}` says no Chinese: {text}");
        assert_eq!(english(text), None, "`{line}`");
    };
    for line in lines {
        in_chinese(line, &with(line, &hand, &[], &[("LANG", "zh_CN.UTF-8")]));
    }
    let config = hand.store.path().join("xinhui.toml");
    let text = std::fs::read_to_string(&config).expect("a config");
    std::fs::write(&config, text.replace("#LANG", "lang = \"zh\"")).expect("a config");
    // As cron starts it: an empty environment.
    for line in ["check", "status", "verify", "run", "frob"] {
        let text = with(line, &hand, &[], &[]);
        in_chinese(line, &text);
    }
}

#[test]
fn every_step_to_a_number_has_its_sentence_in_both_languages() {
    let schemas = xinhui::schema::Schemas::embedded().expect("declarations");
    for fact in schemas.facts.values() {
        assert!(
            chinese(&fact.title.zh).is_some() && chinese(&fact.title.en).is_none(),
            "{}: {:?}",
            fact.name,
            fact.title
        );
    }
    for plan in &schemas.profiles {
        assert!(chinese(&plan.words.zh).is_some() && chinese(&plan.words.en).is_none(), "{}", plan.name);
    }
}
