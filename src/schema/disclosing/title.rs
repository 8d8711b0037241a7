//! Titles of columns that no dataset declares: most are words, some are a person's name, number or
//! address, where a list was laid on its side or a header was lost.

use unicode_normalization::UnicodeNormalization;

use super::{holds_number, is_han, is_latin_name, is_unseen};

/// The longest title that is shown.
const LONGEST: usize = 30;
/// Digits in a row that may identify somebody.
const LONG_NUMBER: usize = 6;

/// Surnames of one character, the commoner ones and those of the Hundred Family Surnames.
const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方\
俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪\
舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石\
崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景\
詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚\
农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾\
毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫付涂代苟覃邝岳帅缑亢况郈有琴商牟佘伯赏南墨哈谯笪年爱阳佟仝植么仉督楚晋法鄢寸\
冼初尧库党官兰原展苑矫修战臧才接隋迟衣揭綦宫刀英但底晓荘皇上尉澹淳端东呼轩令长宇诸闻完";

/// Words of titles, which are no part of a name.
const WORDS: &str = "序号 编号 号码 代码 编码 名称 姓名 性别 年龄 年级 班级 民族 籍贯 国籍 学历 文化 程度 职业 职务 职称 岗位 单位 部门 机构 学校 \
学院 专业 医院 科室 床号 日期 时间 年份 月份 年度 季度 星期 地址 住址 电话 手机 邮箱 微信 邮编 邮政 类型 类别 种类 性质 级别 等级 层次 状态 情况 \
结果 结论 意见 建议 方案 计划 措施 内容 项目 名单 数量 人数 次数 总数 总分 得分 分数 成绩 比例 比率 金额 费用 价格 单价 合计 小计 备注 说明 \
附件 来源 渠道 方式 方法 形式 途径 用途 原因 理由 目的 要求 标准 依据 参考 经办 审核 审批 填表 填报 登记 录入 更新 修改 创建 上报 报送 负责 责任 \
联系 监护 家长 家属 亲属 关系 患者 学生 教师 医生 医师 护士 人员 人群 对象 身份 证件 户籍 户口 现住 居住 所属 所在 区划 行政 省份 城市 区县 \
县区 市区 乡镇 街道 村居 社区 村委 网格 片区 辖区 管理 服务 随访 评估 诊断 用药 药物 剂量 治疗 康复 复诊 转诊 转介 危险 风险 预警 量表 测评 筛查 \
咨询 辅导 心理 精神 疾病 症状 病情 病史 病程 病种 既往 家庭 经济 收入 贫困 低保 残疾 残联 医保 社保 参保 婚姻 政治 面貌 党员 宗教 信仰 兵役 \
是否 有无 完成 参加 参与 开展 活动 培训 宣传 会议 照片 图片 签名 签字 盖章 公章 系统 平台 数据 信息 资料 档案 记录 文件 目录 版本 批次 流水 标识 \
标志 标记 主键 外键 字段 温度 体重 身高 血压 血型 心率 经度 纬度 高度 长度 面积 容积 房间 车牌 车辆 设备 物资 库存 场所 场地 余额 支付 银行 账号 \
账户 开户 成员 组长 队长 志愿 社工 干部 领导 主任 书记 民警 警号 案件 案由 严重 简介 简称 全称 英文 别名 曾用 拼音 常用 通讯 广播 路线 路径 \
计数 计量 时长 时段 强度 频次 频率 周期 周次 万人 项次 代号 病人 高危 危重 谈话 谈心 家访 居委 党组 有效 终止 全年 平均 公司 养老 查体 应答 能力 相片 经费 台账 应急 关注 关爱 相关 查询 解决 文字 解除 管控 安全 成因 明细 干预 农村 城镇 国家 文本 通过 居民 \
管辖 关锁 安置 安排 家族 包联 白天 水平 党派 程序 班次 连续 终结 相应 顾虑 顾问 平时 文号 文档 常规 公示 公里 百分 经历 经手 \
纪要 师资 管护 通知 满分 能否 解锁 全程 危机 危害 查访 单元 单次 双方 双向 支出 曾经 初诊 初评 初审 初次 应到 宣教 宣讲 申请 申报 训练 空腹 \
空缺 步骤 沙盘 养护 阳性 阴性 强制 方位 方面 连接 何时 何地 何种 车次 任务 任职 任教 任课";

/// Words for a place, wide to narrow.
const PLACES: [&str; 16] =
    ["省", "市", "区", "县", "镇", "乡", "街道", "村", "社区", "路", "街", "巷", "小区", "号楼", "单元", "号"];

/// A title as a finding may show it: one line of at most 30 characters without controls, in which
/// nothing identifies anybody. `declared` says whether two ideographs stand together in a declared title.
pub fn shown_title(text: &str, declared: impl Fn(&str) -> bool) -> String {
    let line: String =
        text.nfkc().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect();
    let line = line.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    let is_word = |pair: &str| WORDS.split_ascii_whitespace().any(|w| w == pair) || declared(pair);
    let chars: Vec<char> = line.chars().collect();
    let mut hidden = vec![false; chars.len()];
    if is_address(&line) || is_latin_name(&line) && !is_ascii_title(&line) {
        hidden.fill(true);
    } else if holds_number(&line) {
        chars.iter().zip(&mut hidden).for_each(|(c, hide)| *hide = c.is_numeric());
    }
    hide_long_numbers(&chars, &mut hidden);
    hide_names(&chars, &mut hidden, is_word);
    chars.iter().zip(hidden).map(|(c, hide)| if hide { '*' } else { *c }).take(LONGEST).collect()
}

/// Runs of digits of any script.
fn hide_long_numbers(chars: &[char], hidden: &mut [bool]) {
    for_runs(
        chars,
        |c| c.is_numeric(),
        |from, to| {
            if to - from >= LONG_NUMBER {
                hidden[from..to].fill(true);
            }
        },
    );
}

/// What is left of ideographs without the words of titles, where it begins like a name and is as long
/// as one.
fn hide_names(chars: &[char], hidden: &mut [bool], is_word: impl Fn(&str) -> bool) {
    let mut of_word = vec![false; chars.len()];
    for at in 0..chars.len().saturating_sub(1) {
        let pair = &chars[at..at + 2];
        if pair.iter().all(|c| is_han(*c)) && is_word(&pair.iter().collect::<String>()) {
            of_word[at..at + 2].fill(true);
        }
    }
    // 的 stands in no name, but behind one.
    let rest: Vec<char> =
        chars.iter().zip(of_word).map(|(c, word)| if word || *c == '的' { ' ' } else { *c }).collect();
    for_runs(
        &rest,
        |c| is_han(c) || c == '·',
        |from, to| {
            let run = &rest[from..to];
            let is_dotted = run.iter().position(|c| *c == '·').is_some_and(|at| at > 0 && at + 1 < run.len());
            if is_dotted || run.len() >= 2 && SURNAMES.contains(run[0]) {
                hidden[from..to].fill(true);
            }
        },
    );
}

fn for_runs(chars: &[char], is_of_run: impl Fn(char) -> bool, mut tell: impl FnMut(usize, usize)) {
    let mut from = 0;
    while from < chars.len() {
        let to = chars[from..].iter().position(|c| !is_of_run(*c)).map_or(chars.len(), |n| from + n);
        if to > from {
            tell(from, to);
        }
        from = to + 1;
    }
}

/// Two words for places or more, in their order, with a number or six characters: no title has that
/// unless it says so.
fn is_address(line: &str) -> bool {
    if ["地址", "住址", "代码", "编码", "名称", "所属", "所在", "区划"].iter().any(|w| line.contains(w))
    {
        return line.contains(|c: char| c.is_ascii_digit()) && line.contains('号');
    }
    let mut at = 0;
    let mut places = 0;
    for place in PLACES {
        if let Some(found) = line[at..].find(place).filter(|found| *found > 0) {
            at += found + place.len();
            places += 1;
        }
    }
    places >= 2 && (line.chars().count() >= 6 || line.contains(|c: char| c.is_ascii_digit()))
}

/// English titles are words like these.
fn is_ascii_title(line: &str) -> bool {
    const TITLES: [&str; 26] = [
        "name", "date", "time", "type", "code", "id", "no", "number", "phone", "address", "status", "level", "kind",
        "note", "notes", "remark", "remarks", "count", "total", "value", "school", "class", "sex", "age", "result",
        "unit",
    ];
    line.split([' ', ',', '.', '/']).any(|word| TITLES.contains(&word.to_ascii_lowercase().as_str()))
}
