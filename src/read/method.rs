//! Names of zip compression methods that are not supported.

use zip::CompressionMethod;

/// The name of an unsupported method; `None` if the method is supported.
pub(super) fn unread(method: CompressionMethod) -> Option<String> {
    let name = match method {
        CompressionMethod::Stored
        | CompressionMethod::Deflated
        | CompressionMethod::Deflate64
        | CompressionMethod::Bzip2
        | CompressionMethod::Zstd
        | CompressionMethod::Lzma
        | CompressionMethod::Xz => return None,
        other => format!("{other:?}").to_ascii_lowercase(),
    };
    let number = name.strip_prefix("unsupported(").and_then(|n| n.strip_suffix(')'));
    // Numbers of APPNOTE 4.4.5.
    Some(match number {
        Some("1") => "shrink".to_owned(),
        Some("2" | "3" | "4" | "5") => "reduce".to_owned(),
        Some("6") => "implode".to_owned(),
        Some("10") => "pkware-implode".to_owned(),
        Some("94") => "mp3".to_owned(),
        Some("96") => "jpeg".to_owned(),
        Some("97") => "wavpack".to_owned(),
        Some("98") => "ppmd".to_owned(),
        Some("99") => "aes".to_owned(),
        Some(number) => number.to_owned(),
        None => name,
    })
}
