//! What a column holds, by its header.

/// What a column of a people table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProposedRole {
    /// An ID number of GB 11643.
    ResidentId,
    /// Another number of a person's own.
    Number,
    Email,
    Phone,
    /// A Chinese name.
    NameZh,
    /// A whole name in letters.
    FullName,
    GivenName,
    Surname,
    SecondGivenName,
    SecondSurname,
    Birth,
    BirthYear,
    BirthMonth,
    BirthDay,
    Sex,
    Address,
    SecondAddress,
    StreetNumber,
    Postcode,
    Place,
    State,
    GuardianName,
    GuardianPhone,
    Age,
    /// Another date.
    Date,
    /// Few values.
    Category,
    /// Words without a shape of their own.
    Text,
    /// Many words.
    Prose,
    /// Names records.
    Record,
    /// Where the record is from.
    Source,
    /// Who is who, if that is known.
    Label,
    /// When the record was made, or by whom.
    Made,
}

impl ProposedRole {
    /// The name of the field, and of the comparison.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            ProposedRole::ResidentId => ("resident_id", "ID number"),
            ProposedRole::Number => ("number", "number"),
            ProposedRole::Email => ("email", "e-mail"),
            ProposedRole::Phone => ("phone", "phone"),
            ProposedRole::NameZh => ("name", "name"),
            ProposedRole::FullName => ("full_name", "name"),
            ProposedRole::GivenName => ("given_name", "given name"),
            ProposedRole::Surname => ("surname", "surname"),
            ProposedRole::SecondGivenName => ("second_given_name", "second given name"),
            ProposedRole::SecondSurname => ("second_surname", "second surname"),
            ProposedRole::Birth => ("birth", "birth date"),
            ProposedRole::BirthYear => ("birth_year", "birth year"),
            ProposedRole::BirthMonth => ("birth_month", "birth month"),
            ProposedRole::BirthDay => ("birth_day", "birth day"),
            ProposedRole::Sex => ("sex", "sex"),
            ProposedRole::Address => ("address", "address"),
            ProposedRole::SecondAddress => ("address_2", "second address"),
            ProposedRole::StreetNumber => ("street_number", "street number"),
            ProposedRole::Postcode => ("postcode", "postcode"),
            ProposedRole::Place => ("place", "place"),
            ProposedRole::State => ("state", "state"),
            ProposedRole::GuardianName => ("guardian_name", "guardian"),
            ProposedRole::GuardianPhone => ("guardian_phone", "guardian's phone"),
            ProposedRole::Age => ("age", "age"),
            ProposedRole::Date => ("date", "date"),
            ProposedRole::Category => ("category", "category"),
            ProposedRole::Text => ("text", "text"),
            ProposedRole::Prose => ("prose", "prose"),
            ProposedRole::Record => ("record", "record"),
            ProposedRole::Source => ("source", "source"),
            ProposedRole::Label => ("label", "label"),
            ProposedRole::Made => ("made", "made"),
        }
    }

    /// What it is, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            ProposedRole::ResidentId => "身份证号",
            ProposedRole::Number => "号码",
            ProposedRole::Email => "电子邮箱",
            ProposedRole::Phone => "电话",
            ProposedRole::NameZh => "中文姓名",
            ProposedRole::FullName => "姓名",
            ProposedRole::GivenName => "名",
            ProposedRole::Surname => "姓",
            ProposedRole::SecondGivenName => "第二个名",
            ProposedRole::SecondSurname => "第二个姓",
            ProposedRole::Birth => "出生日期",
            ProposedRole::BirthYear => "出生年",
            ProposedRole::BirthMonth => "出生月",
            ProposedRole::BirthDay => "出生日",
            ProposedRole::Sex => "性别",
            ProposedRole::Address => "地址",
            ProposedRole::SecondAddress => "地址（续）",
            ProposedRole::StreetNumber => "门牌号",
            ProposedRole::Postcode => "邮政编码",
            ProposedRole::Place => "地名",
            ProposedRole::State => "省（州）",
            ProposedRole::GuardianName => "监护人姓名",
            ProposedRole::GuardianPhone => "监护人电话",
            ProposedRole::Age => "年龄",
            ProposedRole::Date => "日期",
            ProposedRole::Category => "类别",
            ProposedRole::Text => "文字",
            ProposedRole::Prose => "长文字",
            ProposedRole::Record => "记录编号",
            ProposedRole::Source => "来源",
            ProposedRole::Label => "已知的归属",
            ProposedRole::Made => "记录的产生",
        }
    }
}

/// Headers in one form: letters and digits in lower case, Chinese characters.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whole headers, in their plain form.
const WHOLE: [(ProposedRole, &str); 29] = [
    (ProposedRole::GivenName, "givenname givennames firstname forename fname fnamec1 christianname first given 名"),
    (ProposedRole::SecondGivenName, "middlename middle secondname secondgivenname fnamec2"),
    (ProposedRole::Surname, "surname lastname familyname lname lnamec1 family last 姓 姓氏"),
    (ProposedRole::SecondSurname, "secondsurname lnamec2 maidenname"),
    (ProposedRole::FullName, "name fullname personname patientname studentname 姓名 名字 人员姓名 xm xingming"),
    (
        ProposedRole::GuardianName,
        "guardianname guardian parentname mothername fathername 监护人 监护人姓名 家长 家长姓名 联系人 联系人姓名",
    ),
    (
        ProposedRole::GuardianPhone,
        "guardianphone parentphone 监护人电话 监护人联系电话 监护人手机 家长电话 家长手机 联系人电话",
    ),
    (ProposedRole::Birth, "dob birth birthdate dateofbirth birthday born csrq 生日 出生 出生年月 出生年月日"),
    (ProposedRole::BirthYear, "by birthyear yearofbirth yob 出生年 出生年份"),
    (ProposedRole::BirthMonth, "bm birthmonth monthofbirth 出生月 出生月份"),
    (ProposedRole::BirthDay, "bd dayofbirth 出生日"),
    (ProposedRole::Age, "age 年龄"),
    (ProposedRole::Sex, "sex gender xb 性别"),
    (ProposedRole::Phone, "phone telephone tel mobile cell cellphone contact lxdh 电话 手机 联系方式"),
    (ProposedRole::Email, "email mail 邮箱 电邮"),
    (ProposedRole::Postcode, "zip zipcode postcode postalcode postcodefake 邮编 邮政编码"),
    (ProposedRole::StreetNumber, "streetnumber streetno housenumber houseno number 门牌 门牌号"),
    (ProposedRole::SecondAddress, "address2 addressline2 addr2"),
    (ProposedRole::Address, "address address1 addressline1 addr addr1 street streetname 住址 地址"),
    (
        ProposedRole::Place,
        "city suburb town village locality municipality place county district birthplace placeofbirth 城市 市 县 区 县区 区县 乡镇 镇 街道 村 \
         社区 出生地 籍贯 地区",
    ),
    (ProposedRole::State, "state province region country 省 省份 国家"),
    (
        ProposedRole::ResidentId,
        "idcard idcardno idnumber idno sfzh zjhm 身份证 身份证号 身份证号码 公民身份号码 证件号 证件号码",
    ),
    (
        ProposedRole::Number,
        "socsecid ssn socialsecuritynumber nationalid passport passportno nhsnumber medicareno insuranceno studentno studentnumber patientno \
         学籍号 学号 病历号 住院号 门诊号 社保卡号 医保卡号 护照号 档案号",
    ),
    (
        ProposedRole::Category,
        "occupation job profession nationality ethnicity marital maritalstatus education 职业 民族 婚姻状况 学历 文化程度",
    ),
    (ProposedRole::Record, "id recid recordid uniqueid rowid rownumber recordkey 编号 序号 记录编号"),
    (ProposedRole::Source, "source src origin dataset 来源 数据来源"),
    (ProposedRole::Label, "cluster group label truth entity entityid personid trueid"),
    (
        ProposedRole::Made,
        "created createdat createdon updated updatedat modified timestamp batch operator 录入时间 创建时间 更新时间 录入人 批次",
    ),
    (ProposedRole::Prose, "note notes remark remarks comment comments 备注 说明"),
];

/// Parts of headers, tried in this order.
const PART: [(ProposedRole, &str); 13] = [
    (ProposedRole::GuardianPhone, "监护人电话 监护人手机 家长电话"),
    (ProposedRole::GuardianName, "监护人姓名"),
    (ProposedRole::ResidentId, "身份证"),
    (ProposedRole::Email, "email 邮箱 电子邮件"),
    (ProposedRole::Postcode, "postcode postalcode zipcode 邮编 邮政编码"),
    (ProposedRole::Birth, "dateofbirth birthdate 出生日期 出生年月"),
    (ProposedRole::Phone, "phone mobile 电话 手机"),
    (ProposedRole::Surname, "surname lastname familyname"),
    (ProposedRole::GivenName, "givenname firstname forename"),
    (ProposedRole::FullName, "fullname 姓名"),
    (ProposedRole::Sex, "gender 性别"),
    (ProposedRole::Place, "suburb birthplace 出生地"),
    (ProposedRole::Address, "address 地址 住址"),
];

/// What a header says; nothing, for most.
pub fn by_header(header: &str) -> Option<ProposedRole> {
    let plain = plain(header);
    let whole = WHOLE.iter().find(|(_, names)| names.split(' ').any(|n| n == plain));
    let part = || PART.iter().find(|(_, names)| names.split(' ').any(|n| plain.contains(n)));
    whole.or_else(part).map(|of| of.0)
}
