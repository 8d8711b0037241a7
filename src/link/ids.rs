//! Numbers of things, a type for each kind of thing. Each takes four bytes, and so does an `Option` of it, so that "none"
//! needs no number of its own.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU32;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(transparent)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The number with this value.
            ///
            /// # Panics
            /// When it is 2^32 - 1 or more.
            #[inline]
            pub fn new(number: usize) -> Self {
                let next = u32::try_from(number).ok().and_then(|n| NonZeroU32::MIN.checked_add(n));
                $name(next.expect("fewer than 2^32 - 1"))
            }

            /// As an index.
            #[inline]
            pub fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        // By the number itself: digests that are kept hang on it.
        impl Hash for $name {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                state.write_u32(self.0.get() - 1);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.index())
            }
        }
    )*};
}

numbers! {
    /// A person of tonight: the clusters first, then rows that are a person each.
    PersonNumber;
    /// A key of [`SortedKeys`](super::SortedKeys), by its place.
    KeyNumber;
    /// An identity, and its record, by its number in the memory of an earlier night.
    MemoryNumber;
    /// An identity of a night, by its place among all of them.
    IdentityNumber;
    /// A record of a linkage, by its place among all of them. Those of a night are its identities, one a record.
    RecordNumber;
    /// A block of a rule, by its place among the rule's.
    BlockNumber;
    /// A record that stands in a pair, by its place among those that do.
    PairedNumber;
    /// A list of a dataset and a county, among those that a night has rows of.
    ListNumber;
    /// A county, among those that a night has rows of.
    CountyNumber;
}

/// Two records.
pub type RecordPair = (RecordNumber, RecordNumber);

impl IdentityNumber {
    /// The record that is made of an identity of a night.
    #[inline]
    pub fn record(self) -> RecordNumber {
        RecordNumber(self.0)
    }

    /// The number that the next night knows it by.
    #[inline]
    pub fn for_memory(self) -> MemoryNumber {
        MemoryNumber(self.0)
    }
}

impl RecordNumber {
    /// The identity that a record of a night is made of.
    #[inline]
    pub fn identity(self) -> IdentityNumber {
        IdentityNumber(self.0)
    }

    /// The number that the next night knows its identity by.
    #[inline]
    pub fn for_memory(self) -> MemoryNumber {
        MemoryNumber(self.0)
    }
}

impl BlockNumber {
    /// As a record's lane holds it, where 0 is no block.
    #[inline]
    pub fn to_lane(self) -> u32 {
        self.0.get()
    }

    /// What a lane holds.
    #[inline]
    pub fn of_lane(lane: u32) -> Option<Self> {
        NonZeroU32::new(lane).map(BlockNumber)
    }
}

impl MemoryNumber {
    /// The number among identities of which none was added or left out since.
    #[inline]
    pub fn identity(self) -> IdentityNumber {
        IdentityNumber(self.0)
    }
}

macro_rules! numbers_in_files {
    ($($name:ident),*) => {$(
        impl $name {
            /// As files hold it: the greatest number of four bytes where there is none.
            pub fn to_file(number: Option<Self>) -> u32 {
                number.map_or(u32::MAX, |number| number.0.get() - 1)
            }

            /// What a file holds.
            pub fn of_file(number: u32) -> Option<Self> {
                (number != u32::MAX).then(|| $name::new(number as usize))
            }
        }
    )*};
}

numbers_in_files!(KeyNumber, MemoryNumber);
