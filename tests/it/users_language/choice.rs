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
    std::fs::write(path, "[feeds]\nlang = \"zh\"\n").unwrap();
    assert_eq!(spoken(&[], &["run", "--config", path]), Lang::En);
}
