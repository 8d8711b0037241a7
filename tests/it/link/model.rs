//! `xinhui link model`: what it writes for tables that nobody described links them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::tables::Dice;
use crate::night::published::{int, table, text};
use crate::night::store::{expect, xinhui};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Writes a model for tables; the model and what was said.
    #[track_caller]
    fn model(&self, tables: &[&Path]) -> (PathBuf, String, String) {
        let out = self.path("model.toml");
        let said = expect(xinhui().args(["--lang", "en", "link", "model", "--out"]).arg(&out).args(tables), 0);
        let text = std::fs::read_to_string(&out).expect("a model");
        (out, text, String::from_utf8(said.stdout).expect("text"))
    }

    /// Clusters under the model, as record and number.
    #[track_caller]
    fn link(&self, model: &Path, tables: &[&Path]) -> Vec<(String, i64)> {
        let out = self.path("clusters.parquet");
        expect(xinhui().args(["link", "table", "--model"]).arg(model).args(tables).arg("--out").arg(&out), 0);
        let rows = table(&out);
        let row = |batch: &arrow::array::RecordBatch, at: usize| (text(batch, "id", at), int(batch, "cluster", at));
        rows.iter()
            .flat_map(|b| (0..b.num_rows()).map(move |at| row(b, at)))
            .map(|(id, cluster)| (id, cluster.expect("a cluster")))
            .collect()
    }
}

/// Pairwise F1 of clusters; a record's name is its person's, a dash, and more.
fn f1(clusters: &[(String, i64)]) -> f64 {
    let pairs = |n: &usize| n * (n - 1) / 2;
    let person = |id: &str| id.split('-').next().expect("a person").to_owned();
    let (mut found, mut true_, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (id, cluster) in clusters {
        *found.entry(*cluster).or_insert(0usize) += 1;
        *true_.entry(person(id)).or_insert(0usize) += 1;
        *both.entry((*cluster, person(id))).or_insert(0usize) += 1;
    }
    let sum = |of: &mut dyn Iterator<Item = usize>| of.sum::<usize>() as f64;
    let both = sum(&mut both.values().map(pairs));
    2.0 * both / (sum(&mut found.values().map(pairs)) + sum(&mut true_.values().map(pairs)))
}

const GIVEN: [&str; 20] = [
    "sarah", "joshua", "emily", "thomas", "hannah", "lachlan", "georgia", "benjamin", "chloe", "william", "mia",
    "oscar", "grace", "harry", "ruby", "jacob", "alice", "samuel", "freya", "daniel",
];
const FAMILY: [&str; 24] = [
    "alves", "snell", "campbell", "clarke", "nguyen", "ryan", "webb", "white", "matthews", "rudd", "baxter",
    "connolly", "fisher", "harrison", "maxwell", "owen", "bartlett", "wallace", "andrews", "morris", "turner", "ellis",
    "gray", "hill",
];
const TOWN: [&str; 12] = [
    "kelmscott",
    "yorkton",
    "clayton",
    "greenwood",
    "edithvale",
    "mosman",
    "alfredton",
    "berwick",
    "toowong",
    "glenelg",
    "hobart",
    "lorne",
];

fn slip(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = dice.roll(letters.len() as u64 - 1) as usize;
    if dice.happens(500) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

/// 200 people with one to five records: given name, surname, birth date, town, postcode, e-mail.
fn people() -> Vec<[String; 7]> {
    let mut dice = Dice(7);
    let mut rows = Vec::new();
    for person in 0..200 {
        let pick = |dice: &mut Dice, of: &[&str]| of[dice.roll(of.len() as u64) as usize].to_owned();
        let (given, family, town) = (pick(&mut dice, &GIVEN), pick(&mut dice, &FAMILY), pick(&mut dice, &TOWN));
        let born = format!("{}-{:02}-{:02}", 1930 + dice.roll(80), 1 + dice.roll(12), 1 + dice.roll(28));
        let code = (2000 + dice.roll(60)).to_string();
        let mail = format!("{}{}{}@example.org", pick(&mut dice, &FAMILY), pick(&mut dice, &GIVEN), dice.roll(100));
        for record in 0..1 + dice.roll(5) {
            let mut row = [
                format!("{person}-{record}"),
                given.clone(),
                family.clone(),
                born.clone(),
                town.clone(),
                code.clone(),
                mail.clone(),
            ];
            for field in [1, 2, 4, 6] {
                match dice.roll(100) {
                    0..15 => row[field] = slip(&mut dice, &row[field].clone()),
                    15..25 => row[field].clear(),
                    _ => (),
                }
            }
            rows.push(row);
        }
    }
    rows
}

fn csv<const N: usize>(header: &str, rows: &[[String; N]]) -> String {
    let mut out = format!("{header}\n");
    rows.iter().for_each(|row| out += &format!("{}\n", row.join(",")));
    out
}

#[test]
fn a_written_model_links_what_it_was_written_for() {
    let folder = Folder::new();
    let rows = people();
    let file = folder.file("people.csv", csv("id,first_name,surname,dob,city,postcode,email", &rows).as_bytes());
    let (model, text, said) = folder.model(&[&file]);
    for field in ["given_name", "surname", "birth", "city", "postcode", "email"] {
        assert!(text.contains(&format!("name = \"{field}\"")), "{field}\n{text}");
    }
    assert!(said.contains("blocking rules"), "{said}");
    // No value of a person in the file or on the screen.
    for row in &rows {
        for value in row[1..].iter().filter(|v| v.len() > 4) {
            assert!(!text.contains(value.as_str()) && !said.contains(value.as_str()), "{value}");
        }
    }
    let f1 = f1(&folder.link(&model, &[&file]));
    assert!(f1 > 0.97, "{f1}");
}

#[test]
fn columns_that_say_nothing_are_known_by_their_values() {
    let folder = Folder::new();
    let rows = people();
    let file = folder.file("people.csv", csv("id,c1,c2,c3,c4,c5,c6", &rows).as_bytes());
    let (model, text, said) = folder.model(&[&file]);
    assert!(said.contains("birth date: c3") && said.contains("e-mail: c6") && said.contains("postcode: c5"), "{said}");
    assert!(text.contains("normalise = [\"date\"]"), "{text}");
    let f1 = f1(&folder.link(&model, &[&file]));
    assert!(f1 > 0.95, "{f1}");
}

/// An invented ID number with its check digit.
fn id_number(born: &str, sequence: u64) -> String {
    let body = format!("990101{born}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

/// 150 people with two records: name, sex, birth date, ID number, phone, home.
fn residents() -> Vec<[String; 7]> {
    let mut dice = Dice(3);
    let mut rows = Vec::new();
    let surnames: Vec<char> = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗".chars().collect();
    let given: Vec<char> = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文".chars().collect();
    for person in 0..150 {
        let of = |dice: &mut Dice, from: &[char]| from[dice.roll(from.len() as u64) as usize];
        let name: String = [of(&mut dice, &surnames), of(&mut dice, &given), of(&mut dice, &given)].iter().collect();
        let (year, month, day) = (1940 + dice.roll(70), 1 + dice.roll(12), 1 + dice.roll(28));
        let sequence = 1 + dice.roll(900);
        let number = id_number(&format!("{year}{month:02}{day:02}"), sequence);
        let sex = if sequence % 2 == 1 { "男" } else { "女" };
        let phone = format!("199{:08}", dice.roll(100_000_000));
        let home = format!("样例镇第{}村{}号", 1 + dice.roll(20), 1 + dice.roll(90));
        for record in 0..2 {
            let mut row = [
                format!("{person}-{record}"),
                name.clone(),
                sex.to_owned(),
                if record == 0 { format!("{year}-{month:02}-{day:02}") } else { format!("{year}/{month}/{day}") },
                number.clone(),
                phone.clone(),
                home.clone(),
            ];
            if record == 1 {
                match dice.roll(4) {
                    0 => row[4].clear(),
                    1 => row[5].clear(),
                    2 => row[6].clear(),
                    _ => (),
                }
            }
            rows.push(row);
        }
    }
    rows
}

#[test]
fn chinese_headers_and_gb18030_are_read() {
    let folder = Folder::new();
    let text = csv("编号,姓名,性别,出生日期,身份证号码,联系电话,现住址", &residents());
    let file = folder.file("居民.csv", &encoding_rs::GB18030.encode(&text).0);
    let (model, text, said) = folder.model(&[&file]);
    for kind in ["name-zh", "resident-id", "address-zh", "digits", "sex"] {
        assert!(text.contains(&format!("\"{kind}\"")), "{kind}\n{text}");
    }
    assert!(said.contains("ID number: 身份证号码"), "{said}");
    let f1 = f1(&folder.link(&model, &[&file]));
    assert!(f1 > 0.98, "{f1}");
    // In Chinese where that is the language.
    let said = expect(xinhui().args(["--lang", "zh", "link", "model"]).arg(&file), 0);
    let text = String::from_utf8(said.stdout).expect("text");
    assert!(text.contains("# 分块规则") && text.contains("# 身份证号已含出生日期和性别。"), "{text}");
}

#[test]
fn two_tables_with_other_headers_are_linked() {
    let folder = Folder::new();
    let (a, b): (Vec<_>, Vec<_>) = residents().into_iter().partition(|row| row[0].ends_with("-0"));
    let a = folder.file("a.csv", csv("编号,姓名,性别,出生日期,身份证号,手机号,住址", &a).as_bytes());
    let b = folder.file("b.csv", csv("id,name,sex,birth_date,id_number,mobile,address", &b).as_bytes());
    let (model, text, _) = folder.model(&[&a, &b]);
    assert!(text.contains("columns = [\"姓名\", \"name\"]"), "{text}");
    let f1 = f1(&folder.link(&model, &[&a, &b]));
    assert!(f1 > 0.98, "{f1}");
}

#[test]
fn columns_without_a_say_are_left_out_and_told() {
    let folder = Folder::new();
    let rows: Vec<[String; 7]> = people();
    let text = csv("id,first_name,surname,dob,nothing,same,email", &rows);
    let text: String = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if n > 0 {
                (cells[4], cells[5]) = ("", "yes");
            }
            cells.join(",") + "\n"
        })
        .collect();
    let file = folder.file("people.csv", text.as_bytes());
    let (model, text, said) = folder.model(&[&file]);
    assert!(said.contains("- nothing: is empty") && said.contains("- same: has one value only"), "{said}");
    assert!(text.contains("#   nothing: is empty"), "{text}");
    folder.link(&model, &[&file]);
    // Nothing tells people apart.
    let file = folder.file("blank.csv", b"id,a,b\n1,,x\n2,,x\n3,,x\n");
    let said = expect(xinhui().args(["link", "model"]).arg(&file), 2);
    assert!(String::from_utf8_lossy(&said.stderr).contains("tells people apart"), "{said:?}");
    let file = folder.file("header.csv", b"id,name\n");
    expect(xinhui().args(["link", "model"]).arg(&file), 2);
}

#[test]
fn a_file_that_is_there_is_not_written_over_without_a_word() {
    let folder = Folder::new();
    let file = folder.file("people.csv", csv("id,first_name,surname,dob,city,postcode,email", &people()).as_bytes());
    let out = folder.file("model.toml", b"mine");
    let said = expect(xinhui().args(["link", "model"]).arg(&file).arg("--out").arg(&out), 2);
    assert!(String::from_utf8_lossy(&said.stderr).contains("--overwrite"), "{said:?}");
    assert_eq!(std::fs::read(&out).expect("a file"), b"mine");
    expect(xinhui().args(["link", "model", "--overwrite"]).arg(&file).arg("--out").arg(&out), 0);
    assert!(std::fs::read_to_string(&out).expect("a file").contains("[[comparison]]"));
}

/// What is written for one small table, word for word: a change of what is proposed shows here.
#[test]
fn the_model_of_a_small_table_is_as_it_was() {
    let folder = Folder::new();
    let file = folder.file("proposed.csv", include_bytes!("proposed.csv"));
    let (_, text, _) = folder.model(&[&file]);
    assert_eq!(text, include_str!("proposed.toml"));
}
