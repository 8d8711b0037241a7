//! What a column holds, by its header.

/// What a column of a people table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
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

impl Role {
    /// The name of the field, and of the comparison.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Role::ResidentId => ("resident_id", "ID number"),
            Role::Number => ("number", "number"),
            Role::Email => ("email", "e-mail"),
            Role::Phone => ("phone", "phone"),
            Role::NameZh => ("name", "name"),
            Role::FullName => ("full_name", "name"),
            Role::GivenName => ("given_name", "given name"),
            Role::Surname => ("surname", "surname"),
            Role::SecondGivenName => ("second_given_name", "second given name"),
            Role::SecondSurname => ("second_surname", "second surname"),
            Role::Birth => ("birth", "birth date"),
            Role::BirthYear => ("birth_year", "birth year"),
            Role::BirthMonth => ("birth_month", "birth month"),
            Role::BirthDay => ("birth_day", "birth day"),
            Role::Sex => ("sex", "sex"),
            Role::Address => ("address", "address"),
            Role::SecondAddress => ("address_2", "second address"),
            Role::StreetNumber => ("street_number", "street number"),
            Role::Postcode => ("postcode", "postcode"),
            Role::Place => ("place", "place"),
            Role::State => ("state", "state"),
            Role::GuardianName => ("guardian_name", "guardian"),
            Role::GuardianPhone => ("guardian_phone", "guardian's phone"),
            Role::Age => ("age", "age"),
            Role::Date => ("date", "date"),
            Role::Category => ("category", "category"),
            Role::Text => ("text", "text"),
            Role::Prose => ("prose", "prose"),
            Role::Record => ("record", "record"),
            Role::Source => ("source", "source"),
            Role::Label => ("label", "label"),
            Role::Made => ("made", "made"),
        }
    }

    /// What it is, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Role::ResidentId => "身份证号",
            Role::Number => "号码",
            Role::Email => "电子邮箱",
            Role::Phone => "电话",
            Role::NameZh => "中文姓名",
            Role::FullName => "姓名",
            Role::GivenName => "名",
            Role::Surname => "姓",
            Role::SecondGivenName => "第二个名",
            Role::SecondSurname => "第二个姓",
            Role::Birth => "出生日期",
            Role::BirthYear => "出生年",
            Role::BirthMonth => "出生月",
            Role::BirthDay => "出生日",
            Role::Sex => "性别",
            Role::Address => "地址",
            Role::SecondAddress => "地址（续）",
            Role::StreetNumber => "门牌号",
            Role::Postcode => "邮政编码",
            Role::Place => "地名",
            Role::State => "省（州）",
            Role::GuardianName => "监护人姓名",
            Role::GuardianPhone => "监护人电话",
            Role::Age => "年龄",
            Role::Date => "日期",
            Role::Category => "类别",
            Role::Text => "文字",
            Role::Prose => "长文字",
            Role::Record => "记录编号",
            Role::Source => "来源",
            Role::Label => "已知的归属",
            Role::Made => "记录的产生",
        }
    }
}

/// Headers in one form: letters and digits in lower case, Chinese characters.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whole headers, in their plain form.
const WHOLE: [(Role, &str); 29] = [
    (Role::GivenName, "givenname givennames firstname forename fname fnamec1 christianname first given 名"),
    (Role::SecondGivenName, "middlename middle secondname secondgivenname fnamec2"),
    (Role::Surname, "surname lastname familyname lname lnamec1 family last 姓 姓氏"),
    (Role::SecondSurname, "secondsurname lnamec2 maidenname"),
    (Role::FullName, "name fullname personname patientname studentname 姓名 名字 人员姓名 xm xingming"),
    (
        Role::GuardianName,
        "guardianname guardian parentname mothername fathername 监护人 监护人姓名 家长 家长姓名 联系人 联系人姓名",
    ),
    (
        Role::GuardianPhone,
        "guardianphone parentphone 监护人电话 监护人联系电话 监护人手机 家长电话 家长手机 联系人电话",
    ),
    (Role::Birth, "dob birth birthdate dateofbirth birthday born csrq 生日 出生 出生年月 出生年月日"),
    (Role::BirthYear, "by birthyear yearofbirth yob 出生年 出生年份"),
    (Role::BirthMonth, "bm birthmonth monthofbirth 出生月 出生月份"),
    (Role::BirthDay, "bd dayofbirth 出生日"),
    (Role::Age, "age 年龄"),
    (Role::Sex, "sex gender xb 性别"),
    (Role::Phone, "phone telephone tel mobile cell cellphone contact lxdh 电话 手机 联系方式"),
    (Role::Email, "email mail 邮箱 电邮"),
    (Role::Postcode, "zip zipcode postcode postalcode postcodefake 邮编 邮政编码"),
    (Role::StreetNumber, "streetnumber streetno housenumber houseno number 门牌 门牌号"),
    (Role::SecondAddress, "address2 addressline2 addr2"),
    (Role::Address, "address address1 addressline1 addr addr1 street streetname 住址 地址"),
    (
        Role::Place,
        "city suburb town village locality municipality place county district birthplace placeofbirth 城市 市 县 区 县区 区县 乡镇 镇 街道 村 \
         社区 出生地 籍贯 地区",
    ),
    (Role::State, "state province region country 省 省份 国家"),
    (
        Role::ResidentId,
        "idcard idcardno idnumber idno sfzh zjhm 身份证 身份证号 身份证号码 公民身份号码 证件号 证件号码",
    ),
    (
        Role::Number,
        "socsecid ssn socialsecuritynumber nationalid passport passportno nhsnumber medicareno insuranceno studentno studentnumber patientno \
         学籍号 学号 病历号 住院号 门诊号 社保卡号 医保卡号 护照号 档案号",
    ),
    (
        Role::Category,
        "occupation job profession nationality ethnicity marital maritalstatus education 职业 民族 婚姻状况 学历 文化程度",
    ),
    (Role::Record, "id recid recordid uniqueid rowid rownumber recordkey 编号 序号 记录编号"),
    (Role::Source, "source src origin dataset 来源 数据来源"),
    (Role::Label, "cluster group label truth entity entityid personid trueid"),
    (
        Role::Made,
        "created createdat createdon updated updatedat modified timestamp batch operator 录入时间 创建时间 更新时间 录入人 批次",
    ),
    (Role::Prose, "note notes remark remarks comment comments 备注 说明"),
];

/// Parts of headers, tried in this order.
const PART: [(Role, &str); 13] = [
    (Role::GuardianPhone, "监护人电话 监护人手机 家长电话"),
    (Role::GuardianName, "监护人姓名"),
    (Role::ResidentId, "身份证"),
    (Role::Email, "email 邮箱 电子邮件"),
    (Role::Postcode, "postcode postalcode zipcode 邮编 邮政编码"),
    (Role::Birth, "dateofbirth birthdate 出生日期 出生年月"),
    (Role::Phone, "phone mobile 电话 手机"),
    (Role::Surname, "surname lastname familyname"),
    (Role::GivenName, "givenname firstname forename"),
    (Role::FullName, "fullname 姓名"),
    (Role::Sex, "gender 性别"),
    (Role::Place, "suburb birthplace 出生地"),
    (Role::Address, "address 地址 住址"),
];

/// What a header says; nothing, for most.
pub fn by_header(header: &str) -> Option<Role> {
    let plain = plain(header);
    let whole = WHOLE.iter().find(|(_, names)| names.split(' ').any(|n| n == plain));
    let part = || PART.iter().find(|(_, names)| names.split(' ').any(|n| plain.contains(n)));
    whole.or_else(part).map(|of| of.0)
}
