//! `xinhui check` finds what a night would stumble over, or do otherwise than was meant.

use std::path::Path;

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};

fn check(dir: &Path, code: i32) -> String {
    let output = expect(xinhui().current_dir(dir).arg("check"), code);
    String::from_utf8(output.stdout).expect("text")
}

/// What a check says of the hand-made store with this change of its config.
fn with(from: &str, to: &str) -> String {
    let hand = HandStore::new();
    hand.store.edit_config(from, to);
    let said = check(hand.store.path(), 2);
    let run = expect(xinhui().args(["run", "--config"]).arg(hand.store.config()).env("LC_ALL", "C"), run_code(to));
    if run.status.success() {
        let told = String::from_utf8(run.stdout).expect("text");
        let problem = said.lines().next().expect("a problem").chars().take(50).collect::<String>();
        assert!(told.contains(&format!("check this: {problem}")), "the night says so too: {told}");
    }
    said
}

/// What bends a night does not stop it.
fn run_code(change: &str) -> i32 {
    let bends = ["profile_scope", "2023-03"].iter().any(|word| change.contains(word));
    if bends { 0 } else { 2 }
}

#[test]
fn the_config_of_this_folder_is_checked_unless_another_is_named() {
    let hand = HandStore::new();
    assert!(check(hand.store.path(), 0).ends_with("declarations and config are in order\n"));
    let nothing = tempfile::tempdir().unwrap();
    assert!(check(nothing.path(), 0).contains("there is no xinhui.toml in this folder"));
    hand.store.edit_config("city = \"3708\"", "city = \"37\"");
    assert!(check(hand.store.path(), 2).contains("city: `37` is not a division code of 4 digits"));
}

#[test]
fn what_a_night_would_refuse_is_found() {
    let of_another = with("city = \"3708\"", "city = \"3709\"");
    assert!(of_another.contains("no division of the city 3709, but those of 3708"), "{of_another}");
    assert!(of_another.contains("correct `city`") && of_another.contains("divisions.csv"), "{of_another}");
    assert!(
        with("from = \"2023\"", "from = \"2024-02\"").contains("periods.from: 2024-02-01 is after as_of (2023-12-31)")
    );
    assert!(with("kinds = [\"year\"]", "kinds = []").contains("periods.kinds: at least one"));
    // The year began before, and no other has begun since.
    let none = with("from = \"2023\"", "from = \"2023-03\"");
    assert!(none.contains("there is no period at all"), "{none}");
    let hand = HandStore::new();
    hand.store.edit_config("from = \"2023\"", "from = \"2023-03\"");
    hand.night();
    let mut explain = xinhui();
    explain.current_dir(hand.store.path()).args(["explain", "smi_treatment_rate", "--division", "370832"]);
    let said = String::from_utf8(expect(&mut explain, 2).stderr).expect("text");
    assert!(said.contains("the current snapshot has no period") && said.contains("2023-03-01"), "{said}");
    let late = "kinds = [\"year\"]\n[data]\nfrom = \"2024-06\"";
    assert!(with("kinds = [\"year\"]", late).contains("data.from: 2024-06-01 is after as_of"));
}

#[test]
fn divisions_that_a_plan_is_laid_over_and_that_do_not_exist_are_found() {
    let scope = "key_file = \"xinhui.key\"\n[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370832\", \"370899\"]";
    let said = with("key_file = \"xinhui.key\"", scope);
    assert!(said.contains("liangshan-2023") && said.contains("no such divisions: 370899"), "{said}");
}

#[test]
fn a_key_or_hash_that_is_not_the_stores_is_found() {
    let hand = HandStore::new();
    hand.night();
    let dir = hand.store.path();
    hand.store.edit_config("key_file = \"xinhui.key\"", "key_file = \"xinhui.key\"\nhash = \"sm3\"");
    assert!(check(dir, 2).contains("this store was made with hash = \"sha256\""));
    hand.store.edit_config("hash = \"sm3\"", "hash = \"sha256\"");
    assert!(check(dir, 0).ends_with("declarations and config are in order\n"));
    std::fs::write(dir.join("xinhui.key"), [8; 32]).unwrap();
    assert!(check(dir, 2).contains("is not the one this store was made with"));
}

#[test]
fn a_store_from_which_no_night_could_go_on_is_found() {
    for file in ["manifest.json", "register.json", "identities/vault.json"] {
        let hand = HandStore::new();
        hand.night();
        let path = hand.store.path().join("store/private").join(file);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let said = check(hand.store.path(), 2);
        assert!(said.contains(file) && said.contains("damaged") && said.contains("xinhui rebuild"), "{file}: {said}");
    }
}

#[test]
fn a_day_to_come_a_tree_without_counties_and_tables_in_the_inbox_are_found() {
    let hand = HandStore::new();
    hand.store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2999-12-31\"");
    let said = check(hand.store.path(), 2);
    assert!(said.contains("as_of: 2999-12-31 has not come yet"), "{said}");
    // A night may run on a machine whose clock is wrong, but not without a word.
    hand.store.edit_config("as_of = \"2999-12-31\"", "as_of = \"2040-12-31\"");
    let run = xinhui().args(["run", "--lang", "en", "--config"]).arg(hand.store.config()).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("check this: 2040-12-31 has not come yet"), "{told}");
    hand.store.edit_config("as_of = \"2040-12-31\"", "as_of = \"2999-12-31\"");
    // Which years lack their population nobody knows before the day is right.
    assert!(!said.contains("there is no population"), "{said}");
    hand.store.edit_config("as_of = \"2999-12-31\"", "as_of = \"the end of the year\"");
    let said = check(hand.store.path(), 2);
    assert!(said.contains("as_of: `the end of the year` is not a date"), "{said}");
    assert!(!said.contains("there is no population"), "{said}");
    hand.store.edit_config("as_of = \"the end of the year\"", "as_of = \"2999-12-31\"");
    hand.store.edit_config("as_of = \"2999-12-31\"", "as_of = \"2023-12-31\"\nquery_tables = \"inbox/tables\"");
    assert!(check(hand.store.path(), 2).contains("must not lie in one another"));
    hand.store.edit_config("query_tables = \"inbox/tables\"", "query_tables = \"xinhui.key/tables\"");
    assert!(check(hand.store.path(), 2).contains("cannot be written"));
    let hand = HandStore::new();
    std::fs::write(hand.store.path().join("reference/divisions.csv"), "code,name\n3708,济宁市\n370800,市辖区\n")
        .unwrap();
    assert!(check(hand.store.path(), 2).contains("370800 would be taken for a county"));
    std::fs::write(hand.store.path().join("reference/divisions.csv"), "code,name\n3708,济宁市\n").unwrap();
    assert!(check(hand.store.path(), 2).contains("holds no county"));
}

#[test]
fn slips_in_a_config_are_told_what_was_meant() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    for (from, to, told) in [
        ("city = \"3708\"", "cty = \"3708\"", "did you mean `city`?"),
        ("city = \"3708\"", "city = \"3708\"\nprofiles = [\"liangshan-2024\"]", "did you mean `liangshan-2023`?"),
        ("city = \"3708\"", "city = \"3708\"\nprofiles = [\"梁山县2023年方案\"]", "did you mean `liangshan-2023`?"),
    ] {
        hand.store.edit_config(from, to);
        let said = check(dir, 2);
        assert!(said.contains(told), "{told}: {said}");
        hand.store.edit_config(to, from);
    }
    let config = dir.join("xinhui.toml");
    let text = std::fs::read(&config).unwrap();
    std::fs::write(&config, [&text[..], b"# \xd6\xd0\xce\xc4\n"].concat()).unwrap();
    assert!(check(dir, 2).contains("it is no text in UTF-8"));
    // Whoever stands in another folder is told so.
    let elsewhere = tempfile::tempdir().unwrap();
    for command in ["run", "status", "verify", "rebuild"] {
        let done = expect(xinhui().current_dir(elsewhere.path()).arg(command), 2);
        assert!(String::from_utf8_lossy(&done.stderr).contains("name its config with --config"), "{command}");
    }
}

/// `nobody` owns the store; this test is root's, as in a container, or has nothing to show.
#[test]
fn root_writes_nothing_into_the_store_of_another_account() {
    use std::os::unix::fs::{MetadataExt, chown};
    let hand = HandStore::new();
    let dir = hand.store.path();
    if std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0) {
        chown(dir, Some(65_534), None).expect("given away");
        for command in ["run", "rebuild"] {
            let output = expect(xinhui().current_dir(dir).arg(command).args(["--config", "xinhui.toml"]), 2);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("root must not write there") && said.contains("sudo -u"), "{said}");
        }
        assert!(check(dir, 2).contains("root must not write there"));
        assert!(!dir.join("store").exists());
    }
}

#[test]
fn a_store_that_cannot_be_written_is_found_and_nothing_is_left_behind() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    std::fs::write(dir.join("file"), "").unwrap();
    hand.store.edit_config("store = \"store\"", "store = \"file/store\"");
    let said = check(dir, 2);
    assert!(said.contains("cannot be written"), "{said}");
    hand.store.edit_config("store = \"file/store\"", "store = \"new/store\"");
    let before = names(dir);
    check(dir, 0);
    assert_eq!(names(dir), before);
}

/// What another account may do with a store that root has made unusable for it in a place: the test is root's, as in a
/// container, or has nothing to show.
#[test]
fn a_part_of_the_store_that_may_not_be_used_is_told_as_a_permission() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    if !std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0) {
        return;
    }
    const NOBODY: u32 = 65_534;
    let hand = HandStore::new();
    hand.put("370832/police/案事件.csv", crate::night::hand::incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    hand.night();
    let dir = hand.store.path();
    give(dir, &|path| chown(path, Some(NOBODY), Some(NOBODY)).expect("given away"));
    // The one under test may lie where nobody else comes.
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("xinhui");
    std::fs::copy(env!("CARGO_BIN_EXE_xinhui"), &program).unwrap();
    let as_nobody = |command: &str, code: i32| {
        let mut command_of = std::process::Command::new(&program);
        command_of.env("LC_ALL", "C.UTF-8").env("COLUMNS", "0");
        command_of.uid(NOBODY).gid(NOBODY).current_dir(dir).env("HOME", dir).arg(command);
        let output = expect(&mut command_of, code);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    as_nobody("check", 0);
    let places =
        [".lock", "private/parsed", "private/accepted/police_incident", "private/ledger", "private/register.json"];
    for place in places.into_iter().chain(["private/identities", "private/persons.parquet", "private/manifest.json"]) {
        let path = dir.join("store").join(place);
        if !path.exists() {
            continue;
        }
        let mode = std::fs::metadata(&path).unwrap().permissions();
        chown(&path, Some(0), Some(0)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(if path.is_dir() { 0o700 } else { 0o600 }))
            .unwrap();
        let said = as_nobody("check", 2);
        assert!(said.contains(place) && said.contains("ermission"), "{place}: {said}");
        assert!(!said.contains("damaged") && !said.contains("xinhui rebuild"), "{place}: {said}");
        if !place.contains("accepted") && !place.contains("ledger") && !place.contains("parsed") {
            let said = as_nobody("run", 4);
            assert!(said.contains(place) && said.contains("ermission"), "{place}: {said}");
            assert!(!said.contains("damaged") && !said.contains("xinhui rebuild"), "{place}: {said}");
        }
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        std::fs::set_permissions(&path, mode).unwrap();
    }
    as_nobody("run", 0);
}

/// Does something to a folder and all below it, links apart.
fn give(path: &Path, each: &dyn Fn(&Path)) {
    let about = std::fs::symlink_metadata(path).unwrap();
    if about.is_symlink() {
        return;
    }
    each(path);
    if about.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path(), each));
    }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn reference_data_with_a_fault_are_found_without_a_night() {
    let hand = HandStore::new();
    std::fs::write(hand.store.path().join("reference/population.csv"), "区划代码,年份,常住人口\n370832,2023,viele\n")
        .unwrap();
    let said = check(hand.store.path(), 2);
    assert!(said.contains("population.csv"), "{said}");
}

const READY: &str = "declarations and config are in order\n";

/// What a check notices of the hand-made store after a change, which no night minds.
fn noticed(from: &str, to: &str) -> String {
    let hand = HandStore::new();
    hand.store.edit_config(from, to);
    let said = check(hand.store.path(), 0);
    hand.night();
    said
}

#[test]
fn what_a_night_takes_as_it_is_is_noticed_with_what_it_will_do() {
    let none = noticed("city = \"3708\"", "city = \"3708\"\nprofiles = []");
    assert!(none.contains("note: profiles: no plan is chosen") && none.contains("judges no target"), "{none}");
    let kinds = noticed("kinds = [\"year\"]", "kinds = [\"year\", \"month\", \"year\"]");
    assert!(kinds.contains("periods.kinds") && kinds.contains("listed twice (year): run takes it once"), "{kinds}");
    let hand = HandStore::new();
    hand.store.edit_config("city = \"3708\"", "city = \"3708\"\nprofiles = [\"changning-2019\"]");
    let scope = "[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370832\"]\n\n[identity]";
    hand.store.edit_config("[identity]", scope);
    let said = check(hand.store.path(), 0);
    assert!(said.contains("does not choose the plan liangshan-2023") && said.contains("run judges none"), "{said}");
    hand.night();
    // All of it is said, and the rest is in order.
    assert!(none.ends_with(READY) && kinds.ends_with(READY) && said.ends_with(READY));
}

/// As when its disk is not mounted.
#[test]
fn an_inbox_that_is_empty_all_at_once_is_told_by_check_and_by_the_night() {
    let hand = HandStore::new();
    let rows = crate::night::hand::incidents(&[("A1", "2023-05-01", "extreme", "", "")]);
    hand.put("370832/police/incidents.csv", rows);
    hand.night();
    assert!(!check(hand.store.path(), 0).contains("no file at all"));
    std::fs::remove_file(hand.store.path().join("inbox/370832/police/incidents.csv")).unwrap();
    let said = check(hand.store.path(), 0);
    assert!(said.contains("note: ") && said.contains("no file at all, though 1 were read from it"), "{said}");
    let said = String::from_utf8(hand.night().stdout).unwrap();
    for told in
        ["1 file read before is no longer in the inbox; its rows stay accepted", "the inbox holds no file at all"]
    {
        assert!(said.contains(told), "{said}");
    }
    assert!(said.contains("1 accepted"), "{said}");
}

#[test]
fn plans_that_judge_nothing_are_noticed_with_their_level() {
    let with = |plans: &str, scope: &str| {
        let hand = HandStore::new();
        hand.store.edit_config("city = \"3708\"", &format!("city = \"3708\"\n{plans}"));
        hand.store.edit_config("[identity]", &format!("{scope}\n[identity]"));
        let said = check(hand.store.path(), 0);
        hand.night();
        said
    };
    let scope =
        |plan: &str, divisions: &str| format!("[[profile_scope]]\nprofile = \"{plan}\"\ndivisions = [{divisions}]");
    for (code, named) in [("370832101", "370832101 韩岗镇 (town)"), ("3708", "3708 济宁市 (city)")] {
        let said = with("", &scope("liangshan-2023", &format!("\"{code}\", \"370811\"")));
        let told = format!("of one kind (county); run judges none of them in these, which are of another: {named}");
        assert!(said.contains("profile_scope (liangshan-2023)") && said.contains(&told), "{said}");
        assert!(!said.contains("370811"), "what fits is not named: {said}");
    }
    let said = with("profiles = [\"shancheng-2020\"]", &scope("shancheng-2020", "\"370832\""));
    assert!(said.contains("of one kind (town)") && said.contains("370832 梁山县 (county)"), "{said}");
    let said = with("profiles = [\"shancheng-2020\"]", "");
    assert!(said.contains("the plan shancheng-2020 is for 370406001") && said.contains("(town)"), "{said}");
    assert!(!with("profiles = [\"liangshan-2023\"]", "").contains("judges"));
}

#[test]
fn reference_data_that_say_two_things_or_nothing_are_noticed() {
    let hand = HandStore::new();
    let folder = hand.store.path().join("reference");
    let said = check(hand.store.path(), 0);
    assert!(said.contains("there is no population (2023): run goes on"), "{said}");
    std::fs::write(hand.store.path().join("常住人口-待填.xlsx"), "").unwrap();
    let said = check(hand.store.path(), 0);
    assert!(said.contains("Fill in ") && said.contains("常住人口-待填.xlsx"), "the sheet is named: {said}");
    assert!(said.contains("with a row for each division and each of these years"), "its rows are of another: {said}");
    std::fs::write(folder.join("population.csv"), "区划代码,年份,常住人口\n").unwrap();
    assert!(check(hand.store.path(), 0).contains("常住人口-待填.xlsx"), "a table without rows says nothing");
    std::fs::write(folder.join("population.csv"), "区划代码,年份,常住人口\n370832,2023,1000\n370832,2023,2000\n")
        .unwrap();
    let said = check(hand.store.path(), 0);
    assert!(said.contains("two populations of one year") && said.contains("370832 2023"), "{said}");
    std::fs::write(folder.join("population.csv"), "区划代码,年份,常住人口\n370832,2023,1000\n").unwrap();
    assert_eq!(check(hand.store.path(), 0), READY);
    let divisions = std::fs::read_to_string(folder.join("divisions.csv")).unwrap();
    std::fs::write(folder.join("divisions.csv"), format!("{divisions}370832,梁山\n370832,梁山\n")).unwrap();
    let said = check(hand.store.path(), 0);
    assert!(said.contains("1 division codes have two names") && said.contains("370832 梁山"), "{said}");
    hand.night();
}

#[test]
fn the_key_of_the_sample_and_a_key_that_others_may_read_are_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let hand = HandStore::new();
    let key = hand.store.path().join("xinhui.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(check(hand.store.path(), 2).contains("everybody on this machine may read or change the key"));
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/xinhui.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = check(hand.store.path(), 0);
    assert!(said.contains("the key of the sample, which everybody has"), "{said}");
    hand.night();
}

#[test]
fn damaged_lines_of_the_record_of_nights_are_counted_and_hide_no_night() {
    use std::io::Write;
    let hand = HandStore::new();
    hand.night();
    let record = hand.store.path().join("store/private/nights.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(&record).unwrap();
    // A line of rubbish, and one that broke off without an end.
    file.write_all(b"\xff\xfe rubbish\n{\"started\": \"2023").unwrap();
    hand.put("370832/police/incidents.csv", crate::night::hand::incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    hand.night();
    let status = |more: &[&str]| {
        let output = expect(xinhui().args(["status", "--config"]).arg(hand.store.config()).args(more), 0);
        String::from_utf8(output.stdout).expect("text")
    };
    let said = status(&["--lang", "en"]);
    assert!(said.contains("2 lines of the record of nights are damaged"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("exit 0")).count(), 2, "{said}");
    assert!(status(&["--lang", "zh"]).contains("运行记录有 2 行已损坏"));
    let json: serde_json::Value = serde_json::from_str(&status(&["--json"])).unwrap();
    assert_eq!((json["unreadable_lines"].as_u64(), json["nights"].as_array().map(Vec::len)), (Some(2), Some(2)));
}

#[test]
fn who_holds_the_store_is_named_with_command_and_time() {
    let hand = HandStore::new();
    hand.night();
    // Of a night without an end, whether it is still at work is known by the lock.
    let record = hand.store.path().join("store/private/nights.jsonl");
    let begun = std::fs::read_to_string(&record).unwrap().lines().next().unwrap().to_owned();
    let mut begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
    begun["process"] = std::process::id().into();
    std::fs::write(&record, format!("{begun}\n")).unwrap();
    let mut status = xinhui();
    status.args(["status", "--config"]).arg(hand.store.config());
    assert!(String::from_utf8(expect(&mut status, 0).stdout).unwrap().contains("not ended: it died"));
    std::fs::write(hand.store.path().join("store/.lock"), format!("run {}\nrun\n", std::process::id())).unwrap();
    assert!(String::from_utf8(expect(&mut status, 0).stdout).unwrap().contains("still running"));
    let lock = hand.store.path().join("store/.lock");
    let file = std::fs::File::open(&lock).unwrap();
    file.lock().unwrap();
    // Who has not written its name yet has none.
    std::fs::write(&lock, "").unwrap();
    let nameless = expect(xinhui().args(["--lang", "zh", "verify", "--config"]).arg(hand.store.config()), 4);
    let said = String::from_utf8_lossy(&nameless.stderr).into_owned();
    assert!(said.contains("另一次运行占用") && !said.contains("进程号"), "{said}");
    // A backup locks the file and leaves the name of who held it last, whose process is no more.
    std::fs::write(&lock, "run 4294967295\nrun\n2026-01-31T02:00:00Z\n").unwrap();
    let backup = expect(xinhui().args(["--lang", "zh", "verify", "--config"]).arg(hand.store.config()), 4);
    let said = String::from_utf8_lossy(&backup.stderr).into_owned();
    assert!(said.contains("备份") && !said.contains("4294967295"), "{said}");
    let process = std::process::id();
    std::fs::write(&lock, format!("command {process}\nlink review\n2026-01-31T02:00:00Z\n")).unwrap();
    let mut verify = xinhui();
    verify.args(["verify", "--config"]).arg(hand.store.config()).env("TZ", "UTC");
    for (lang, told) in [
        ("en", format!("(process {process}: xinhui link review, since 2026-01-31 02:00:00)")),
        ("zh", format!("（进程号 {process}，xinhui link review，自 2026-01-31 02:00:00 起）")),
    ] {
        let output = expect(verify.args(["--lang", lang]), 4);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&told), "{said}");
        verify = xinhui();
        verify.args(["verify", "--config"]).arg(hand.store.config()).env("TZ", "UTC");
    }
    // A night waits for it and says for whom; when the command has ended it goes on.
    let mut night = xinhui();
    night.args(["run", "--config"]).arg(hand.store.config()).env("TZ", "UTC");
    let night = night.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    drop(file);
    let done = night.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.contains("waiting for the store") && said.contains("link review"), "{said}");
}

#[test]
fn tables_for_other_engines_are_written_as_soon_as_the_config_asks_for_them() {
    let hand = HandStore::new();
    hand.night();
    hand.store.edit_config("as_of = ", "query_tables = \"tables\"\nas_of = ");
    hand.night();
    let tables = std::fs::read_dir(hand.store.path().join("tables")).expect("a folder").count();
    assert!(tables > 3, "{tables}");
}
