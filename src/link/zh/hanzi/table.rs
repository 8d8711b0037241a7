//! A value for each character, in pages of 256 code points.

const PAGE: usize = 256;
/// The last ideograph is U+323AF.
const PAGES: usize = 0x324;

pub struct CharTable<T> {
    /// The page of each 256 code points; page 0 is empty.
    page_of: [u16; PAGES],
    cells: Vec<T>,
}

impl<T: Copy + Default> CharTable<T> {
    pub fn new() -> Self {
        CharTable { page_of: [0; PAGES], cells: vec![T::default(); PAGE] }
    }

    /// The value of a character; the default where none is set.
    pub fn get(&self, c: char) -> T {
        let code = c as usize;
        match self.page_of.get(code / PAGE) {
            Some(&page) => self.cells[usize::from(page) * PAGE + code % PAGE],
            None => T::default(),
        }
    }

    pub fn set(&mut self, c: char, value: T) {
        let code = c as usize;
        let page = &mut self.page_of[code / PAGE];
        if *page == 0 {
            *page = (self.cells.len() / PAGE) as u16;
            self.cells.resize(self.cells.len() + PAGE, T::default());
        }
        self.cells[usize::from(*page) * PAGE + code % PAGE] = value;
    }
}

/// Lines `key TAB characters` of a table's text.
pub fn grouped(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split_once('\t').expect("a key and characters"))
}
