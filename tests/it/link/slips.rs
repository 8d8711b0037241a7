//! What the linkage is given by mistake, told in the language of the user in words of our own.

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};
use crate::users_language::detect::english;

/// What a command says in Chinese, which holds no English sentence.
#[track_caller]
fn told(folder: &std::path::Path, args: &[&str], code: i32) -> String {
    let output = expect(xinhui().current_dir(folder).args(["--lang", "zh"]).args(args), code);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(english(&said), None, "{said}");
    assert!(!said.contains("技术信息"), "{said}");
    said
}

#[test]
fn tables_without_anything_alike_give_no_model_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    for table in ["id,姓名\n1,张三\n2,李四\n", "id,姓名\n1,张三\n", "id,电话\n1,13812345678\n2,13912345678\n"]
    {
        std::fs::write(folder.path().join("s.csv"), table).unwrap();
        let said = told(folder.path(), &["link", "model", "s.csv"], 2);
        assert!(said.contains("没有两行在任何一项上相同") && said.contains("s.csv"), "{said}");
    }
    std::fs::write(folder.path().join("s.csv"), "id,姓名\n1,张三\n2,李四\n3,张三\n").unwrap();
    let model = told(folder.path(), &["link", "model", "s.csv", "--out", "m.toml"], 0);
    assert!(!model.contains("bits"), "{model}");
    let text = std::fs::read_to_string(folder.path().join("m.toml")).unwrap();
    assert!(text.contains("# 证据分") && text.contains("docs/linkage.zh-CN.md") && !text.contains("bits"), "{text}");
    told(folder.path(), &["link", "table", "--model", "m.toml", "--out", "o.parquet", "s.csv"], 0);
}

#[test]
fn what_is_no_review_workbook_is_said_plainly() {
    let hand = HandStore::new();
    hand.night();
    let dir = hand.store.path();
    std::fs::write(dir.join("truth.csv"), "a,b\n").unwrap();
    for (file, why) in [
        ("truth.csv", "不是 Excel 工作簿"),
        ("xinhui.toml", "不是 Excel 工作簿"),
        ("inbox", "是文件夹"),
        ("no.xlsx", "没有这个文件"),
    ] {
        let said = told(dir, &["link", "decide", file], 3);
        assert!(said.contains(file) && said.contains(why), "{said}");
    }
    let sample =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/inbox/370811/hospital/患者名册_加密.xlsx");
    std::fs::copy(sample, dir.join("locked.xlsx")).unwrap();
    assert!(told(dir, &["link", "decide", "locked.xlsx"], 3).contains("设有密码"));
}

#[test]
fn damaged_tables_and_weights_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("g.parquet"), "garbage").unwrap();
    std::fs::write(folder.path().join("s.csv"), "id,姓名,身份证号\n1,张三,\n").unwrap();
    for model in ["persons", "name-birth"] {
        let said = told(folder.path(), &["link", "table", "--model", model, "--out", "o.parquet", "g.parquet"], 3);
        assert!(said.contains("不是 Parquet 文件"), "{said}");
    }
    for weights in ["{}", "{", "x"] {
        std::fs::write(folder.path().join("e0.json"), weights).unwrap();
        let args = ["link", "table", "--model", "persons", "--weights", "e0.json", "--out", "o.parquet", "s.csv"];
        let said = told(folder.path(), &args, 2);
        assert!(said.contains("e0.json") && !said.contains("link-weights.json"), "{said}");
    }
}

#[test]
fn damaged_files_of_the_store_are_told_without_the_words_of_a_parser() {
    for file in ["register.json", "identities/vault.json"] {
        let hand = HandStore::new();
        hand.night();
        let path = hand.store.path().join("store/private").join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"x");
        std::fs::write(&path, bytes).unwrap();
        for (command, code) in [("check", 2), ("run", 4), ("verify", 4)] {
            let said = told(hand.store.path(), &[command], code);
            assert!(said.contains("已损坏"), "{said}");
        }
    }
}

/// What a model of another table names is said in Chinese too.
#[test]
fn notes_of_a_shipped_model_are_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("rec_id,given_name,surname,soc_sec_id,date_of_birth\n");
    for n in 0..60 {
        let _ = std::fmt::Write::write_fmt(
            &mut rows,
            format_args!("r{n},ann{},lee{},{n},19{}0101\n", n % 7, n % 5, 50 + n % 40),
        );
    }
    std::fs::write(folder.path().join("p.csv"), rows).unwrap();
    let said = told(folder.path(), &["link", "table", "--model", "febrl", "--out", "o.parquet", "p.csv"], 0);
    for words in ["edits", "jaro", "date-", "given name：", "social security number"] {
        assert!(!said.lines().any(|l| l.starts_with("注意") && l.contains(words)), "{words}: {said}");
    }
    assert!(said.contains("注意"), "there is something to note: {said}");
}
