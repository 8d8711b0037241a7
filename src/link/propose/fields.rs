//! From columns to the fields of a model.

use arrow::array::StringArray;

use super::roles::{Role, by_header, plain};
use super::values::Profile;

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
pub struct Field {
    pub role: Role,
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
pub enum Reason {
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
    pub reason: Reason,
}

/// Columns of the tables that hold one thing.
struct Group<'t> {
    role: Role,
    headers: Vec<&'t str>,
    columns: Vec<&'t StringArray>,
    tables: usize,
}

/// The fields of the tables' columns, and the columns that are left out.
pub fn of(sheets: &[Sheet<'_>]) -> (Vec<Field>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut kept = Vec::new();
    for group in groups_of(sheets) {
        let profile = Profile::of(group.columns.iter().copied());
        match why_not(&group, &profile, sheets.len()) {
            Some(reason) => leave_out(&mut left_out, &group, reason),
            None => kept.push((group, profile)),
        }
    }
    settle_roles(&mut kept);
    let has = |kept: &[(Group, Profile)], role| kept.iter().any(|k| k.0.role == role);
    let whole_names = has(&kept, Role::NameZh);
    let split_names = !whole_names && has(&kept, Role::GivenName) && has(&kept, Role::Surname);
    let repeats = |role| match role {
        Role::FullName => split_names || whole_names,
        Role::GivenName | Role::Surname => whole_names,
        Role::Age => has(&kept, Role::Birth),
        _ => false,
    };
    let repeated: Vec<bool> = kept.iter().map(|k| repeats(k.0.role)).collect();
    let mut parts: Vec<(Role, Vec<String>)> = Vec::new();
    let mut guardian_columns: Vec<String> = Vec::new();
    let owned = |group: &Group| -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        group.headers.iter().filter(|h| !h.is_empty()).for_each(|h| {
            if !columns.iter().any(|c| c == h) {
                columns.push((*h).to_owned());
            }
        });
        columns
    };
    let in_parts = !has(&kept, Role::Birth)
        && [Role::BirthYear, Role::BirthMonth, Role::BirthDay]
            .iter()
            .all(|role| kept.iter().any(|k| k.0.role == *role && owned(&k.0).len() == 1));
    let has_phone = has(&kept, Role::Phone);
    let mut fields: Vec<Field> = Vec::new();
    for ((group, profile), repeated) in kept.into_iter().zip(repeated) {
        if repeated {
            leave_out(&mut left_out, &group, Reason::Repeats);
        } else if in_parts && matches!(group.role, Role::BirthYear | Role::BirthMonth | Role::BirthDay) {
            parts.push((group.role, owned(&group)));
        } else if has_phone && group.role == Role::GuardianPhone {
            guardian_columns = owned(&group);
        } else {
            let field = field(group.role, owned(&group), &profile, &fields);
            fields.push(field);
        }
    }
    if in_parts {
        parts.sort();
        let mut birth = field(Role::Birth, Vec::new(), &Profile::of(std::iter::empty()), &fields);
        birth.parts = parts.into_iter().filter_map(|(_, columns)| columns.into_iter().next()).collect();
        birth.normalise = Some("digits");
        fields.push(birth);
    }
    if let Some(phone) = fields.iter_mut().find(|f| f.role == Role::Phone).filter(|_| !guardian_columns.is_empty()) {
        (phone.kind, phone.normalise, phone.guardian_columns) = ("phones", None, guardian_columns);
    }
    fields.sort_by_key(|f| f.role);
    (fields, left_out)
}

/// Columns of one meaning, over the tables.
fn groups_of<'a>(sheets: &[Sheet<'a>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for (number, sheet) in sheets.iter().enumerate() {
        let known = groups.len();
        let mut taken = vec![false; known];
        for (index, (header, column)) in sheet.header.iter().zip(sheet.columns).enumerate() {
            let profile = Profile::of(std::iter::once(column));
            let said = by_header(header).filter(|role| profile.can_be(*role));
            let role = if sheet.id == Some(index) { Role::Record } else { said.unwrap_or_else(|| profile.role()) };
            let is_same = |g: &Group| g.tables == number && plain(g.headers[0]) == plain(header) && g.role == role;
            let is_alike = |g: &Group| g.tables == number && g.role == role;
            let free = |holds: &dyn Fn(&Group) -> bool| (0..known).find(|i| !taken[*i] && holds(&groups[*i]));
            // Another header of the same meaning; of what has none only where the other table lacks this one.
            let has_own = |g: &Group| sheet.header.iter().any(|h| plain(h) == plain(g.headers[0]));
            match free(&is_same).or_else(|| free(&|g: &Group| is_alike(g) && !has_own(g))) {
                Some(group) => {
                    taken[group] = true;
                    groups[group].headers.push(header);
                    groups[group].columns.push(column);
                    groups[group].tables += 1;
                }
                None => groups.push(Group { role, headers: vec![header], columns: vec![column], tables: 1 }),
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
fn why_not(group: &Group<'_>, profile: &Profile, tables: usize) -> Option<Reason> {
    match group.role {
        Role::Record => Some(Reason::Record),
        Role::Source => Some(Reason::Source),
        Role::Label => Some(Reason::Label),
        Role::Made => Some(Reason::Made),
        Role::Prose => Some(Reason::Prose),
        _ if profile.given == 0 => Some(Reason::Empty),
        _ if profile.distinct == 1 && profile.rows > 1 => Some(Reason::Constant),
        _ if group.tables != tables => Some(Reason::OneTable),
        _ => None,
    }
}

fn leave_out(left_out: &mut Vec<LeftOut>, group: &Group<'_>, reason: Reason) {
    for (at, header) in group.headers.iter().enumerate() {
        if !group.headers[..at].contains(header) {
            left_out.push(LeftOut { column: (*header).to_owned(), reason });
        }
    }
}

/// Roles that depend on what else there is.
fn settle_roles(kept: &mut [(Group<'_>, Profile)]) {
    for (group, profile) in kept.iter_mut() {
        group.role = match group.role {
            Role::FullName if profile.hanzi >= 50 => Role::NameZh,
            Role::GuardianName if profile.hanzi < 50 => Role::Text,
            // A number that every record has is no house's.
            Role::StreetNumber if profile.length >= 7 => Role::Number,
            Role::Phone if profile.digits < 20 && profile.mobiles < 20 && profile.variety() < 5 => Role::Category,
            role => role,
        };
    }
    if !kept.iter().any(|k| matches!(k.0.role, Role::Birth | Role::BirthYear))
        && let Some(first) = kept.iter_mut().find(|k| k.0.role == Role::Date)
    {
        first.0.role = Role::Birth;
    }
}

fn field(role: Role, columns: Vec<String>, profile: &Profile, others: &[Field]) -> Field {
    let is_hanzi = profile.hanzi >= 50;
    let dates = if profile.month_first > profile.day_first { "date-month-first" } else { "date" };
    let (kind, normalise) = match role {
        Role::NameZh | Role::GuardianName => ("name-zh", Some("name-zh")),
        Role::ResidentId => ("resident-id", Some("upper")),
        Role::Phone if profile.lists > 0 => ("phones", None),
        Role::Phone | Role::GuardianPhone | Role::BirthYear | Role::BirthMonth | Role::BirthDay | Role::Age => {
            ("text", Some("digits"))
        }
        Role::Birth | Role::Date => ("text", Some(dates)),
        Role::Sex => ("text", Some("sex")),
        Role::FullName => ("text", Some("words")),
        Role::Number | Role::Email | Role::Postcode | Role::StreetNumber => ("text", Some("letters")),
        Role::Address | Role::SecondAddress if is_hanzi => ("text", Some("address-zh")),
        _ => ("text", Some("latin")),
    };
    let (stem, label) = role.name();
    let is_own = matches!(role, Role::Text | Role::Category | Role::Number | Role::Place | Role::Date);
    let stem = match columns.first().map(|c| slug(c)).filter(|_| is_own) {
        Some(slug) if !slug.is_empty() => slug,
        _ => stem.to_owned(),
    };
    let label = if is_own {
        columns.first().map_or(label.to_owned(), |c| c.replace([':', '|'], " "))
    } else {
        label.to_owned()
    };
    let unused = |of: &dyn Fn(&Field) -> &String, stem: &str, gap: &str| {
        let numbered = |n: usize| if n == 1 { stem.to_owned() } else { format!("{stem}{gap}{n}") };
        let mut n = 1;
        while others.iter().any(|f| *of(f) == numbered(n)) {
            n += 1;
        }
        numbered(n)
    };
    let is_worded = !matches!(normalise, Some("digits" | "date" | "date-month-first" | "sex" | "upper") | None);
    Field {
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
