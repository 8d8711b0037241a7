//! What is kept and published is believed only as long as it is what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::hand::{HandStore, incidents};
use super::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};
use crate::synth::tables::files_below;

/// A store of two counties after a first night, with the files of a second one in the inbox.
fn between_two_nights() -> TestStore {
    let store = TestStore::synth(&[
        "--persons",
        "100",
        "--counties",
        "370832,370811",
        "--towns",
        "1",
        "--dirt",
        "normal",
        "--nights",
        "2",
    ])
    .quick();
    store.edit_config("[\"quarter\", \"year\"]", "[\"year\"]");
    store.arrive(1);
    store.run(1);
    store.arrive(2);
    store
}

/// What a store has come to: the published tables and the persons.
fn left(store: &TestStore) -> BTreeMap<String, Vec<u8>> {
    let mut all = bytes_below(&store.internal());
    all.insert("persons".to_owned(), fs::read(private(store, "persons.parquet")).expect("persons"));
    all
}

fn private(store: &TestStore, name: &str) -> PathBuf {
    store.path().join("store/private").join(name)
}

fn run(store: &TestStore) -> (Option<i32>, String) {
    let output = xinhui().args(["run", "--config"]).arg(store.config()).output().expect("the binary starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Numbers that look random and are the same in each run of the test.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Flips a bit of a file and leaves its time of change as it was.
fn flip(path: &Path, draws: &mut Draws) {
    let changed = fs::metadata(path).expect("a file").modified().expect("a time");
    let mut bytes = fs::read(path).expect("bytes");
    let at = draws.below(bytes.len() as u64) as usize;
    bytes[at] ^= 1 << draws.below(8);
    fs::write(path, bytes).expect("written");
    fs::File::options().write(true).open(path).and_then(|f| f.set_modified(changed)).expect("a time");
}

/// Private files by the folder or name that says what they are. The log of nights says nothing of rows.
fn kinds(store: &TestStore) -> BTreeMap<String, Vec<PathBuf>> {
    let root = store.path().join("store/private");
    let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (name, path) in files_below(&root) {
        let base = name.rsplit('/').next().unwrap_or_default();
        let end = base.split_once('.').map_or(base, |(_, end)| end);
        let kind = match name.split_once('/') {
            _ if name == "nights.jsonl" => continue,
            None => name.clone(),
            Some(("link" | "identities", _)) if !name.contains("/linkage/") && !end.ends_with("parquet") => {
                name.clone()
            }
            Some((folder, rest)) if rest.starts_with("linkage/") => format!("{folder}/linkage/{base}"),
            Some((folder, _)) => format!("{folder}/*.{end}"),
        };
        if path.metadata().expect("a file").len() > 0 {
            kinds.entry(kind).or_default().push(path);
        }
    }
    kinds
}

#[test]
fn a_flipped_bit_in_any_kept_file_gives_the_right_numbers_or_an_error_that_names_it() {
    let template = between_two_nights();
    let right = template.copy();
    right.run(1);
    let expected = left(&right);
    // A store whose exports were taken away after they were read: only the new ones lie in its inbox.
    let taken_away = template.copy();
    for (name, path) in files_below(&taken_away.path().join("inbox")) {
        let is_new = taken_away.path().join("nights/2").join(&name).exists();
        if !is_new && !name.contains("reference") {
            fs::remove_file(path).expect("removed");
        }
    }
    let mut draws = Draws(20_231_231);
    let kinds = kinds(&template);
    let names: Vec<&String> = kinds.keys().collect();
    assert!(names.len() >= 12, "{names:?}");
    let flips: usize = std::env::var("XINHUI_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(36);
    let (mut made_anew, mut refused) = (0, 0);
    for n in 0..flips {
        let kind = names[n % names.len()];
        let of_kind = &kinds[kind];
        let path = &of_kind[draws.below(of_kind.len() as u64) as usize];
        let below = path.strip_prefix(template.path()).expect("below the store");
        let store = if (n / names.len()).is_multiple_of(2) { template.copy() } else { taken_away.copy() };
        flip(&store.path().join(below), &mut draws);
        let (code, said) = run(&store);
        match code {
            Some(0 | 1) => {
                assert_same_bytes(&left(&store), &expected, &format!("after a bit of {kind} was flipped"));
                made_anew += 1;
            }
            // A flipped name of the hash, or value that tells a wrong key, is told as such.
            Some(4) => {
                let name = below.file_name().expect("a name").to_string_lossy();
                assert!(said.contains(&*name) && said.contains("rebuild"), "{kind}: {said}");
                refused += 1;
            }
            code => panic!("{kind}: {code:?}: {said}"),
        }
    }
    assert!(made_anew > 0 && refused > 0, "{made_anew} made anew, {refused} refused");
}

#[test]
fn an_older_file_put_back_beside_newer_ones_is_noticed() {
    let template = between_two_nights();
    let night_1 = template.copy();
    template.run(1);
    let expected = left(&template);
    for name in ["register.json", "persons.parquet", "manifest.json"] {
        let store = template.copy();
        fs::copy(private(&night_1, name), private(&store, name)).expect("copied");
        fs::write(store.path().join("inbox/370832/station/新站点_20231231.csv"), "站点编号\n").expect("a new file");
        let (code, said) = run(&store);
        assert_eq!(code, Some(4), "{name}: {said}");
        assert!(said.contains("private") && said.contains("rebuild"), "{name}: {said}");
        assert_same_bytes(&bytes_below(&store.internal()), &bytes_below(&template.internal()), name);
    }
    // All of an earlier night's private state beside what a later one published.
    let store = template.copy();
    fs::remove_dir_all(private(&store, "")).expect("removed");
    super::store::copy_tree(&private(&night_1, ""), &private(&store, ""));
    let (code, said) = run(&store);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("older than the published snapshot"), "{said}");
    // What can be made anew is.
    let store = template.copy();
    super::store::copy_tree(&private(&night_1, "accepted"), &private(&store, "accepted"));
    super::store::copy_tree(&private(&night_1, "ledger"), &private(&store, "ledger"));
    store.run(1);
    assert_same_bytes(&left(&store), &expected, "after older accepted rows were put back");
}

#[test]
fn a_lost_register_or_private_folder_is_not_a_new_store_and_rebuilding_gives_the_same_numbers() {
    let template = between_two_nights();
    template.run(1);
    let expected = left(&template);
    for name in ["register.json", "persons.parquet", "manifest.json", "identities", ""] {
        let store = template.copy();
        let gone = private(&store, name);
        if gone.is_dir() { fs::remove_dir_all(&gone) } else { fs::remove_file(&gone) }.expect("removed");
        let (code, said) = run(&store);
        assert_eq!(code, Some(4), "`{name}` removed: {said}");
        assert!(said.contains("xinhui rebuild"), "{said}");
        assert_same_bytes(&bytes_below(&store.internal()), &bytes_below(&template.internal()), name);

        let output = expect(xinhui().args(["rebuild", "--config"]).arg(store.config()), 1);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("private.before-"), "{said}");
        assert_same_bytes(&bytes_below(&store.internal()), &bytes_below(&template.internal()), "rebuilt");
        for kept in ["facts", "numbers.json"] {
            assert!(private(&store, kept).exists(), "{kept}: what `explain --list` answers from");
        }
        if name == "register.json" {
            assert_same_bytes(&left(&store), &expected, "person keys are taken along");
        }
        store.run(1);
    }
    // Files that are not in the inbox any more would be lost, so that somebody has to say so.
    let store = template.copy();
    let gone = files_below(&store.path().join("inbox/370811/station")).into_iter().next().expect("a file");
    fs::remove_file(&gone.1).expect("removed");
    fs::remove_file(private(&store, "register.json")).expect("removed");
    let output = expect(xinhui().args(["rebuild", "--config"]).arg(store.config()), 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&gone.0) && said.contains("--accept-loss"), "{said}");
    let output = expect(xinhui().args(["rebuild", "--accept-loss", "--config"]).arg(store.config()), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains(&gone.0));
}

#[test]
fn parsed_rows_that_are_gone_are_read_again_from_their_exports() {
    let template = between_two_nights();
    let right = template.copy();
    right.run(1);
    let store = template.copy();
    fs::remove_dir_all(private(&store, "parsed")).expect("removed");
    let output = store.run(1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("damaged or missing in the store"), "says so");
    assert_same_bytes(&left(&store), &left(&right), "read again");
    let status = expect(xinhui().args(["status", "--config"]).arg(store.config()), 0);
    assert!(String::from_utf8_lossy(&status.stdout).contains("made anew"), "status says so");
}

#[test]
fn damaged_published_files_are_told_by_verify_and_healed_by_the_next_night() {
    let store = between_two_nights();
    store.run(1);
    let expected = left(&store);
    let mut verify = xinhui();
    let output = expect(verify.args(["verify", "--config"]).arg(store.config()), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("all of them intact"));
    let mut draws = Draws(7);
    let files: Vec<(String, PathBuf)> = files_below(&store.internal()).into_iter().collect();
    // The time of change tells of a file that was written over, looking at its bytes of one that rotted.
    for (n, (name, _)) in files.iter().enumerate().step_by(4) {
        let path = store.internal().join(name);
        flip(&path, &mut draws);
        if n % 8 == 0 {
            fs::File::options()
                .write(true)
                .open(&path)
                .and_then(|f| f.set_modified(std::time::SystemTime::now()))
                .unwrap();
        } else {
            let text = fs::read_to_string(store.config()).unwrap();
            if !text.contains("verify_days") {
                fs::write(store.config(), format!("verify_days = 0\n{text}")).unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(1_100));
        }
        let output = expect(xinhui().args(["verify", "--config"]).arg(store.config()), 4);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(name) && said.contains("1 of them damaged"), "{said}");
        store.run(1);
        assert_same_bytes(&left(&store), &expected, name);
        remove_old_snapshots(&store);
        expect(xinhui().args(["verify", "--config"]).arg(store.config()), 0);
        let current = store.path().join("store/current");
        expect(xinhui().args(["verify", "--snapshot"]).arg(current), 0);
    }
}

/// What lies in an edition is taken for a part of it, and was never looked at by anybody.
#[test]
fn a_file_that_no_night_wrote_is_told_by_verify() {
    let store = between_two_nights();
    store.run(1);
    let foreign = store.internal().join("rollups/patients/names.csv");
    fs::write(&foreign, "x").expect("a file");
    for (lang, said) in [("zh", ["多余：", "1 个多余"]), ("en", ["foreign: ", "1 foreign"])] {
        let mut verify = xinhui();
        let output = expect(verify.args(["verify", "--lang", lang, "--config"]).arg(store.config()), 4);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.iter().all(|said| told.contains(said)) && told.contains("names.csv"), "{told}");
    }
    fs::remove_file(&foreign).expect("removed");
    expect(xinhui().args(["verify", "--config"]).arg(store.config()), 0);
}

/// Idle nights do not read them, so that whoever reads all of the store must have them made again.
#[test]
fn damaged_rows_that_verify_finds_are_read_again_by_the_next_idle_night() {
    let hand = HandStore::new();
    let patients = "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n\
                    HZ01,王小明,男,1980-01-01,370832101001,F20.0,2020-05-05,居家\n";
    hand.put("370832/hospital/患者名册_20230601.csv", patients);
    hand.put("370832/police/案_20230601.csv", incidents(&[("A1", "2023-05-01", "extreme", "", "")]));
    hand.store.run(0);
    let store = &hand.store;
    let spoil = |name: &str| {
        let mut bytes = fs::read(private(store, name)).expect("bytes");
        bytes[100..104].iter_mut().for_each(|b| *b = !*b);
        fs::write(private(store, name), bytes).expect("written");
    };
    let expected = left(store);
    let verify = |code| {
        let output = expect(xinhui().args(["verify", "--config"]).arg(store.config()), code);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let kept = files_below(&store.path().join("store/private"));
    let of_rows = |name: &&String| name.ends_with(".parquet") && !name.contains("findings");
    let of = |folder: &str| kept.keys().filter(of_rows).find(|name| name.starts_with(folder)).expect("rows").clone();
    let damaged = [of("identities/hospital_patient"), of("parsed/police_incident")];
    damaged.iter().for_each(|name| spoil(name));
    let said = verify(4);
    assert!(said.contains("2 of them damaged") && said.matches("the next run reads its export again").count() == 2);
    let output = store.run(0);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("nothing new") && damaged.iter().all(|name| said.contains(name.as_str())), "{said}");
    verify(0);
    assert_same_bytes(&left(store), &expected, "read again");
    let said = String::from_utf8_lossy(&store.run(0).stdout).into_owned();
    assert!(said.contains("(0 new") && !said.contains("made anew"), "read again once: {said}");
    // What no export says any more stays as it is, and that is told.
    fs::remove_file(store.path().join("inbox/370832/hospital/患者名册_20230601.csv")).expect("removed");
    spoil(&damaged[0]);
    let said = verify(4);
    assert!(said.contains("its export is no longer in the inbox: put that back"), "{said}");
}

/// A night that finds nothing new looks at what the next one starts from all the same, and takes nothing over.
#[test]
fn an_idle_night_takes_over_no_damaged_file() {
    let template = between_two_nights();
    template.run(1);
    template.run(1);
    let expected = left(&template);
    let changes: [fn(&mut Vec<u8>); 3] = [Vec::clear, |b| b.extend(b"x"), |b| b[100] ^= 1];
    for name in ["persons.parquet", "numbers.json"] {
        for change in changes {
            let store = template.copy();
            let path = private(&store, name);
            let mut bytes = fs::read(&path).expect("bytes");
            change(&mut bytes);
            fs::write(&path, bytes).expect("written");
            let mut verify = xinhui();
            verify.args(["verify", "--config"]).arg(store.config());
            let output = expect(&mut verify, 4);
            assert!(String::from_utf8_lossy(&output.stdout).contains(name));
            if name == "numbers.json" {
                let output = store.run(1);
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(said.contains("made anew") && said.contains(name), "{said}");
                let status = expect(xinhui().args(["status", "--config"]).arg(store.config()), 0);
                assert!(String::from_utf8_lossy(&status.stdout).contains(name), "status says so");
                assert_same_bytes(&left(&store), &expected, name);
                expect(&mut verify, 0);
            } else {
                let (code, said) = run(&store);
                assert_eq!(code, Some(4), "{said}");
                assert!(said.contains(name) && said.contains("xinhui rebuild"), "{said}");
                expect(&mut verify, 4);
                // The next one does not take it over either, nor does a rebuild.
                assert_eq!(run(&store).0, Some(4));
                let output = expect(xinhui().args(["rebuild", "--config"]).arg(store.config()), 1);
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(!said.contains("persons.parquet"), "{said}");
                expect(&mut verify, 0);
            }
        }
    }
}

/// Rows of persons that any other program wrote stop a night, also where the manifest cannot tell: after a run that died,
/// which may have written them.
#[test]
fn persons_of_another_form_are_told_as_damage() {
    use sha2::{Digest, Sha256};
    let store = between_two_nights();
    store.run(1);
    store.arrive(2);
    let manifest = private(&store, "manifest.json");
    let sealed = fs::read(&manifest).expect("bytes");
    let mut body: serde_json::Value = serde_json::from_slice(&sealed[..sealed.len() - 66]).expect("JSON");
    body["open_since"] = 1.into();
    let text = body.to_string();
    let seal: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    fs::write(&manifest, format!("{text}\n{seal}\n")).expect("written");
    let persons = private(&store, "persons.parquet");
    let whole = fs::read(&persons).expect("bytes");
    let other = fs::read(store.path().join("store/current/internal/gaps/gaps.parquet")).expect("bytes");
    for bytes in [other, Vec::new(), whole[..whole.len() / 2].to_vec()] {
        fs::write(&persons, bytes).expect("written");
        let (code, said) = run(&store);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("persons.parquet") && said.contains("xinhui rebuild"), "{said}");
    }
    let output = expect(xinhui().args(["rebuild", "--config"]).arg(store.config()), 1);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!said.contains("persons.parquet"), "{said}");
}

#[test]
fn what_is_made_anew_of_the_ledger_is_told_and_verify_names_the_file() {
    let store = between_two_nights();
    store.run(1);
    for folder in ["accepted/station_site/370811.parquet", "ledger/station_site/370811.state.json"] {
        let path = private(&store, folder);
        let mut bytes = fs::read(&path).expect("bytes");
        bytes.push(b'x');
        fs::write(&path, bytes).expect("written");
        let mut verify = xinhui();
        verify.args(["verify", "--config"]).arg(store.config());
        let output = expect(&mut verify, 4);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(folder) && said.contains("1 of them damaged"), "{said}");
        let said = String::from_utf8_lossy(&store.run(1).stdout).into_owned();
        assert!(said.contains("made anew") && said.contains(folder), "{said}");
        expect(&mut verify, 0);
    }
}

#[test]
fn verify_looks_at_facts_and_at_what_the_linkage_keeps_and_finds_what_is_foreign() {
    let store = between_two_nights();
    store.run(1);
    let mut verify = xinhui();
    verify.args(["verify", "--config"]).arg(store.config());
    expect(&mut verify, 0);
    let first = |folder: &str| files_below(&private(&store, folder)).into_iter().next().expect("a file").1;
    for path in [first("facts"), first("identities/linkage")] {
        let bytes = fs::read(&path).expect("bytes");
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        fs::write(&path, damaged).expect("written");
        let said = String::from_utf8_lossy(&expect(&mut verify, 4).stdout).into_owned();
        assert!(said.contains(&path.display().to_string()) && said.contains("only saves time"), "{said}");
        fs::write(&path, bytes).expect("written");
    }
    let foreign = ["private/q", "stray", "private/accepted/station_site/999999.parquet", "snapshots/x.txt"];
    for name in foreign {
        fs::write(store.path().join("store").join(name), "x").expect("written");
    }
    let said = String::from_utf8_lossy(&expect(&mut verify, 4).stdout).into_owned();
    for name in foreign {
        assert!(said.lines().any(|line| line.starts_with("foreign: ") && line.contains(name)), "{name}: {said}");
        fs::remove_file(store.path().join("store").join(name)).expect("removed");
    }
    assert!(said.contains("4 foreign"), "{said}");
    expect(&mut verify, 0);
}

fn remove_old_snapshots(store: &TestStore) {
    let current = fs::canonicalize(store.path().join("store/current")).expect("a snapshot");
    for entry in fs::read_dir(store.path().join("store/snapshots")).expect("snapshots") {
        let path = fs::canonicalize(entry.expect("an entry").path()).expect("a folder");
        if path != current {
            fs::remove_dir_all(path).expect("removed");
        }
    }
}
