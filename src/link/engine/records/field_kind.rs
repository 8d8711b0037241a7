//! What a field holds, and what an ID number may be used for.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text, compared by its characters. One slot.
    Text,
    /// A code or number that is equal or not. One slot.
    Code,
    /// A Chinese name. One slot.
    NameZh,
    /// A date, perhaps only its year or month. Two slots: the day, and its precision (0 none, 1 year,
    /// 2 month, 3 full).
    Date,
    /// A resident identity number or another document's. Two slots: the value and an [`IdUse`].
    ResidentId,
    /// Phones: two of the person's own, two of the guardian's. Four slots.
    Phones,
    /// A division code, 6 to 12 digits. One slot.
    Place,
}

impl FieldKind {
    pub const ALL: [FieldKind; 7] = [
        FieldKind::Text,
        FieldKind::Code,
        FieldKind::NameZh,
        FieldKind::Date,
        FieldKind::ResidentId,
        FieldKind::Phones,
        FieldKind::Place,
    ];

    /// The name in a model.
    pub fn as_str(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Code => "code",
            FieldKind::NameZh => "name-zh",
            FieldKind::Date => "date",
            FieldKind::ResidentId => "resident-id",
            FieldKind::Phones => "phones",
            FieldKind::Place => "place",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == name)
    }

    /// Slots of a record that the field takes.
    pub fn slots(self) -> usize {
        match self {
            FieldKind::Phones => 4,
            FieldKind::Date | FieldKind::ResidentId => 2,
            _ => 1,
        }
    }
}

/// What a record's ID number may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum IdUse {
    /// None, a placeholder, or somebody else's.
    Nothing = 0,
    /// Valid and the record's own.
    Own = 1,
    /// Mistyped, masked or damaged.
    Unsure = 2,
    /// Of another kind of document.
    Other = 3,
    /// Valid, but somebody else's, or of several people.
    Shared = 4,
}
