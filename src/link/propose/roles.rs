//! What a column holds, by its header.

/// What a column of a people table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnRole {
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

impl ColumnRole {
    /// The name of the field, and of the comparison.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            ColumnRole::ResidentId => ("resident_id", "ID number"),
            ColumnRole::Number => ("number", "number"),
            ColumnRole::Email => ("email", "e-mail"),
            ColumnRole::Phone => ("phone", "phone"),
            ColumnRole::NameZh => ("name", "name"),
            ColumnRole::FullName => ("full_name", "name"),
            ColumnRole::GivenName => ("given_name", "given name"),
            ColumnRole::Surname => ("surname", "surname"),
            ColumnRole::SecondGivenName => ("second_given_name", "second given name"),
            ColumnRole::SecondSurname => ("second_surname", "second surname"),
            ColumnRole::Birth => ("birth", "birth date"),
            ColumnRole::BirthYear => ("birth_year", "birth year"),
            ColumnRole::BirthMonth => ("birth_month", "birth month"),
            ColumnRole::BirthDay => ("birth_day", "birth day"),
            ColumnRole::Sex => ("sex", "sex"),
            ColumnRole::Address => ("address", "address"),
            ColumnRole::SecondAddress => ("address_2", "second address"),
            ColumnRole::StreetNumber => ("street_number", "street number"),
            ColumnRole::Postcode => ("postcode", "postcode"),
            ColumnRole::Place => ("place", "place"),
            ColumnRole::State => ("state", "state"),
            ColumnRole::GuardianName => ("guardian_name", "guardian"),
            ColumnRole::GuardianPhone => ("guardian_phone", "guardian's phone"),
            ColumnRole::Age => ("age", "age"),
            ColumnRole::Date => ("date", "date"),
            ColumnRole::Category => ("category", "category"),
            ColumnRole::Text => ("text", "text"),
            ColumnRole::Prose => ("prose", "prose"),
            ColumnRole::Record => ("record", "record"),
            ColumnRole::Source => ("source", "source"),
            ColumnRole::Label => ("label", "label"),
            ColumnRole::Made => ("made", "made"),
        }
    }

    /// What it is, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            ColumnRole::ResidentId => "身份证号",
            ColumnRole::Number => "号码",
            ColumnRole::Email => "电子邮箱",
            ColumnRole::Phone => "电话",
            ColumnRole::NameZh => "中文姓名",
            ColumnRole::FullName => "姓名",
            ColumnRole::GivenName => "名",
            ColumnRole::Surname => "姓",
            ColumnRole::SecondGivenName => "第二个名",
            ColumnRole::SecondSurname => "第二个姓",
            ColumnRole::Birth => "出生日期",
            ColumnRole::BirthYear => "出生年",
            ColumnRole::BirthMonth => "出生月",
            ColumnRole::BirthDay => "出生日",
            ColumnRole::Sex => "性别",
            ColumnRole::Address => "地址",
            ColumnRole::SecondAddress => "地址（续）",
            ColumnRole::StreetNumber => "门牌号",
            ColumnRole::Postcode => "邮政编码",
            ColumnRole::Place => "地名",
            ColumnRole::State => "省（州）",
            ColumnRole::GuardianName => "监护人姓名",
            ColumnRole::GuardianPhone => "监护人电话",
            ColumnRole::Age => "年龄",
            ColumnRole::Date => "日期",
            ColumnRole::Category => "类别",
            ColumnRole::Text => "文字",
            ColumnRole::Prose => "长文字",
            ColumnRole::Record => "记录编号",
            ColumnRole::Source => "来源",
            ColumnRole::Label => "已知的归属",
            ColumnRole::Made => "记录的产生",
        }
    }
}

/// Headers in one form: letters and digits in lower case, Chinese characters.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whole headers, in their plain form.
const WHOLE: [(ColumnRole, &str); 29] = [
    (ColumnRole::GivenName, "givenname givennames firstname forename fname fnamec1 christianname first given 名"),
    (ColumnRole::SecondGivenName, "middlename middle secondname secondgivenname fnamec2"),
    (ColumnRole::Surname, "surname lastname familyname lname lnamec1 family last 姓 姓氏"),
    (ColumnRole::SecondSurname, "secondsurname lnamec2 maidenname"),
    (ColumnRole::FullName, "name fullname personname patientname studentname 姓名 名字 人员姓名 xm xingming"),
    (
        ColumnRole::GuardianName,
        "guardianname guardian parentname mothername fathername 监护人 监护人姓名 家长 家长姓名 联系人 联系人姓名",
    ),
    (
        ColumnRole::GuardianPhone,
        "guardianphone parentphone 监护人电话 监护人联系电话 监护人手机 家长电话 家长手机 联系人电话",
    ),
    (ColumnRole::Birth, "dob birth birthdate dateofbirth birthday born csrq 生日 出生 出生年月 出生年月日"),
    (ColumnRole::BirthYear, "by birthyear yearofbirth yob 出生年 出生年份"),
    (ColumnRole::BirthMonth, "bm birthmonth monthofbirth 出生月 出生月份"),
    (ColumnRole::BirthDay, "bd dayofbirth 出生日"),
    (ColumnRole::Age, "age 年龄"),
    (ColumnRole::Sex, "sex gender xb 性别"),
    (ColumnRole::Phone, "phone telephone tel mobile cell cellphone contact lxdh 电话 手机 联系方式"),
    (ColumnRole::Email, "email mail 邮箱 电邮"),
    (ColumnRole::Postcode, "zip zipcode postcode postalcode postcodefake 邮编 邮政编码"),
    (ColumnRole::StreetNumber, "streetnumber streetno housenumber houseno number 门牌 门牌号"),
    (ColumnRole::SecondAddress, "address2 addressline2 addr2"),
    (ColumnRole::Address, "address address1 addressline1 addr addr1 street streetname 住址 地址"),
    (
        ColumnRole::Place,
        "city suburb town village locality municipality place county district birthplace placeofbirth 城市 市 县 区 县区 区县 乡镇 镇 街道 村 \
         社区 出生地 籍贯 地区",
    ),
    (ColumnRole::State, "state province region country 省 省份 国家"),
    (
        ColumnRole::ResidentId,
        "idcard idcardno idnumber idno sfzh zjhm 身份证 身份证号 身份证号码 公民身份号码 证件号 证件号码",
    ),
    (
        ColumnRole::Number,
        "socsecid ssn socialsecuritynumber nationalid passport passportno nhsnumber medicareno insuranceno studentno studentnumber patientno \
         学籍号 学号 病历号 住院号 门诊号 社保卡号 医保卡号 护照号 档案号",
    ),
    (
        ColumnRole::Category,
        "occupation job profession nationality ethnicity marital maritalstatus education 职业 民族 婚姻状况 学历 文化程度",
    ),
    (ColumnRole::Record, "id recid recordid uniqueid rowid rownumber recordkey 编号 序号 记录编号"),
    (ColumnRole::Source, "source src origin dataset 来源 数据来源"),
    (ColumnRole::Label, "cluster group label truth entity entityid personid trueid"),
    (
        ColumnRole::Made,
        "created createdat createdon updated updatedat modified timestamp batch operator 录入时间 创建时间 更新时间 录入人 批次",
    ),
    (ColumnRole::Prose, "note notes remark remarks comment comments 备注 说明"),
];

/// Parts of headers, tried in this order.
const PART: [(ColumnRole, &str); 13] = [
    (ColumnRole::GuardianPhone, "监护人电话 监护人手机 家长电话"),
    (ColumnRole::GuardianName, "监护人姓名"),
    (ColumnRole::ResidentId, "身份证"),
    (ColumnRole::Email, "email 邮箱 电子邮件"),
    (ColumnRole::Postcode, "postcode postalcode zipcode 邮编 邮政编码"),
    (ColumnRole::Birth, "dateofbirth birthdate 出生日期 出生年月"),
    (ColumnRole::Phone, "phone mobile 电话 手机"),
    (ColumnRole::Surname, "surname lastname familyname"),
    (ColumnRole::GivenName, "givenname firstname forename"),
    (ColumnRole::FullName, "fullname 姓名"),
    (ColumnRole::Sex, "gender 性别"),
    (ColumnRole::Place, "suburb birthplace 出生地"),
    (ColumnRole::Address, "address 地址 住址"),
];

/// What a header says; nothing, for most.
pub fn by_header(header: &str) -> Option<ColumnRole> {
    let plain = plain(header);
    let whole = WHOLE.iter().find(|(_, names)| names.split(' ').any(|n| n == plain));
    let part = || PART.iter().find(|(_, names)| names.split(' ').any(|n| plain.contains(n)));
    whole.or_else(part).map(|of| of.0)
}
