//! `xinhui init`: a store that is complete from the first moment.

use std::path::Path;
use std::process::Command;

use crate::night::store::{TestStore, copy_tree, expect, xinhui};

fn init(dir: &Path, more: &[&str], code: i32) -> String {
    let output = expect(xinhui().arg("init").arg(dir).args(more), code);
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn a_new_store_is_in_order_and_runs_in_both_languages() {
    for (lang, said) in [("zh", "声明与配置没有问题\n"), ("en", "declarations and config are in order\n")] {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("a").join("store of 3708");
        std::fs::create_dir(dir.path().join("a")).unwrap();
        init(&store, &["--city", "3708", "--lang", lang], 0);
        // The language is that of the config from then on, whatever the system's.
        let checked = expect(xinhui().current_dir(&store).arg("check"), 0);
        let checked = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.ends_with(said), "{checked}");
        // The sheet that waits to be filled in is named.
        assert_eq!(checked.lines().count(), 2, "{checked}");
        assert!(checked.contains(".xlsx"), "{checked}");
        expect(xinhui().current_dir(&store).arg("run"), 0);
        let city = read(&store.join("xinhui.toml"));
        assert!(city.contains("济宁市") && city.contains("city = \"3708\""), "{city}");
    }
}

#[test]
fn every_county_and_source_has_a_folder_and_what_is_put_there_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let text = init(&store, &["--city", "3708", "--counties", "370832"], 0);
    assert!(text.contains("1 county") && text.contains("xinhui.key"), "{text}");
    for source in ["station", "school", "hospital", "police"] {
        assert!(store.join("inbox/370832").join(source).is_dir(), "{source}");
    }
    let made = TestStore::synth(&["--persons", "100", "--counties", "370832", "--towns", "1", "--dirt", "none"]);
    copy_tree(&made.path().join("inbox"), &store.join("inbox"));
    let config = read(&store.join("xinhui.toml")).replace("quiet_seconds = 60", "quiet_seconds = 0");
    let config = config.replace("# as_of = ", "as_of = \"2023-12-31\" # ");
    let from = config.lines().find(|l| l.starts_with("from = ")).expect("a first period").to_owned();
    std::fs::write(store.join("xinhui.toml"), config.replace(&from, "from = \"2023-10\"")).unwrap();
    let output = expect(xinhui().current_dir(&store).arg("run"), 0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("accepted + 0 rejected"), "{said}");
}

#[test]
fn the_sheet_for_the_population_is_reference_data_once_it_is_filled_in() {
    use calamine::{Reader, Xlsx, open_workbook};
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    init(&store, &["--city", "3704", "--counties", "370402", "--lang", "zh"], 0);
    let mut book: Xlsx<_> = open_workbook(store.join("常住人口-待填.xlsx")).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("cells");
    let rows: Vec<_> = sheet.rows().skip(2).collect();
    let divisions = read(&store.join("reference/divisions.csv")).lines().count() - 1;
    assert_eq!(rows.len(), divisions);
    // Filled in for some divisions alone, it is taken, and what is left open is told.
    std::fs::copy(store.join("常住人口-待填.xlsx"), store.join("reference/常住人口-待填.xlsx")).unwrap();
    let checked = expect(xinhui().current_dir(&store).arg("check"), 0);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(told.contains(&format!("常住人口表中有 {divisions} 行没有填人数")), "{told}");
    std::fs::remove_file(store.join("reference/常住人口-待填.xlsx")).unwrap();
    // Here as CSV, with the same columns.
    let head: Vec<String> = sheet.rows().nth(1).unwrap().iter().map(ToString::to_string).collect();
    let mut text = head.join(",") + "\n";
    for row in rows {
        text.push_str(&format!("{},{},{},{}\n", row[0], row[1], row[2], 1000));
    }
    std::fs::write(store.join("reference/population.csv"), text).unwrap();
    expect(xinhui().current_dir(&store).arg("check"), 0);
}

#[test]
fn another_city_brings_its_divisions_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let refused = init(&store, &["--city", "4290"], 2);
    assert!(refused.contains("--divisions") && refused.contains("3708 济宁市"), "{refused}");
    assert!(!store.exists());
    let file = dir.path().join("区划.csv");
    std::fs::write(&file, "区划代码,区划名称\n4290,某市\n429001,甲县\n429002,乙县\n429001001,一镇\n").unwrap();
    init(&store, &["--city", "4290", "--divisions", file.to_str().unwrap()], 0);
    assert!(store.join("inbox/429001/school").is_dir() && store.join("inbox/429002/school").is_dir());
    expect(xinhui().current_dir(&store).arg("check"), 0);
    for (text, told) in [
        ("区划代码,区划名称\n,某市\n", "区划代码"),
        ("代码,名称\n4290,某市\n429001,甲县\n", "it needs the columns"),
        ("区划代码,区划名称\n429000,某市\n429001,甲县\n", "would be taken for a county"),
        ("区划代码,区划名称\n4290,某市\n", "holds no county"),
        ("区划代码,区划名称\n429001,甲县\n", "has no row for 4290"),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = init(&dir.path().join("other"), &["--city", "4290", "--divisions", file.to_str().unwrap()], 2);
        assert!(said.contains(told) && !said.contains("partial"), "{told}: {said}");
    }
    let odd = init(&dir.path().join("new\nline"), &["--city", "3708"], 2);
    assert!(odd.contains("control characters"), "{odd}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mine.txt"), "x").unwrap();
    assert!(init(dir.path(), &["--city", "3708"], 2).contains("is in use"));
    let unknown = init(&dir.path().join("new"), &["--city", "3708", "--counties", "370899"], 2);
    assert!(unknown.contains("`370899` is no county") && unknown.contains("370832 梁山县"), "{unknown}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_city_named_otherwise_than_by_its_code_is_told_how_to_write_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    for (city, told) in [
        ("济宁", "济宁市应写作 --city 3708。"),
        ("山东省济宁市", "济宁市应写作 --city 3708。"),
        ("济宇市", "济宁市应写作 --city 3708。"),
        ("370832", "370832 是济宁市的梁山县，应写作 --city 3708 --counties 370832。"),
        ("370832101001", "370832 是济宁市的梁山县，应写作 --city 3708 --counties 370832。"),
        ("梁山县", "370832 是济宁市的梁山县，应写作 --city 3708 --counties 370832。"),
        ("370800", "济宁市应写作 --city 3708。"),
        ("北京市", "提示：内置的有：3101 上海市（市辖区）、3704 枣庄市"),
    ] {
        let said = init(&store, &["--city", city, "--lang", "zh"], 2);
        assert!(said.contains(told) && said.contains("内置的有："), "{city}: {said}");
    }
    let said = init(&store, &["--city", "370832"], 2);
    assert!(
        said.contains("370832 is 梁山县, of the city 济宁市: write --city 3708 --counties 370832; built in are"),
        "{said}"
    );
    assert!(!store.exists());
}

/// A word that the script does not know is a slip: nothing is installed then.
#[test]
fn the_install_script_refuses_what_it_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    init(&store, &["--city", "3708", "--counties", "370832"], 0);
    for words in [&["corn"][..], &["--help"], &["cron", "now"], &[""]] {
        let output = Command::new("/bin/sh").arg(store.join("ops/install.sh")).args(words).output().expect("a shell");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("install.sh [cron]"), "{words:?}: {output:?}");
    }
}

/// The lines that schedulers start, taken out of the files as their programs read them.
#[test]
fn the_lines_of_schedulers_run_as_they_are_with_paths_that_need_care() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("100% of it's store");
    let program = env!("CARGO_BIN_EXE_xinhui");
    init(
        &store,
        &["--city", "3708", "--counties", "370832", "--user", "night", "--at", "04:05", "--program", program],
        0,
    );

    let cron = read(&store.join("ops/xinhui.cron"));
    let line = cron.lines().find(|l| !l.starts_with('#')).expect("a line");
    let command = line.strip_prefix("5 4 * * * night ").unwrap_or_else(|| panic!("{line}")).replace("\\%", "%");
    let cron = Command::new("/bin/sh").env_clear().current_dir("/").args(["-c", &command]).status().unwrap();
    assert!(cron.success(), "{command}");
    let log = read(&store.join("log/xinhui.log"));
    assert!(log.lines().last().expect("a line").contains("night done"), "{log}");

    let unit = read(&store.join("ops/xinhui.service"));
    assert!(
        unit.contains(&format!("\nWorkingDirectory={}\n", store.display().to_string().replace('%', "%%"))),
        "{unit}"
    );
    assert!(unit.contains("\nUser=night\nGroup=night\n"), "{unit}");
    let start = unit.lines().find_map(|l| l.strip_prefix("ExecStart=")).expect("what to start");
    // systemd's quoting of these words is a shell's, `%%` aside.
    let start = start.replace("%%", "%");
    let started = Command::new("/bin/sh").env_clear().current_dir("/").args(["-c", &start]).status().unwrap();
    assert!(started.success(), "{start}");
    assert!(read(&store.join("ops/xinhui.timer")).contains("OnCalendar=*-*-* 04:05:00 Asia/Shanghai"));
    for script in ["install.sh", "backup.sh", "restore.sh"] {
        let parsed = Command::new("/bin/sh").arg("-n").arg(store.join("ops").join(script)).status().unwrap();
        assert!(parsed.success(), "{script}");
    }
}

#[test]
fn a_store_at_the_usual_place_has_the_files_of_the_documents() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    init(&store, &["--city", "3708", "--counties", "370832", "--program", "/usr/local/bin/xinhui"], 0);
    let here = store.display().to_string();
    for entry in std::fs::read_dir(store.join("ops")).unwrap() {
        let path = entry.unwrap().path();
        let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ops").join(path.file_name().unwrap());
        assert_eq!(read(&path).replace(&here, "/srv/xinhui"), read(&documented), "{}", path.display());
    }
}

/// What is to be pasted runs as it stands, wherever the store lies.
#[test]
fn commands_to_paste_are_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("a b");
    let said = init(&store, &["--city", "3708", "--lang", "en"], 0);
    let run = said.lines().find_map(|line| line.split_once("try a night: xinhui ")).expect("a command").1;
    let command = format!("'{}' {run}", env!("CARGO_BIN_EXE_xinhui"));
    expect(Command::new("/bin/sh").args(["-c", &command]), 0);
    assert!(said.contains(&format!("sudo '{}'", store.join("ops/install.sh").display())), "{said}");
}
