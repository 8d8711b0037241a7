//! Who is counted as a person, from files in to `private/persons.parquet` out: people of whom hardly anything is
//! said, and twins.

use std::collections::{BTreeMap, BTreeSet};

use super::hand::HandStore;
use super::published::{table, text};
use xinhui::schema::resident_id;

const STATION: &str = "370832/station";
const SITES: &str = "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期\nZD1,测试服务站,town_station,370832101,已建成,2020-01-01\n";
const SERVICES: &str =
    "记录编号,站点编号,姓名,身份证号,性别,出生日期,联系电话,现住址区划代码,现住址,服务类型,服务日期\n";
const SCHOOLS: &str = "学校标识码,学校名称,学段,所在区划代码\nXX1,测试小学,primary,370832101\n";
const SCREENINGS: &str =
    "测评编号,学校标识码,姓名,身份证号,性别,出生日期,联系电话,现住址,学籍号,量表,测评日期,总分,评估等级\n";
const ORGS: &str = "机构代码,机构名称,机构类别,所在区划代码\nJG1,测试医院,general,370832101\n";
const PATIENTS: &str = "患者编号,姓名,身份证号,性别,出生日期,联系电话,现住址,管理地区划代码,诊断编码,建档日期,居住状况,监护人姓名,监护人电话\n";

/// The person key of each row, by dataset and record key.
fn persons(store: &HandStore) -> BTreeMap<(String, String), String> {
    let mut persons = BTreeMap::new();
    for batch in table(&store.store.path().join("store/private/persons.parquet")) {
        for row in 0..batch.num_rows() {
            let of = |name: &str| text(&batch, name, row);
            persons.insert((of("dataset"), of("record_key")), of("person_key"));
        }
    }
    persons
}

fn distinct(persons: &BTreeMap<(String, String), String>) -> usize {
    persons.values().collect::<BTreeSet<_>>().len()
}

/// The same store without what it remembers.
fn made_anew(store: &HandStore) -> usize {
    let alone = HandStore { store: store.store.copy() };
    std::fs::remove_dir_all(alone.store.path().join("store")).unwrap();
    alone.night();
    distinct(&persons(&alone))
}

const NAMELESS: [&str; 63] = [
    "群众",
    "家长",
    "李女士",
    "王某",
    "张**",
    "王某某",
    "李X",
    "某某",
    "王先生",
    "张老师",
    "陈阿姨",
    "患者家属",
    "居民",
    "学生",
    "匿名",
    "来访者",
    "本人",
    "母亲",
    "全体学生",
    "三年级二班",
    "某某社区居民",
    "一家三口",
    "等5人",
    "小王",
    "老李",
    "欧阳女士",
    "赵○○",
    "刘*",
    "周姓居民",
    "王芳家长",
    "孙小明妈妈",
    "五名学生",
    "高一(3)班",
    "光明社区居民",
    "退休职工群众",
    "李××",
    "赵大爷",
    "咨询者",
    "服务对象",
    "吴氏",
    "志愿者",
    "留守儿童",
    "学生甲",
    "退休教师",
    "农民工",
    "群众乙",
    "女生",
    "张老太",
    "张〇",
    "王■",
    "Mr. Li",
    "小宝妈",
    "李局长",
    "待核实",
    "拒绝透露",
    "名单附后",
    "不留名",
    "个案A",
    "孕妇",
    "空巢老人",
    "网格员",
    "Student A",
    "谭喆堃",
];

#[test]
fn people_of_whom_nothing_but_a_name_is_said_are_as_many_as_their_rows() {
    let store = HandStore::new();
    store.put(&format!("{STATION}/站点_20230101.csv"), SITES);
    // The office's own phone stands with some, a county, a town or a village with others, a default with more.
    let rows = |from: usize, to: usize| -> String {
        let row = |n: usize| {
            let (name, kind) = (NAMELESS[n % NAMELESS.len()], n / NAMELESS.len());
            let (sex, month) = (if name.ends_with("女士") { "女" } else { "男" }, 1 + n % 12);
            // A rare name and a village may well be one person.
            let home = if name == "谭喆堃" { "370832101" } else { "370832101001" };
            let residence = ["", "370832", "370832101", home][kind % 4];
            let born = ["", "", "1970-01-01"][kind % 3];
            let phone = if kind % 5 == 4 { "05376321234" } else { "" };
            format!("S{n:04},ZD1,{name},,{sex},{born},{phone},{residence},,心理咨询,2023-{month:02}-05\n")
        };
        (from..to).map(row).collect()
    };
    store.put(&format!("{STATION}/服务_20230601.csv"), format!("{SERVICES}{}", rows(0, 504)));
    store.night();
    let first = persons(&store);
    assert_eq!((first.len(), distinct(&first)), (504, 504));

    store.put(&format!("{STATION}/服务_20231201.csv"), format!("{SERVICES}{}", rows(252, 840)));
    store.night();
    let second = persons(&store);
    assert_eq!((second.len(), distinct(&second)), (840, 840));
    for (row, key) in &first {
        assert_eq!(second.get(row), Some(key), "{row:?} keeps its person");
    }
    assert_eq!(made_anew(&store), 840);
}

#[test]
fn names_that_name_nobody_join_nothing_that_no_number_joins() {
    let store = HandStore::new();
    store.put(&format!("{STATION}/站点_20230101.csv"), SITES);
    let mut rows = String::new();
    for (n, name) in NAMELESS.iter().take(62).enumerate() {
        // A birth date, a phone and a house are a household's.
        let born = if is_unfamiliar(name) { String::new() } else { format!("{}-03-{:02}", 1930 + n, 1 + n % 28) };
        for twice in 0..2 {
            rows += &format!(
                "S{n:02}{twice},ZD1,{name},,男,{born},135632{n:05},370832101001,韩岗一村{n}号,心理咨询,2023-0{}-05\n",
                1 + twice
            );
        }
    }
    // Real names, also such as look a little like these, are people as before.
    for (n, name) in [
        "王小红",
        "李明",
        "欧阳老",
        "张阿强",
        "马大力",
        "阿卜杜拉·买买提",
        "王三",
        "李佳人",
        "张百岁",
        "扎西顿珠",
        "JOHN SMITH",
    ]
    .iter()
    .enumerate()
    {
        let born = format!("19{:02}-04-{:02}", 50 + n, 1 + n);
        for twice in 0..2 {
            rows += &format!(
                "R{n:02}{twice},ZD1,{name},,男,{born},136632{n:05},370832101001,韩岗一村{n}号,心理咨询,2023-0{}-05\n",
                1 + twice
            );
        }
    }
    store.put(&format!("{STATION}/服务_20230601.csv"), format!("{SERVICES}{rows}"));
    store.night();
    let found = persons(&store);
    let of = |letter: &str| {
        found.iter().filter(|(row, _)| row.1.starts_with(letter)).map(|(_, key)| key).collect::<Vec<_>>()
    };
    assert_eq!(of("S").iter().collect::<BTreeSet<_>>().len(), 124);
    assert_eq!(of("R").iter().collect::<BTreeSet<_>>().len(), 11);
}

/// What may be a name or none: beside a whole birth date it is taken for one.
fn is_unfamiliar(name: &str) -> bool {
    ["Mr. Li", "女生", "孕妇", "待核实", "拒绝透露", "名单附后", "不留名", "留守儿童", "空巢老人"].contains(&name)
}

#[test]
fn default_dates_shared_phones_and_numbers_join_nobody() {
    let store = HandStore::new();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/link-placeholders");
    let folder = std::path::Path::new(data).join("inbox/370832/station");
    for (file, to) in [("站点_20231231.csv", "站点_20231231.csv"), ("服务_20231231.csv", "服务_20231231.csv")] {
        let content = std::fs::read_to_string(folder.join(file)).unwrap();
        // The hand-made city has other towns.
        store.put(&format!("{STATION}/{to}"), content.replace("370832001", "370832101"));
    }
    store.night();
    let found = persons(&store);
    let truth = std::fs::read(std::path::Path::new(data).join("truth.json")).unwrap();
    let truth: BTreeMap<String, String> = serde_json::from_slice(&truth).unwrap();
    let mut of_truth: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut of_key: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((_, row), key) in &found {
        of_truth.entry(&truth[row]).or_default().insert(row);
        of_key.entry(key).or_default().insert(row);
    }
    assert_eq!(found.len(), truth.len());
    let sets = |of: BTreeMap<&str, BTreeSet<&str>>| of.into_values().map(|s| format!("{s:?}")).collect::<BTreeSet<_>>();
    assert_eq!(sets(of_key), sets(of_truth));
}

/// Names of one sound, of one shape, of one character apart, and of nothing in common.
const TWINS: [(&str, &str); 10] = [
    ("佳怡", "佳仪"),
    ("子涵", "子晗"),
    ("宇轩", "雨轩"),
    ("欣怡", "欣宜"),
    ("浩然", "皓然"),
    ("思琪", "思淇"),
    ("大明", "太明"),
    ("子轩", "子涵"),
    ("小龙", "小凤"),
    ("雨", "雪"),
];

/// Which two of forty are of both sexes.
fn sexes(pair: usize) -> (&'static str, &'static str) {
    match pair % 4 {
        0 => ("女", "女"),
        1 => ("男", "男"),
        2 => ("女", "男"),
        _ => ("男", "女"),
    }
}

fn valid_number(pair: usize, born: &str, sequence: usize) -> String {
    let first = format!("990101{}{:03}", born.replace('-', ""), (pair * 4 + sequence) % 1000);
    format!("{first}{}", resident_id::check_digit(&first).unwrap())
}

#[test]
fn forty_pairs_of_twins_and_siblings_are_eighty_people() {
    let store = HandStore::new();
    store.put(&format!("{STATION}/站点_20230101.csv"), SITES);
    store.put("370832/school/学校_20230101.csv", SCHOOLS);
    store.put("370832/hospital/机构_20230101.csv", ORGS);
    let (mut screenings, mut patients, mut services) = (Vec::new(), String::new(), String::new());
    for pair in 0..40 {
        let (a, b) = TWINS[pair % 10];
        let family = ["王", "李", "张", "刘", "陈", "杨", "赵"][pair % 7];
        let born = format!("{}-0{}-{:02}", 2010 + pair % 5, 1 + pair % 9, 1 + pair % 28);
        // Every eighth are brothers and sisters two years apart.
        let younger = if pair % 8 == 7 { format!("{}{}", 2012 + pair % 5, &born[4..]) } else { born.clone() };
        let (sex_a, sex_b) = sexes(pair);
        for (who, (given, sex, born)) in [(a, sex_a, &born), (b, sex_b, &younger)].into_iter().enumerate() {
            let name = format!("{family}{given}");
            let phone = format!("1356320{pair:04}");
            let home = format!("韩岗一村{}号", 100 + pair);
            // Both have a number, one of them, or none.
            let id = if pair % 3 == 0 || (pair % 3 == 1 && who == 0) {
                valid_number(pair, born, who)
            } else {
                String::new()
            };
            let key = format!("{pair:02}{who}");
            match pair / 10 {
                // Pupils with student numbers, in each of three years, or one of them with one.
                0 | 1 => {
                    let student =
                        if pair / 10 == 0 || who == 0 { format!("L9901{:06}{who}", pair * 17) } else { String::new() };
                    for year in 2021..2024 {
                        screenings.push(format!(
                            "C{key}{year},XX1,{name},{id},{sex},{born},{phone},{home},{student},MSSMHS,{year}-10-{:02},80,正常\n",
                            10 + who * 3
                        ));
                    }
                }
                2 => {
                    patients += &format!(
                        "P{key},{name},{id},{sex},{born},{phone},{home},370832101001,F20.0,2022-0{}-10,居家,{family}建国,{phone}\n",
                        3 + who
                    );
                }
                _ => {
                    for visit in 0..3 {
                        services += &format!(
                            "S{key}{visit},ZD1,{name},{id},{sex},{born},{phone},370832101001,{home},心理咨询,2023-0{}-1{who}\n",
                            1 + visit * 2 + who
                        );
                    }
                }
            }
        }
    }
    let (last, first): (Vec<String>, Vec<String>) = screenings.into_iter().partition(|row| row.contains(",2023-10-"));
    store.put("370832/school/测评_20230101.csv", format!("{SCREENINGS}{}", first.concat()));
    store.put("370832/hospital/患者_20231201.csv", format!("{PATIENTS}{patients}"));
    store.put(&format!("{STATION}/服务_20231201.csv"), format!("{SERVICES}{services}"));
    store.night();
    store.put("370832/school/测评_20231201.csv", format!("{SCREENINGS}{}", last.concat()));
    store.night();
    let found = persons(&store);
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((_, row), key) in &found {
        keys.entry(row[1..4].to_owned()).or_default().insert(key.clone());
    }
    let several: Vec<_> = keys.iter().filter(|(_, of)| of.len() > 1).map(|(who, _)| who).collect();
    assert_eq!(keys.len(), 80, "everybody has rows: {:?}", store.findings("测评"));
    assert!(several.is_empty(), "rows of one child are one person: {several:?}");
    let joined: Vec<usize> = (0..40).filter(|p| keys[&format!("{p:02}0")] == keys[&format!("{p:02}1")]).collect();
    assert!(joined.is_empty(), "{joined:?} are one person each");
    assert_eq!(made_anew(&store), 80);
}

/// Distinct persons of rows of screenings: school year's day, name, ID number, birth date, student number.
fn pupils(rows: &[(&str, &str, &str, &str, &str)]) -> usize {
    let store = HandStore::new();
    store.put("370832/school/学校_20230101.csv", SCHOOLS);
    let row = |(n, (day, name, id, born, student)): (usize, &(&str, &str, &str, &str, &str))| {
        format!("C{n},XX1,{name},{id},女,{born},13563201234,韩岗一村7号,{student},MSSMHS,{day},80,正常\n")
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    store.put("370832/school/测评_20231201.csv", format!("{SCREENINGS}{rows}"));
    store.night();
    distinct(&persons(&store))
}

#[test]
fn a_pupil_whose_number_changed_or_was_mistyped_is_one_and_two_numbers_at_one_time_are_two() {
    const BORN: &str = "2014-06-01";
    let own = format!("G{}", valid_number(1, BORN, 1));
    let last = own.chars().last().unwrap();
    let wrong = format!("{}{}", &own[..own.len() - 1], if last == '3' { '4' } else { '3' });
    let one =
        |a: &str, b: &str| pupils(&[("2022-10-10", "黄佳怡", "", BORN, a), ("2023-03-10", "黄佳怡", "", BORN, b)]);
    // Another school, another kind of number, a slip, a check digit that does not hold.
    assert_eq!(one("G370832201900123456", "G370832201900654321"), 1);
    assert_eq!(one("L370832201900123456", &own), 1);
    assert_eq!(one("20190312", &own), 1);
    assert_eq!(one("G370832201900123456", "G370832201900123486"), 1);
    assert_eq!(one(&own, &wrong), 1);
    // Each again and again in one school year, or on one day.
    let both = [("2022-10-10", "a"), ("2022-12-10", "b"), ("2023-03-10", "a"), ("2023-05-10", "b")];
    let number = |who: &str| if who == "a" { "G370832201900123456" } else { "G370832201900654321" };
    let rows: Vec<_> = both.iter().map(|&(day, who)| (day, "黄佳怡", "", BORN, number(who))).collect();
    assert_eq!(pupils(&rows), 2);
    assert_eq!(pupils(&rows.iter().map(|row| ("2022-10-10", row.1, row.2, row.3, row.4)).collect::<Vec<_>>()), 2);
    // Twins with one ID number copied to both rows.
    let id = valid_number(1, BORN, 1);
    let twins = [
        ("2022-10-10", "黄佳怡", &id[..], BORN, "G370832201900123456"),
        ("2022-10-10", "黄佳仪", &id[..], BORN, "G370832201900654321"),
    ];
    assert_eq!(pupils(&twins), 2);
    // One pupil, misspelt, whose number changed.
    let misspelt = [twins[0], ("2023-10-10", "黄佳仪", &id[..], BORN, "G370832201900654321")];
    assert_eq!(pupils(&misspelt), 1);
}

#[test]
fn sisters_whose_names_sound_alike_are_two_however_close_their_birth_dates_are() {
    for younger in ["2011-12-13", "2012-12-12", "2013-12-12", "2011-12-12"] {
        let days = ["2022-03-10", "2022-10-10", "2023-03-10", "2023-10-10"];
        let rows: Vec<_> = days
            .into_iter()
            .flat_map(|day| [(day, "罗佳怡", "", "2011-12-12", ""), (day, "罗佳仪", "", younger, "")])
            .collect();
        assert_eq!(pupils(&rows), 2, "{younger}");
    }
}

#[test]
fn an_offices_line_and_what_a_name_lost_identify_nobody() {
    let store = HandStore::new();
    store.put(&format!("{STATION}/站点_20230101.csv"), SITES);
    let mut rows = String::new();
    for (n, name) in ["张伟", "张伟", "李娜", "李娜", "王芳", "王芳"].iter().enumerate() {
        rows += &format!("L{n},ZD1,{name},,女,,0537-7320001,370832101,,心理咨询,2023-06-0{}\n", n + 1);
    }
    for (n, name) in ["贾?明", "贾?明", "贾明\u{fffd}", "贾明\u{fffd}"].iter().enumerate() {
        rows += &format!("Q{n},ZD1,{name},,男,,,370832101001,,心理咨询,2023-06-0{}\n", n + 1);
    }
    store.put(&format!("{STATION}/服务_20230601.csv"), format!("{SERVICES}{rows}"));
    store.night();
    assert_eq!(distinct(&persons(&store)), 10);
}
