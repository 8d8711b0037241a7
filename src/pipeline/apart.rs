//! Folders that must not lie in one another.

use std::path::{Path, PathBuf};

use crate::deliver::edition::Audience;
use crate::deliver::settings::{FeedSettings, FeedTarget};
use crate::error::{Words, words};

/// A folder of the store's own, with the setting that names it.
pub(super) type KeptFolder = (&'static str, PathBuf);

/// Whether one of two folders lies in the other, or is the other.
pub(super) fn overlap(one: &Path, other: &Path) -> bool {
    lies_in(one, other) || lies_in(other, one)
}

/// Whether a folder lies in another one, or is it.
fn lies_in(inner: &Path, outer: &Path) -> bool {
    real(inner).starts_with(real(outer))
}

/// A path without links and `..`, resolved as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut known = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                known.pop();
            }
            part => known.push(part),
        }
        known = known.canonicalize().unwrap_or(known);
    }
    known
}

/// The folder of the store's own that a folder to write into lies in, or is.
pub(super) fn kept_around<'k>(folder: &Path, kept: &'k [KeptFolder]) -> Option<&'k KeptFolder> {
    kept.iter().find(|(_, outer)| lies_in(folder, outer))
}

/// What is wrong with the folder that the packages of a feed are put into: it is one of the store's own, or those who
/// look into it are not those whom another feed there is for.
pub(super) fn feed_folder_fault(feed: &FeedSettings, all: &[FeedSettings], kept: &[KeptFolder]) -> Option<Words> {
    let Some(FeedTarget::Folder(to)) = &feed.target else { return None };
    if let Some((key, folder)) = kept.iter().find(|(_, folder)| overlap(to, folder)) {
        return Some(words!(
            "{} 与 {key} 的 {} 不得互相包含",
            "{} and the {key} {} must not lie in one another",
            to.display(),
            folder.display()
        ));
    }
    let other = all.iter().filter(|other| other.audience != feed.audience).find(|other| match &other.target {
        // Whoever reads a folder reads those in it.
        Some(FeedTarget::Folder(theirs)) => match feed.audience {
            Audience::Superior => lies_in(to, theirs),
            Audience::Public => lies_in(theirs, to),
        },
        _ => false,
    })?;
    Some(words!(
        "推送 {} 面向另一类接收方（\"{}\"），也使用 {}：请各用一个文件夹",
        "the feed {} is for another audience (\"{}\") and uses {} too: give each a folder of its own",
        other.name,
        other.audience.as_str(),
        to.display()
    ))
}
