//! Surnames: which are of two characters, and which are read otherwise than their characters.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::plain::plain;
use super::reading::{Reading, parse, readings};

/// Surnames of two characters that no name of one and a given name begins with in practice.
const COMPOUND: &str = "欧阳 司马 诸葛 上官 尉迟 皇甫 司徒 令狐 慕容 夏侯 宇文 长孙 公孙 端木 东方 呼延 申屠 赫连 澹台 淳于 \
鲜于 濮阳 轩辕 独孤 拓跋 纳兰 南宫 西门 东郭 东门 南门 北宫 闻人 公冶 万俟 太史 钟离 司空 闾丘 亓官 巫马 公西 漆雕 壤驷 \
公良 颛孙 子车 公羊 羊舌 微生 完颜 耶律 百里 即墨 第五 达奚 褚师 仲孙 叔孙 季孙 拓拔 贺若 夹谷 哥舒 爱新 叶赫";

/// Those that a surname of one character and a given name of two often begin like (贺兰英): compound
/// only with two characters after them.
const COMPOUND_BEFORE_TWO: &str = "乐正 宗政 谷梁 左丘 梁丘 贺兰 单于 段干 屈突 范姜 张简 张廖 高堂 安平";

/// Surnames whose reading is not their characters' commonest, in numbered pinyin: common knowledge,
/// nearly all among pypinyin's readings of the character.
const READ: &str = "单:shan4 仇:qiu2 解:xie4 曾:zeng1 盖:ge3 查:zha1 区:ou1 朴:piao2 任:ren2 华:hua4 甯:ning4 纪:ji3 那:na1 \
乐:yue4 缪:miao4 覃:qin2 洗:xian3 郇:xun2 隗:wei3 员:yun4 种:chong2 秘:bi4 令:ling2 繁:po2 撒:sa4 \
召:shao4 折:she2 葛:ge3 过:guo1 哈:ha3 炅:gui4 会:gui4 句:gou1 乘:sheng4 都:du1 角:jue2 阚:kan4 乜:nie4 \
粘:nian2 牟:mu4 能:nai4 於:yu1 祭:zhai4 相:xiang4 燕:yan1 要:yao1 黑:he4 适:kuo4 尉迟:yu4+chi2 \
长孙:zhang3+sun1 万俟:mo4+qi2 澹台:tan2+tai2 令狐:ling2+hu2 单于:chan2+yu2 乐正:yue4+zheng4 子车:zi3+ju1";

/// By compound: the least number of characters that follow it in a name.
static COMPOUNDS: LazyLock<HashMap<(char, char), usize>> = LazyLock::new(|| {
    let pairs = |list: &'static str, least: usize| {
        list.split(' ').map(move |compound| {
            let mut chars = compound.chars();
            let mut next = || chars.next().expect("two characters");
            ((next(), next()), least)
        })
    };
    pairs(COMPOUND, 1).chain(pairs(COMPOUND_BEFORE_TWO, 2)).collect()
});

static READINGS: LazyLock<HashMap<&str, Vec<Reading>>> = LazyLock::new(|| {
    READ.split(' ')
        .filter_map(|entry| entry.split_once(':'))
        .map(|(name, words)| (name, words.split('+').map(|word| parse(word).expect("a syllable")).collect()))
        .collect()
});

/// The characters of a name's surname, 1 or 2: 欧阳 and the like when at least one more follows.
/// Traditional characters count as their simplified ones.
pub fn surname_len(name: &[char]) -> usize {
    let [first, second, given @ ..] = name else { return 1 };
    match COMPOUNDS.get(&(plain(*first), plain(*second))) {
        Some(&least) if given.len() >= least => 2,
        _ => 1,
    }
}

/// For each character of a surname all its readings, the one it has as a surname first.
pub fn surname_readings(surname: &str) -> Vec<Vec<Reading>> {
    let form: String = surname.chars().map(plain).collect();
    let mut read = READINGS.get(form.as_str()).into_iter().flatten();
    surname
        .chars()
        .map(|c| {
            let others = readings(c).iter().chain(readings(plain(c)));
            let mut all: Vec<Reading> = Vec::new();
            for reading in read.next().into_iter().chain(others) {
                if !all.contains(reading) {
                    all.push(*reading);
                }
            }
            all
        })
        .collect()
}
