//! Which language is spoken.

use xinhui::cli::language::of;
use xinhui::diag::Lang;

fn spoken(set: &[(&str, &str)], words: &[&str]) -> Lang {
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    of(&words, &|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

#[test]
fn the_system_is_asked_as_gettext_asks_it() {
    for (set, lang) in [
        (&[][..], Lang::En),
        (&[("LANG", "zh_CN.UTF-8")], Lang::Zh),
        (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "en_US.UTF-8")], Lang::En),
        (&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "zh_CN")], Lang::Zh),
        (&[("LANG", "en_US.UTF-8"), ("LANGUAGE", "zh_CN:en")], Lang::Zh),
        (&[("LANG", "zh_CN.UTF-8"), ("LANGUAGE", "en:zh")], Lang::En),
        (&[("LANG", "C.UTF-8"), ("LANGUAGE", "zh")], Lang::En),
        (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], Lang::Zh),
    ] {
        assert_eq!(spoken(set, &[]), lang, "{set:?}");
        assert_eq!(spoken(set, &["run", "--lang", "zh"]), Lang::Zh);
        assert_eq!(spoken(set, &["--lang=en", "run"]), Lang::En);
    }
}

#[test]
fn a_config_says_it_where_the_command_line_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, "store = \"s\"\nlang = \"zh\" # for cron\n[periods]\nthis is no TOML").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(spoken(&[], &["run", "--config", path]), Lang::Zh);
    assert_eq!(spoken(&[("LANG", "en_US.UTF-8")], &["run", &format!("--config={path}")]), Lang::Zh);
    assert_eq!(spoken(&[], &["run", "--config", path, "--lang", "en"]), Lang::En);
    // However an editor has written it.
    let text = "lang = \"zh\" # 中文\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let written = [
        [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        [&[0xFF, 0xFE][..], &wide].concat(),
        wide,
        encoding_rs::GB18030.encode(text).0.into_owned(),
        "lang = “zh”\n".into(),
        "lang = ‘zh’".into(),
    ];
    for bytes in written {
        std::fs::write(path, &bytes).unwrap();
        assert_eq!(spoken(&[], &["run", "--config", path]), Lang::Zh, "{bytes:?}");
    }
    std::fs::write(path, "[feeds]\nlang = \"zh\"\n").unwrap();
    assert_eq!(spoken(&[], &["run", "--config", path]), Lang::En);
}
