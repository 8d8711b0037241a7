//! Traditional characters of header titles: an export of a system from Hong Kong, Macau or Taiwan bears them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Each traditional character that occurs in declared titles and aliases as they would be written there.
const TRADITIONAL: &str = concat!(
    "來係個備傢傳兒內冊別劃動務區參員問單嚴國場塊墻學寫專對導屬嵗師廢彆彔從復態戶捲據敎數斷時暫會枱査業極",
    "構標機檔檢檯歲況洩測為無熱牆狀現產療發監眾確碼礙種稱積箇簽籤約納級終結統綫線編縣總繫羣聯職臺與葯蔘藥",
    "號衆衕衛衞製複覆覈親訓託記訪設診註証評詢話誌認誘課調請諮證識護資質賬較輔轄轉辦進運達選鄉醫銷錄録錶鎮",
    "長門開間閤關隊隨險電項順預題願類颱養駐體髮麪麫麵點齡齣",
);
/// The simplified character of each, in the same order.
const SIMPLIFIED: &str = concat!(
    "来系个备家传儿内册别划动务区参员问单严国场块墙学写专对导属岁师废别录从复态户卷据教数断时暂会台查业极",
    "构标机档检台岁况泄测为无热墙状现产疗发监众确码碍种称积个签签约纳级终结统线线编县总系群联职台与药参药",
    "号众同卫卫制复复核亲训托记访设诊注证评询话志认诱课调请咨证识护资质账较辅辖转办进运达选乡医销录录表镇",
    "长门开间合关队随险电项顺预题愿类台养驻体发面面面点龄出",
);

static PAIRS: LazyLock<HashMap<char, char>> = LazyLock::new(|| TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect());

/// The simplified character that stands for one in titles; any other as it is.
pub(super) fn simplified(c: char) -> char {
    if c.is_ascii() { c } else { PAIRS.get(&c).copied().unwrap_or(c) }
}
