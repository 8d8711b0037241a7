//! Settings that `xinhui check` refuses, feeds of a night, and what `status` shows.

use xinhui::pipeline::config::Config;
use xinhui::schema::Schemas;

use super::tiny::{TinyStore, few_rows};
use crate::night::store::{TestStore, copy_tree, expect, xinhui};

const GOOD: &str = "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\nto = \"drop\"\n";

#[test]
fn check_refuses_settings_that_cannot_be_meant() {
    let store = TinyStore::new(GOOD);
    let schemas = Schemas::embedded().expect("declarations");
    let problems = |feeds: &str| {
        store.configure(feeds);
        let (_, problems) = Config::parse(&store.path("xinhui.toml"), &schemas);
        problems.into_iter().map(|p| p.message.en).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(problems(GOOD), "");
    let with = |line: &str| format!("{GOOD}{line}\n");
    let of_both = |exact: &str, public: &str| {
        let of = |folder: &str| GOOD.replace("\"drop\"", &format!("\"{folder}\""));
        format!("{}\n{}", of(exact), of(public).replace("city", "open").replace("superior", "public"))
    };
    assert_eq!(problems(&of_both("drop", "drop/public")), "");
    let cases = [
        (GOOD.replace("superior", "everybody"), "audience: `everybody`"),
        (GOOD.replace("[feeds.city]", "[feeds.\"../city\"]"), "a feed is called by"),
        (
            GOOD.replace("[\"csv\"]", "[\"csv\", \"pdf\"]"),
            "`pdf` is none of parquet, csv, sdmx, dhis2, fhir, adx, xlsx",
        ),
        (GOOD.replace("[\"csv\"]", "[\"csv\", \"csv\"]"), "stands there twice"),
        (GOOD.replace("[\"csv\"]", "[]"), "formats: names none"),
        (GOOD.replace("\"drop\"", "\"ftp://x/y\""), "neither https:// nor http://"),
        (GOOD.replace("\"drop\"", "\"http://platform.example/in\""), "exact numbers would go unencrypted"),
        (GOOD.replace("\"drop\"", "\"https://me:word@platform.example/in\""), "name or password"),
        (GOOD.replace("\"drop\"", "\"https://platform.example/in?token=1\""), "holds a query"),
        (GOOD.replace("\"drop\"", "\"store/feeds\""), "feeds.city.to: "),
        (GOOD.replace("\"drop\"", "\"store/feeds\""), "store/feeds and the store "),
        (GOOD.replace("\"drop\"", "\"inbox\""), "inbox and the inbox "),
        (GOOD.replace("\"drop\"", "\"drop/../inbox/out\""), "must not lie in one another"),
        (GOOD.replace("\"drop\"", "\"reference/out\""), "and the reference "),
        (GOOD.replace("\"drop\"", "\".\""), "must not lie in one another"),
        (of_both("drop", "drop"), "the feed open is for another audience (\"public\")"),
        (of_both("drop/exact", "drop"), "give each a folder of its own"),
        (GOOD.replace("\"feed.key\"", "\"store/feed.key\""), "must lie outside of the store"),
        (GOOD.replace("to = \"drop\"", "command = [\"sftp\"]"), "no argument holds {package}"),
        (GOOD.replace("to = \"drop\"", "nightly = true"), "neither `to` nor `command`"),
        (with("command = [\"x\", \"{package}\"]"), "exclude each other"),
        (with("encoding = \"latin1\""), "neither \"utf-8\" nor \"gb18030\""),
        (with("what = \"some\""), "neither \"whole\" nor \"changes\""),
        (GOOD.replace("[\"csv\"]", "[\"adx\"]") + "what = \"changes\"\n", "ADX cannot say"),
        (with("package = \"rar\""), "neither \"folder\" nor \"zip\""),
        (with("tables = [\"persons\"]"), "`persons` is no table of a feed"),
        (with("tables = [\"disclosure/cells\"]"), "`disclosure/cells` is no table of a feed"),
        (with("tables = [\"stations\"]").replace("superior", "public"), "is for the office"),
        (with("token_file = \"token\""), "only for an address"),
        (with("hmac = \"md5\"\nhmac_env = \"X\""), "neither \"sha256\" nor \"sm3\""),
        (with("hmac = \"sm3\""), "needs `hmac_file` or `hmac_env`"),
        (with("attempts = 0"), "not between 1 and 20"),
        (with("timeout_seconds = 0"), "not between 1 and 86400"),
        (with("password = \"x\""), "unknown field `password`"),
    ];
    for (feeds, said) in cases {
        let found = problems(&feeds);
        assert!(found.contains(said), "{feeds}\n{found}");
    }
    // What is wrong on this machine is told by the command.
    store.configure(&GOOD.replace("\"drop\"", "\"gone\"").replace("\"feed.key\"", "\"gone.key\""));
    let output = expect(xinhui().args(["check", "--config"]).arg(store.path("xinhui.toml")), 2);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("is no folder") && said.contains("the signing key cannot be read"), "{said}");
}

#[test]
fn a_receiver_of_the_command_line_is_no_folder_of_the_store_either() {
    let mut store = TinyStore::new(GOOD);
    store.publish(&few_rows());
    for folder in ["inbox", "store", "reference/out"] {
        let to = store.path(folder).display().to_string();
        let output = expect(&mut store.feed(&["send", "city", "--to", &to]), 2);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("must not lie in one another"), "{said}");
    }
    assert_eq!(std::fs::read_dir(store.path("inbox")).expect("a folder").count(), 0);
}

#[test]
fn check_tells_of_feeds_that_would_have_nothing_to_send_or_no_secret() {
    let store = TinyStore::new(GOOD);
    let check = |feeds: &str| {
        store.configure(feeds);
        let mut command = xinhui();
        command.args(["check", "--config"]).arg(store.path("xinhui.toml")).env_remove("XINHUI_TEST_TOKEN");
        String::from_utf8(command.output().expect("it starts").stdout).expect("UTF-8")
    };
    let public = GOOD.replace("superior", "public");
    let required = format!("{public}required = true\nnightly = true\n");
    let found = check(&required);
    assert!(found.contains("\nfeeds.city.required: ") || found.starts_with("feeds.city.required: "), "{found}");
    assert!(found.contains("the feed fails each night"), "{found}");
    let found = check(&format!("{required}\n[public]\nrelease = \"nightly\"\n"));
    assert!(!found.contains("feeds.city.required"), "{found}");
    let found = check(&public);
    assert!(found.contains("note: feeds.city.audience: "), "{found}");
    let to_web = GOOD.replace("\"drop\"", "\"https://platform.example/in\"");
    let found = check(&format!("{to_web}token_env = \"XINHUI_TEST_TOKEN\"\n"));
    assert!(found.contains("note: feeds.city.token_env: the variable XINHUI_TEST_TOKEN is not set here"), "{found}");
    assert!(!check(&to_web).contains("note: feeds"));
}

#[test]
fn a_feed_that_is_not_declared_is_told_with_those_that_are() {
    let mut store = TinyStore::new(GOOD);
    store.publish(&few_rows());
    let output = expect(&mut store.feed(&["send", "town"]), 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the config has no such feed") && said.contains("it has city"), "{said}");
    store.configure("");
    expect(&mut store.feed(&["send"]), 2);
}

#[test]
fn a_night_is_done_whatever_comes_of_its_feeds_and_the_next_one_sends_what_waits() {
    let store = TestStore::synth(&[
        "--counties",
        "370832",
        "--towns",
        "1",
        "--persons",
        "60",
        "--dirt",
        "none",
        "--formats",
        "csv",
    ])
    .quick();
    expect(xinhui().args(["feed", "key", "--out"]).arg(store.path().join("feed.key")), 0);
    let text = std::fs::read_to_string(store.config()).expect("a config");
    let feed = format!("{}nightly = true\nattempts = 1\ntables = [\"indicators/year\"]\n", GOOD);
    std::fs::write(store.config(), format!("{text}\n{feed}")).expect("a config");
    let output = store.run(0);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("city: city-000001-") && said.contains("did not arrive yet"), "{said}");
    let status = || {
        let output = expect(xinhui().args(["status", "--lang", "en", "--config"]).arg(store.config()), 0);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(
        status().contains("feed city: no package delivered yet; package 1 waits after 1 attempt: "),
        "{}",
        status()
    );
    store.edit_config("attempts = 1\n", "attempts = 1\nrequired = true\n");
    store.run(1);
    assert!(status().contains("after 2 attempts"));
    std::fs::create_dir(store.path().join("drop")).expect("a folder");
    let output = store.run(0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("city: delivered package 1"));
    assert!(status().contains("feed city: package 1 delivered at "), "{}", status());
    assert_eq!(std::fs::read_dir(store.path().join("drop")).expect("a folder").count(), 1);
    // A config that is broken after the night spoils nothing either.
    assert!(String::from_utf8_lossy(&store.run(0).stdout).contains("city: nothing new"));
}

#[test]
fn the_settings_that_the_pages_show_are_in_order_and_the_same_in_both_languages() {
    let block = |page: &str| {
        let text =
            std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page");
        text.split("```toml\n").nth(1).and_then(|t| t.split("\n```").next()).expect("settings").to_owned()
    };
    let (english, chinese) = (block("docs/feeds.md"), block("docs/feeds.zh-CN.md"));
    assert_eq!(english, chinese);
    let store = TinyStore::new(&english);
    std::fs::create_dir_all(store.path("exchange/out")).expect("a folder");
    std::fs::write(store.path("hmac.key"), "secret").expect("a key");
    copy_tree(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/reference"),
        &store.path("reference"),
    );
    expect(xinhui().args(["check", "--config"]).arg(store.path("xinhui.toml")), 0);
}

#[test]
fn both_languages_explain_every_setting_of_a_feed() {
    let store = TinyStore::new(&format!("{GOOD}no_such_key = 1\n"));
    let output = expect(xinhui().args(["check", "--config"]).arg(store.path("xinhui.toml")), 2);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let (_, expected) = said.split_once("expected").expect("names");
    let keys: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    assert!(keys.len() > 20, "{keys:?}");
    for page in ["docs/feeds.md", "docs/feeds.zh-CN.md"] {
        let text =
            std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page");
        for key in &keys {
            assert!(
                text.lines().any(
                    |l| l.starts_with("| ") && l.split('|').nth(1).is_some_and(|c| c.contains(&format!("`{key}`")))
                ),
                "{page}: {key}"
            );
        }
    }
}

#[test]
fn no_key_is_made_within_a_store() {
    let store = TinyStore::new(GOOD);
    for folder in ["private", "snapshots"] {
        std::fs::create_dir_all(store.path("store").join(folder)).unwrap();
    }
    for command in [&["feed", "key"][..], &["key", "new"]] {
        for place in ["store/f.key", "store/private/f.key"] {
            let output = expect(xinhui().args(command).arg("--out").arg(store.path(place)), 2);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("lies within the store") && said.contains("outside of it"), "{said}");
            assert!(!store.path(place).exists());
        }
        expect(xinhui().args(command).arg("--out").arg(store.path(&format!("{}.key", command[1]))), 0);
    }
}

#[test]
fn no_package_is_made_in_a_folder_of_the_store_or_of_the_senders() {
    let mut store = TinyStore::new(GOOD);
    store.publish(&few_rows());
    for place in ["inbox", "inbox/370832", "store", "store/snapshots", "reference", "drop/../inbox"] {
        let output = expect(&mut store.feed(&["build", "city", "--out", &place_in(&store, place)]), 2);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("--out") && said.contains("lies within"), "{place}: {said}");
    }
    for folder in ["inbox", "reference"] {
        assert_eq!(std::fs::read_dir(store.path(folder)).expect("a folder").count(), 0, "{folder}");
    }
    // A folder that holds the store is none of its own.
    expect(&mut store.feed(&["build", "city", "--out", &place_in(&store, "")]), 0);
}

fn place_in(store: &TinyStore, below: &str) -> String {
    store.path(below).display().to_string()
}

#[test]
fn status_names_the_newest_edition_that_is_kept() {
    let mut store = TinyStore::new(GOOD);
    store.publish(&few_rows());
    let kept = std::fs::canonicalize(store.path("store/current")).expect("a snapshot");
    let note = serde_json::json!({
        "as_of": "2023-11-30", "policy": "aa", "kinds": ["year"], "small": 0, "hidden": 0, "protection": 1,
    });
    std::fs::create_dir_all(kept.join("internal/disclosure")).expect("a folder");
    std::fs::write(kept.join("internal/disclosure/edition.json"), note.to_string()).expect("a note");
    let status = |store: &TinyStore, words: &[&str]| {
        let mut command = xinhui();
        command.arg("status").args(words).arg("--config").arg(store.path("xinhui.toml"));
        String::from_utf8(expect(&mut command, 0).stdout).expect("UTF-8")
    };
    assert!(status(&store, &["--lang", "en"]).contains("public edition as of: 2023-11-30\n"));
    // A night without an edition, whether editions are off or it failed before it came to one.
    store.publish(&few_rows());
    let id = kept.file_name().expect("a name").to_string_lossy().into_owned();
    let text = status(&store, &["--lang", "en"]);
    assert!(text.contains(&format!("public edition as of: 2023-11-30 (the newest that is kept, in {id})\n")), "{text}");
    let text = status(&store, &["--lang", "zh"]);
    assert!(text.contains(&format!("公开版统计日期：2023-11-30（现存最新，在 {id} 中）\n")), "{text}");
    let json: serde_json::Value = serde_json::from_str(&status(&store, &["--json"])).expect("JSON");
    assert_eq!(json["public_edition_as_of"], "2023-11-30");
    assert_eq!(json["public_edition_snapshot"], id.as_str());
}
