//! Slips in a config: all of them are told at once, each in the language of the user, with what is usual there.

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};
use crate::users_language::detect::{chinese, english};

/// What a check says of the hand-made config after a change, in a language.
#[track_caller]
fn told(from: &str, to: &str, lang: &str) -> String {
    let hand = HandStore::new();
    hand.store.edit_config(from, to);
    let output = expect(xinhui().current_dir(hand.store.path()).args(["check", "--lang", lang]), 2);
    String::from_utf8(output.stdout).expect("text")
}

/// The same in Chinese, where no English sentence stands.
#[track_caller]
fn told_zh(from: &str, to: &str) -> String {
    let said = told(from, to, "zh");
    assert_eq!(english(&said), None, "{said}");
    assert!(!said.contains("解析器"), "{said}");
    said
}

const CITY: &str = "city = \"3708\"";
const LAST: &str = "key_file = \"xinhui.key\"\n";

#[test]
fn what_is_no_toml_is_told_with_its_line_and_what_is_usual_there() {
    let quotes = ["city = 3708\"", "city = \"3708", "city = “3708”", "city = '3708"];
    for wrong in quotes {
        let said = told_zh(CITY, wrong);
        assert!(said.contains("第 5 行第 ") && said.contains(wrong), "the line itself: {said}");
        assert!(said.contains("字符串须用英文双引号括起") || said.contains("键名"), "{wrong}: {said}");
    }
    let said = told_zh(LAST, &format!("{LAST}[feeds.平台]\nto = \"x\"\n"));
    assert!(said.contains("[feeds.平台]") && said.contains("只能用字母、数字、- 和 _"), "{said}");
    assert!(said.contains("如 [feeds.platform]"), "{said}");
    let said = told(LAST, &format!("{LAST}[feeds.平台]\nto = \"x\"\n"), "en");
    assert!(said.contains("invalid unquoted key") && said.contains("such as [feeds.platform]"), "{said}");
    for wrong in [
        "city",
        "city =",
        "city = = \"3708\"",
        "city = \"37\\08\"",
        "city = 37-08",
        "city = 03708",
        "city = [\"3708\"",
        "city = [\"3\" \"7\"]",
        "city = { a = 1",
        "city = \"3708\" \"x\"",
        "[city",
        "[[city]",
        "= \"3708\"",
        "ci ty = \"3708\"",
        "city = \"3708\"\ncity = \"3708\"",
        "city = 1__0",
        "city = \"3708\" , ",
        "城市 = \"3708\"",
        "city = 3708\\",
    ] {
        let said = told_zh(CITY, wrong);
        assert!(said.contains("TOML 有误：第 "), "{wrong}: {said}");
        assert_eq!(chinese(&told(CITY, wrong, "en").replace(wrong, "")), None, "{wrong}");
    }
}

#[test]
fn a_key_that_belongs_above_all_tables_is_told_so_in_whatever_table_it_stands() {
    let scope = "[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370832\"]\n";
    for (table, header) in [
        (scope, "[[profile_scope]]"),
        ("[public]\n", "[public]"),
        ("[norms]\n", "[norms]"),
        ("[feeds]\n", "[feeds]"),
        ("[data]\n", "[data]"),
        ("", "[identity]"),
    ] {
        for key in ["lang = \"zh\"", "as_of = \"2023-12-31\"", "keep_snapshots = 3"] {
            let name = key.split(' ').next().expect("a key");
            let said = told_zh(LAST, &format!("{LAST}{table}{key}\n"));
            assert!(said.contains(&format!("`{name}` 写在 {header} 之内，但它须写在所有 [表] 之前")), "{said}");
            assert!(said.ends_with("共 1 个问题\n"), "{said}");
            let said = told(LAST, &format!("{LAST}{table}{key}\n"), "en");
            assert!(said.contains(&format!("`{name}` stands in {header}, but belongs above all [tables]")), "{said}");
        }
    }
    // A key that there is nowhere is told as before.
    let said = told(LAST, &format!("{LAST}lung = \"zh\"\n"), "en");
    assert!(said.contains("unknown field `lung`") && !said.contains("above all"), "{said}");
}

#[test]
fn all_slips_of_a_config_are_told_at_once() {
    let wrong = "city = 3708\nquiet_seconds = \"60\"\nkeep_snapshots = -1\nmax_snapshots = 3\nprofiles = 3\nmax_rejected_share = 7.0\n\
                 outbox = \"no\"\nsnapshot_scope = \"town\"";
    for (lang, all) in [
        (
            "en",
            [
                "it says integer `3708`, where text in quotes belongs",
                "it says string \"60\", where a whole number of 0 or more belongs",
                "it says integer `-1`, where a whole number of 0 or more belongs",
                "unknown field `max_snapshots`",
                "another kind of value, where \"all\" or a list of names belongs",
                "max_rejected_share: 7 is not between 0 and 1",
                "it says string \"no\", where true or false belongs",
                "snapshot_scope: `town` is neither",
                "8 problems found",
            ],
        ),
        (
            "zh",
            [
                "写的是整数 `3708`，应为文字",
                "写的是文字 \"60\"，应为非负整数",
                "写的是整数 `-1`，应为非负整数",
                "没有 `max_snapshots` 这个键",
                "写的是其他类型的值，应为 \"all\" 或名称的列表",
                "max_rejected_share：7 不在 0 到 1 之间",
                "写的是文字 \"no\"，应为 true 或 false",
                "snapshot_scope：`town` 既不是",
                "共 8 个问题",
            ],
        ),
    ] {
        let said = told("city = \"3708\"\nmax_rejected_share = 1.0", wrong, lang);
        for one in all {
            assert!(said.contains(one), "{one}: {said}");
        }
    }
}

#[test]
fn every_key_that_is_missing_is_told_and_nothing_false_beside_it() {
    let hand = HandStore::new();
    std::fs::write(hand.store.config(), "as_of = \"2023-12-31\"\n[feeds.city]\nto = \"drop\"\n[[profile_scope]]\n")
        .unwrap();
    for lang in ["en", "zh"] {
        let output = expect(xinhui().current_dir(hand.store.path()).args(["check", "--lang", lang]), 2);
        let said = String::from_utf8(output.stdout).expect("text");
        let all =
            ["store", "inbox", "reference", "city", "identity", "audience", "formats", "key", "profile", "divisions"];
        for key in all {
            let one = if lang == "en" { format!("missing field `{key}`") } else { format!("缺少键 `{key}`") };
            assert_eq!(said.matches(&one).count(), 1, "{key}: {said}");
        }
        let count = if lang == "en" { "10 problems found\n" } else { "共 10 个问题\n" };
        assert!(said.ends_with(count), "{said}");
        // A night says the same and does nothing.
        let night = expect(xinhui().current_dir(hand.store.path()).args(["run", "--lang", lang]), 2);
        assert!(String::from_utf8_lossy(&night.stderr).contains("`divisions`"));
    }
}

#[test]
fn every_slip_among_the_norms_is_told() {
    let norms = format!("{LAST}[norms]\nmanaged_rule = \"monthgap\"\nfoo = 3\nbar = 4\n");
    let said = told(LAST, &norms, "en");
    for one in ["unknown norm `foo`", "unknown norm `bar`", "`managed_rule` is `monthgap`", "3 problems found"] {
        assert!(said.contains(one), "{one}: {said}");
    }
    let said = told_zh(LAST, &norms);
    assert!(said.contains("没有规范 `foo`") && said.contains("`managed_rule` 没有 `monthgap` 这个值"), "{said}");
    let said = told_zh(CITY, &format!("{CITY}\nprofiles = [\"liangshan\"]"));
    assert!(said.contains("是否应为 `liangshan-2023`？已有 "), "one mark is enough: {said}");
}

/// A value that is not there is no text without quotes, and a quote of an editor is no quote.
#[test]
fn a_missing_value_and_the_quotes_of_an_editor_are_told_as_such() {
    for empty in ["city =", "city = # none"] {
        assert!(told_zh(CITY, empty).contains("`=` 后面缺少值"));
        assert!(told(CITY, empty, "en").contains("there is no value behind `=`"));
    }
    assert!(told(CITY, "city = “3708”", "en").contains("quotes must be straight ones"));
    assert!(told_zh(CITY, "city = “3708”").contains("字符串须用英文双引号括起"));
}

/// What Notepad makes of a config is told by its name, in the language that the config asks for.
#[test]
fn a_config_in_another_encoding_says_so_in_its_own_language() {
    let hand = HandStore::new();
    let text = format!("lang = \"zh\" # 中文\n{}", std::fs::read_to_string(hand.store.config()).unwrap());
    let check = |bytes: Vec<u8>, code: i32| {
        std::fs::write(hand.store.config(), bytes).unwrap();
        let output = expect(xinhui().current_dir(hand.store.path()).arg("check").env("LC_ALL", "C.UTF-8"), code);
        String::from_utf8(output.stdout).expect("text")
    };
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert!(check(marked, 0).contains("声明与配置没有问题"));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let of_notepad = [&[0xFF, 0xFE][..], &wide].concat();
    for (bytes, named) in
        [(wide, "UTF-16"), (of_notepad, "UTF-16"), (encoding_rs::GB18030.encode(&text).0.into_owned(), "GB18030")]
    {
        let said = check(bytes, 2);
        assert!(said.contains(&format!("是 {named} 编码")) && said.contains("另存为 UTF-8"), "{said}");
        assert_eq!(english(&said), None, "{said}");
    }
    let said = check(text.replace("lang = \"zh\"", "lang = “zh”").into_bytes(), 2);
    assert!(said.contains("字符串须用英文双引号括起"), "{said}");
}

#[test]
fn what_is_wrong_is_named_and_not_its_neighbour() {
    let norms = format!("{LAST}[norms]\nmanaged_rul = \"interval\"\n");
    assert!(told(LAST, &norms, "en").contains("unknown norm `managed_rul`; did you mean `managed_rule`?"));
    assert!(told_zh(LAST, &norms).contains("是否应为 `managed_rule`？"));
    let value = format!("{LAST}[norms]\nmanaged_rule = \"x\"\n");
    assert!(told_zh(LAST, &value).contains("`managed_rule` 没有 `x` 这个值；可用的值："));
    let tables = told(CITY, &format!("{CITY}\nquery_tables = \"/proc/x\""), "en");
    assert!(tables.contains("write in `query_tables`") && !tables.contains("write in `store`"), "{tables}");
    let nowhere = expect(xinhui().args(["disclosure", "report", "--snapshot", "/nosuch"]), 2);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("is no snapshot's folder"));
    let nights = expect(xinhui().args(["status", "--nights", "-1"]), 2);
    assert!(String::from_utf8_lossy(&nights.stderr).contains("invalid value '-1' for '--nights"));
}
