//! From columns to the fields of a model.

use arrow::array::StringArray;

use super::roles::{ProposedRole, by_header, plain};
use super::values::ColumnProfile;

/// A table as its columns.
#[derive(Clone, Copy)]
pub struct Sheet<'t> {
    pub header: &'t [String],
    pub columns: &'t [StringArray],
    /// The column that names records.
    pub id: Option<usize>,
}

/// A field of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedField {
    pub role: ProposedRole,
    pub name: String,
    /// Of the comparison.
    pub label: String,
    /// Headers, those of the first table first.
    pub columns: Vec<String>,
    pub parts: Vec<String>,
    pub guardian_columns: Vec<String>,
    pub kind: &'static str,
    pub normalise: Option<&'static str>,
    pub nothing: Vec<&'static str>,
    /// Distinct values in a hundred.
    pub variety: usize,
    pub distinct: usize,
    pub length: usize,
    /// Most values are Chinese.
    pub is_hanzi: bool,
}

/// Why a column has no part in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    Record,
    Source,
    Label,
    Made,
    Prose,
    Empty,
    Constant,
    OneTable,
    /// Another column says the same.
    Repeats,
    /// A model has no room for more.
    NoRoom,
}

/// A column that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub column: String,
    pub reason: LeftOutReason,
}

/// Columns of the tables that hold one thing.
struct ColumnGroup<'t> {
    role: ProposedRole,
    headers: Vec<&'t str>,
    columns: Vec<&'t StringArray>,
    tables: usize,
}

/// The fields of the tables' columns, and the columns that are left out.
pub fn of(sheets: &[Sheet<'_>]) -> (Vec<ProposedField>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut kept = Vec::new();
    for group in groups_of(sheets) {
        let profile = ColumnProfile::of(group.columns.iter().copied());
        match why_not(&group, &profile, sheets.len()) {
            Some(reason) => leave_out(&mut left_out, &group, reason),
            None => kept.push((group, profile)),
        }
    }
    settle_roles(&mut kept);
    let has = |kept: &[(ColumnGroup, ColumnProfile)], role| kept.iter().any(|k| k.0.role == role);
    let whole_names = has(&kept, ProposedRole::NameZh);
    let split_names = !whole_names && has(&kept, ProposedRole::GivenName) && has(&kept, ProposedRole::Surname);
    let repeats = |role| match role {
        ProposedRole::FullName => split_names || whole_names,
        ProposedRole::GivenName | ProposedRole::Surname => whole_names,
        ProposedRole::Age => has(&kept, ProposedRole::Birth),
        _ => false,
    };
    let repeated: Vec<bool> = kept.iter().map(|k| repeats(k.0.role)).collect();
    let mut parts: Vec<(ProposedRole, Vec<String>)> = Vec::new();
    let mut guardian_columns: Vec<String> = Vec::new();
    let owned = |group: &ColumnGroup| -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        group.headers.iter().filter(|h| !h.is_empty()).for_each(|h| {
            if !columns.iter().any(|c| c == h) {
                columns.push((*h).to_owned());
            }
        });
        columns
    };
    let in_parts = !has(&kept, ProposedRole::Birth)
        && [ProposedRole::BirthYear, ProposedRole::BirthMonth, ProposedRole::BirthDay]
            .iter()
            .all(|role| kept.iter().any(|k| k.0.role == *role && owned(&k.0).len() == 1));
    let has_phone = has(&kept, ProposedRole::Phone);
    let mut fields: Vec<ProposedField> = Vec::new();
    for ((group, profile), repeated) in kept.into_iter().zip(repeated) {
        if repeated {
            leave_out(&mut left_out, &group, LeftOutReason::Repeats);
        } else if in_parts
            && matches!(group.role, ProposedRole::BirthYear | ProposedRole::BirthMonth | ProposedRole::BirthDay)
        {
            parts.push((group.role, owned(&group)));
        } else if has_phone && group.role == ProposedRole::GuardianPhone {
            guardian_columns = owned(&group);
        } else {
            let field = field(group.role, owned(&group), &profile, &fields);
            fields.push(field);
        }
    }
    if in_parts {
        parts.sort();
        let mut birth = field(ProposedRole::Birth, Vec::new(), &ColumnProfile::of(std::iter::empty()), &fields);
        birth.parts = parts.into_iter().filter_map(|(_, columns)| columns.into_iter().next()).collect();
        birth.normalise = Some("digits");
        fields.push(birth);
    }
    if let Some(phone) =
        fields.iter_mut().find(|f| f.role == ProposedRole::Phone).filter(|_| !guardian_columns.is_empty())
    {
        (phone.kind, phone.normalise, phone.guardian_columns) = ("phones", None, guardian_columns);
    }
    fields.sort_by_key(|f| f.role);
    (fields, left_out)
}

/// Columns of one meaning, over the tables.
fn groups_of<'a>(sheets: &[Sheet<'a>]) -> Vec<ColumnGroup<'a>> {
    let mut groups: Vec<ColumnGroup> = Vec::new();
    for (number, sheet) in sheets.iter().enumerate() {
        let known = groups.len();
        let mut taken = vec![false; known];
        for (index, (header, column)) in sheet.header.iter().zip(sheet.columns).enumerate() {
            let profile = ColumnProfile::of(std::iter::once(column));
            let said = by_header(header).filter(|role| profile.can_be(*role));
            let role =
                if sheet.id == Some(index) { ProposedRole::Record } else { said.unwrap_or_else(|| profile.role()) };
            let is_same =
                |g: &ColumnGroup| g.tables == number && plain(g.headers[0]) == plain(header) && g.role == role;
            let is_alike = |g: &ColumnGroup| g.tables == number && g.role == role;
            let free = |holds: &dyn Fn(&ColumnGroup) -> bool| (0..known).find(|i| !taken[*i] && holds(&groups[*i]));
            // Another header of the same meaning; of what has none only where the other table lacks this one.
            let has_own = |g: &ColumnGroup| sheet.header.iter().any(|h| plain(h) == plain(g.headers[0]));
            match free(&is_same).or_else(|| free(&|g: &ColumnGroup| is_alike(g) && !has_own(g))) {
                Some(group) => {
                    taken[group] = true;
                    groups[group].headers.push(header);
                    groups[group].columns.push(column);
                    groups[group].tables += 1;
                }
                None => groups.push(ColumnGroup { role, headers: vec![header], columns: vec![column], tables: 1 }),
            }
        }
        // A group that began in a later table is in one table alone.
        if number > 0 {
            groups[known..].iter_mut().for_each(|g| g.tables = 0);
        }
    }
    groups
}

/// Why a group of columns has no part in the model, if it has none.
fn why_not(group: &ColumnGroup<'_>, profile: &ColumnProfile, tables: usize) -> Option<LeftOutReason> {
    match group.role {
        ProposedRole::Record => Some(LeftOutReason::Record),
        ProposedRole::Source => Some(LeftOutReason::Source),
        ProposedRole::Label => Some(LeftOutReason::Label),
        ProposedRole::Made => Some(LeftOutReason::Made),
        ProposedRole::Prose => Some(LeftOutReason::Prose),
        _ if profile.given == 0 => Some(LeftOutReason::Empty),
        _ if profile.distinct == 1 && profile.rows > 1 => Some(LeftOutReason::Constant),
        _ if group.tables != tables => Some(LeftOutReason::OneTable),
        _ => None,
    }
}

fn leave_out(left_out: &mut Vec<LeftOut>, group: &ColumnGroup<'_>, reason: LeftOutReason) {
    for (at, header) in group.headers.iter().enumerate() {
        if !group.headers[..at].contains(header) {
            left_out.push(LeftOut { column: (*header).to_owned(), reason });
        }
    }
}

/// Roles that depend on what else there is.
fn settle_roles(kept: &mut [(ColumnGroup<'_>, ColumnProfile)]) {
    for (group, profile) in kept.iter_mut() {
        group.role = match group.role {
            ProposedRole::FullName if profile.hanzi >= 50 => ProposedRole::NameZh,
            ProposedRole::GuardianName if profile.hanzi < 50 => ProposedRole::Text,
            // A number that every record has is no house's.
            ProposedRole::StreetNumber if profile.length >= 7 => ProposedRole::Number,
            ProposedRole::Phone if profile.digits < 20 && profile.mobiles < 20 && profile.variety() < 5 => {
                ProposedRole::Category
            }
            role => role,
        };
    }
    if !kept.iter().any(|k| matches!(k.0.role, ProposedRole::Birth | ProposedRole::BirthYear))
        && let Some(first) = kept.iter_mut().find(|k| k.0.role == ProposedRole::Date)
    {
        first.0.role = ProposedRole::Birth;
    }
}

fn field(role: ProposedRole, columns: Vec<String>, profile: &ColumnProfile, others: &[ProposedField]) -> ProposedField {
    let is_hanzi = profile.hanzi >= 50;
    let dates = if profile.month_first > profile.day_first { "date-month-first" } else { "date" };
    let (kind, normalise) = match role {
        ProposedRole::NameZh | ProposedRole::GuardianName => ("name-zh", Some("name-zh")),
        ProposedRole::ResidentId => ("resident-id", Some("upper")),
        ProposedRole::Phone if profile.lists > 0 => ("phones", None),
        ProposedRole::Phone
        | ProposedRole::GuardianPhone
        | ProposedRole::BirthYear
        | ProposedRole::BirthMonth
        | ProposedRole::BirthDay
        | ProposedRole::Age => ("text", Some("digits")),
        ProposedRole::Birth | ProposedRole::Date => ("text", Some(dates)),
        ProposedRole::Sex => ("text", Some("sex")),
        ProposedRole::FullName => ("text", Some("words")),
        ProposedRole::Number | ProposedRole::Email | ProposedRole::Postcode | ProposedRole::StreetNumber => {
            ("text", Some("letters"))
        }
        ProposedRole::Address | ProposedRole::SecondAddress if is_hanzi => ("text", Some("address-zh")),
        _ => ("text", Some("latin")),
    };
    let (stem, label) = role.name();
    let is_own = matches!(
        role,
        ProposedRole::Text | ProposedRole::Category | ProposedRole::Number | ProposedRole::Place | ProposedRole::Date
    );
    let stem = match columns.first().map(|c| slug(c)).filter(|_| is_own) {
        Some(slug) if !slug.is_empty() => slug,
        _ => stem.to_owned(),
    };
    let label = if is_own {
        columns.first().map_or(label.to_owned(), |c| c.replace([':', '|'], " "))
    } else {
        label.to_owned()
    };
    let unused = |of: &dyn Fn(&ProposedField) -> &String, stem: &str, gap: &str| {
        let numbered = |n: usize| if n == 1 { stem.to_owned() } else { format!("{stem}{gap}{n}") };
        let mut n = 1;
        while others.iter().any(|f| *of(f) == numbered(n)) {
            n += 1;
        }
        numbered(n)
    };
    let is_worded = !matches!(normalise, Some("digits" | "date" | "date-month-first" | "sex" | "upper") | None);
    ProposedField {
        role,
        name: unused(&|f| &f.name, &stem, "_"),
        label: unused(&|f| &f.label, &label, " "),
        columns,
        parts: Vec::new(),
        guardian_columns: Vec::new(),
        kind,
        normalise,
        nothing: if is_worded { profile.nothing.clone() } else { Vec::new() },
        variety: profile.variety(),
        distinct: profile.distinct,
        length: profile.length,
        is_hanzi,
    }
}

/// A name for a field that keys can be made of.
fn slug(header: &str) -> String {
    let text: String =
        header.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let words: Vec<&str> = text.split('_').filter(|w| !w.is_empty()).collect();
    words.join("_")
}
