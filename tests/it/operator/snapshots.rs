//! What the commands say of snapshots that are lost or damaged, and of files that nobody can accept.

use std::fs;

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};

#[track_caller]
fn said(hand: &HandStore, words: &[&str], code: i32) -> String {
    let output = expect(xinhui().current_dir(hand.store.path()).args(words), code);
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

const SITES: &str = "370832/station/sites.csv";

#[test]
fn a_lost_link_to_the_current_snapshot_is_told_once_with_what_helps() {
    let hand = HandStore::new();
    let ask = ["explain", "smi_treatment_rate", "--division", "梁山县", "--lang"];
    let zh = said(&hand, &[&ask[..], &["zh"]].concat(), 2);
    assert_eq!(zh.matches("尚未发布快照").count(), 1, "{zh}");
    assert!(zh.contains("提示：请先运行 `xinhui run`") && !zh.contains("期间写作"), "{zh}");
    hand.night();
    let current = hand.store.path().join("store/current");
    let newest = fs::read_link(&current).unwrap();
    let newest = newest.file_name().unwrap().to_string_lossy().into_owned();
    fs::remove_file(&current).unwrap();
    for lang in ["zh", "en"] {
        let told = if lang == "zh" {
            "没有当前快照：存储中有快照"
        } else {
            "there is no current snapshot: snapshots are kept"
        };
        let help = format!("ln -sfn snapshots/{newest} current");
        let mut asked = vec![([&ask[..], &[lang]].concat(), 2), (vec!["status", "--lang", lang], 0)];
        asked.push((vec!["diff", "--lang", lang], 2));
        asked.push((vec!["disclosure", "report", "--lang", lang], 2));
        for (words, code) in asked {
            let text = said(&hand, &words, code);
            assert_eq!(text.matches(told).count(), 1, "{words:?}: {text}");
            assert!(text.contains(&help), "{words:?}: {text}");
        }
    }
    // A link that leads nowhere is as none.
    std::os::unix::fs::symlink("snapshots/gone", &current).unwrap();
    assert!(said(&hand, &["status", "--lang", "zh"], 0).contains("没有当前快照"));
    fs::remove_file(&current).unwrap();
    // Both ways that the hint names help.
    std::os::unix::fs::symlink(format!("snapshots/{newest}"), &current).unwrap();
    assert!(said(&hand, &["status", "--lang", "zh"], 0).contains("当前快照："));
    fs::remove_file(&current).unwrap();
    hand.night();
    assert!(said(&hand, &["status", "--lang", "zh"], 0).contains("当前快照："));
}

#[test]
fn a_wrong_division_is_told_how_divisions_are_written_and_a_wrong_period_how_periods_are() {
    let hand = HandStore::new();
    hand.night();
    let ask = |more: &[&str]| said(&hand, &[&["explain", "smi_treatment_rate", "--lang", "zh"], more].concat(), 2);
    let division = ask(&["--division", "开封县"]);
    assert!(division.contains("区划写代码或名称") && !division.contains("期间写作"), "{division}");
    let period = ask(&["--division", "梁山县", "--period", "某年"]);
    assert!(period.contains("期间写作") && !period.contains("区划写代码"), "{period}");
    let both = ask(&["--division", "开封县", "--period", "某年"]);
    assert!(both.contains("期间写作") && both.contains("区划写代码"), "{both}");
}

#[test]
fn verify_says_of_a_damaged_snapshot_whether_it_is_the_current_one_and_of_an_old_one_that_it_may_go() {
    let hand = HandStore::new();
    hand.put(SITES, crate::night::hand::sites(&[("S1", "370832101001")])).night();
    let folder = hand.store.path().join("store");
    let old = fs::read_link(folder.join("current")).unwrap();
    hand.put(SITES, crate::night::hand::sites(&[("S1", "370832101001"), ("S2", "370832101002")])).night();
    let new = fs::read_link(folder.join("current")).unwrap();
    assert_ne!(old, new);
    let spoil = |snapshot: &std::path::Path| {
        let path = folder.join(snapshot).join("internal/indicators/year.parquet");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    };
    spoil(&old);
    let zh = said(&hand, &["verify", "--lang", "zh"], 4);
    let old_folder = old.display().to_string();
    assert!(zh.contains("year.parquet（不属于当前快照：可从备份恢复，也可删除这个旧快照的文件夹 "), "{zh}");
    assert!(zh.contains("已损坏：") && zh.contains(&format!("{old_folder}）")), "{zh}");
    let en = said(&hand, &["verify", "--lang", "en"], 4);
    assert!(en.contains("not of the current snapshot") && en.contains(&format!("{old_folder})")), "{en}");
    // As it says.
    fs::remove_dir_all(folder.join(&old)).unwrap();
    assert!(said(&hand, &["verify", "--lang", "zh"], 0).contains("全部完好"));
    spoil(&new);
    let zh = said(&hand, &["verify", "--lang", "zh"], 4);
    assert!(zh.contains("year.parquet（属于当前快照：下次运行会发布新的快照，此后可以删除这个快照）"), "{zh}");
    hand.night();
    assert!(said(&hand, &["verify", "--lang", "zh"], 4).contains("不属于当前快照"));
    fs::remove_dir_all(folder.join(&new)).unwrap();
    said(&hand, &["verify"], 0);
}

#[test]
fn a_file_that_neither_lies_in_the_inbox_nor_was_read_is_not_accepted() {
    let hand = HandStore::new();
    hand.put(SITES, crate::night::hand::sites(&[("S1", "370832101001")])).night();
    let elsewhere = hand.store.path().join("elsewhere.csv");
    fs::write(&elsewhere, "nothing that was read\n").unwrap();
    for file in ["elsewhere.csv", "/etc/passwd", "inbox/../elsewhere.csv"] {
        let zh = said(&hand, &["accept", file, "--lang", "zh"], 2);
        assert!(zh.contains("不能认可") && zh.contains("提示："), "{file}: {zh}");
        let en = said(&hand, &["accept", file, "--lang", "en"], 2);
        assert!(en.contains("cannot be accepted") && en.contains("hint: "), "{file}: {en}");
    }
    assert!(!hand.store.path().join("store/private/accepted_exports.json").exists());
    // What lies in the inbox and is not read yet, by either way to write it; and a copy of what was read.
    hand.put("370832/station/new.csv", crate::night::hand::sites(&[("S3", "370832101001")]));
    assert!(said(&hand, &["accept", "inbox/370832/station/new.csv", "--lang", "zh"], 0).contains("已认可"));
    assert!(said(&hand, &["accept", "370832/station/new.csv", "--lang", "zh"], 0).contains("此前已经认可"));
    fs::copy(hand.store.path().join("inbox").join(SITES), &elsewhere).unwrap();
    assert!(said(&hand, &["accept", "elsewhere.csv", "--lang", "zh"], 0).contains("已认可"));
}
