//! Lines no wider than the terminal: a Chinese character takes two of its columns.

/// The columns of a terminal that says nothing of its width, and of a file or a pipe.
pub const PLAIN: usize = 80;
/// Narrower than this nothing can be read, and lines are left as they are.
pub const NARROWEST: usize = 20;
/// What stands in backticks stays on one line up to this width, so that a command can be copied.
const KEPT: usize = 60;

/// The columns of a terminal that a character takes: a Chinese one takes two.
pub fn width(c: char) -> usize {
    match c as u32 {
        0x201c | 0x201d | 0x2018 | 0x2019 | 0x2026 => 2,
        n if n < 0x1100 => 1,
        _ => 2,
    }
}

/// The columns that a text takes.
pub fn width_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// What must not begin a line.
fn closes(c: char) -> bool {
    "，。、；：！？）」』”’》】〉…%‰,.;:!?)]}".contains(c)
}

/// What must not end one.
fn opens(c: char) -> bool {
    "（「『“‘《【〈([{".contains(c)
}

/// A part of a line that stays together, and the spaces before it.
struct Piece {
    spaces: usize,
    text: String,
}

/// The parts of a line between which it may be broken.
fn pieces(line: &str) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let (mut spaces, mut before) = (0, None::<char>);
    let chars: Vec<char> = line.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c == ' ' {
            (spaces, before, at) = (spaces + 1, None, at + 1);
            continue;
        }
        let quoted = (c == '`').then(|| chars[at + 1..].iter().position(|c| *c == '`')).flatten();
        let text: String = match quoted.map(|length| &chars[at..at + length + 2]) {
            Some(quoted) if quoted.iter().map(|c| width(*c)).sum::<usize>() <= KEPT => quoted.iter().collect(),
            _ => c.to_string(),
        };
        at += text.chars().count();
        let joins = before.is_some_and(|b| opens(b) || closes(c) || (width(b) == 1 && width(c) == 1));
        match all.last_mut().filter(|_| joins) {
            Some(piece) => piece.text += &text,
            None => all.push(Piece { spaces: std::mem::take(&mut spaces), text: text.clone() }),
        }
        before = text.chars().last();
    }
    all
}

/// The text with each line broken where it is wider than `columns`; what follows stands two columns further in. What
/// has no place to break, such as a path, stays whole.
pub fn wrapped(text: &str, columns: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| wrapped_line(line, columns)).collect();
    lines.join("\n")
}

fn wrapped_line(line: &str, columns: usize) -> String {
    if width_of(line) <= columns {
        return line.to_owned();
    }
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let further = " ".repeat((indent + 2).min(columns / 2));
    let (mut out, mut taken) = (String::new(), 0);
    for piece in pieces(line) {
        let wide = width_of(&piece.text);
        if taken > 0 && taken + piece.spaces + wide > columns && taken > further.len() {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(&further);
            taken = further.len();
        } else {
            out.push_str(&" ".repeat(piece.spaces));
            taken += piece.spaces;
        }
        out.push_str(&piece.text);
        taken += wide;
    }
    out
}
