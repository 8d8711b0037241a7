//! The config of a new store, with a comment at each setting.

use super::new_store::NewStore;
use crate::error::Lang;

/// The text of `xinhui.toml`.
pub fn config(new: &NewStore<'_>, city_name: &str) -> String {
    let (template, lang) = match new.lang {
        Lang::Zh => (ZH, "zh"),
        Lang::En => (EN, "en"),
    };
    let values = [
        ("@CITY_NAME@", city_name),
        ("@CITY@", new.city),
        ("@LANG@", lang),
        ("@YEAR@", &new.year.to_string()),
        ("@HASH@", new.hash.as_str()),
    ];
    values.into_iter().fold(template.to_owned(), |text, (from, to)| text.replace(from, to))
}

const ZH: &str = r#"# 心汇的配置：@CITY_NAME@（@CITY@）。改动之后运行 xinhui check。
# 以 # 开头的设置取默认值；全部设置见 docs/configuration.zh-CN.md。路径相对于本文件所在的文件夹。

# 显示用的语言；定时任务不带语言，所以写在这里。
lang = "@LANG@"

# 统计日期；不写则为当天（北京时间）。
# as_of = "@YEAR@-12-31"

# 收件箱：inbox/<区县代码>/<来源>/ 下任意文件，来源为 station 站点、school 学校、hospital 医疗机构、police 公安。
inbox = "inbox"
# 区划和常住人口。
reference = "reference"
# 存储：快照、公开版，以及含个人信息的 private/。
store = "store"

city = "@CITY@"

# 参加评估的方案；也可列出名称，如 ["liangshan-2023"]。
profiles = "all"

# 退回行所占比例超过它的文件，使退出码为 1。
# max_rejected_share = 0.05

# 保留多少个快照；当前快照永不删除。
# keep_snapshots = 7

# 最近若干秒内有变化的文件留待下一晚，以免读到正在复制的文件。
quiet_seconds = 60

[periods]
# 第一个统计周期。
from = "@YEAR@-01"
kinds = ["month", "quarter", "half", "year"]

# [data]
# 各区县从哪一天起报送业务记录；不写则同 periods.from。
# from = "@YEAR@-01"

[identity]
# 密钥：没有它谁也打不开身份信息。务必另行备份，不要与存储的备份放在一起。
key_file = "xinhui.key"
# 散列算法，sha256 或 sm3（国密）；建库后不能再改。
hash = "@HASH@"

# 公开版：off 不发布，nightly 每晚，monthly 每月一次。
# [public]
# release = "monthly"
# day = 5

# 把一个方案的目标也用于其他区划：
# [[profile_scope]]
# profile = "liangshan-2023"
# divisions = ["……"]

# 向平台推送，见 docs/feeds.zh-CN.md：
# [feeds.platform]
# ……
"#;

const EN: &str = r#"# xinhui: @CITY_NAME@ (@CITY@). After a change run `xinhui check`.
# Settings behind a # have their defaults; docs/configuration.md has them all. Paths are relative to this file.

# The language of what is printed; schedulers have none, so it stands here.
lang = "@LANG@"

# The day that the night looks back from; by default today, in China.
# as_of = "@YEAR@-12-31"

# Any files below inbox/<county code>/<source>/, the source being station, school, hospital or police.
inbox = "inbox"
# Divisions and population.
reference = "reference"
# Snapshots, the public edition, and private/, which holds identities.
store = "store"

city = "@CITY@"

# The plans that are judged, all or a list such as ["liangshan-2023"].
profiles = "all"

# A file with a larger share of rejected rows makes the exit code 1.
# max_rejected_share = 0.05

# How many snapshots stay; the current one always does.
# keep_snapshots = 7

# A file that changed within so many seconds is left for the next night: it may still be being copied.
quiet_seconds = 60

[periods]
# The first period.
from = "@YEAR@-01"
kinds = ["month", "quarter", "half", "year"]

# [data]
# The day from which the counties have sent events; by default that of the periods.
# from = "@YEAR@-01"

[identity]
# The key, without which nobody opens the identities. Keep a copy elsewhere, and not beside the store's backups.
key_file = "xinhui.key"
# The hash under all keyed hashes, sha256 or sm3; it stays with the store.
hash = "@HASH@"

# The public edition: off, nightly or monthly.
# [public]
# release = "monthly"
# day = 5

# Lays a plan's targets over more divisions:
# [[profile_scope]]
# profile = "liangshan-2023"
# divisions = ["…"]

# Feeds to other systems, see docs/feeds.md:
# [feeds.platform]
# …
"#;
