//! Files and folders that only their owner can open: modes 0600 and 0700.

use std::fs::{self, File, OpenOptions};
use std::io::Result;
use std::path::Path;

/// Creates a folder and its missing parents.
pub fn make_dirs(dir: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Creates an empty file, replacing an existing one.
pub fn create(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Opens a file for appending; creates it if it does not exist.
pub fn append_to(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().append(true).create(true))
}

/// Creates a file that must not exist yet.
pub fn create_new(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().write(true).create_new(true))
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

/// Closes an existing folder to other users.
pub fn close_dir(dir: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let _ = dir;
    Ok(())
}

/// Closes everything below a folder to other users: files put there by hand or by an older version. Since the folder
/// itself keeps others out, anything that cannot be changed, or disappears meanwhile, is skipped.
pub fn close_below(dir: &Path) {
    #[cfg(unix)]
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        use std::os::unix::fs::PermissionsExt;
        // The metadata of the entry itself: links are not followed.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_symlink() {
            continue;
        }
        let (mode, is_dir) = (metadata.permissions().mode(), metadata.is_dir());
        if mode & 0o077 != 0 {
            let _ = fs::set_permissions(entry.path(), fs::Permissions::from_mode(if is_dir { 0o700 } else { 0o600 }));
        }
        if is_dir {
            close_below(&entry.path());
        }
    }
    let _ = dir;
}
