//! What the search hid for one row may lie there in vain once it hid more for others: each move is taken back in turn,
//! and stays away where those that needed it are kept open for less.
//!
//! Where the parts of a sum are more than their whole (a person who is counted in two counties), an outsider who takes
//! them to add up has less to distribute than there is: there nothing is taken back.

use std::collections::BTreeSet;

use super::cube::{Move, NONE, Search};

/// How often all moves are gone through.
const ROUNDS: usize = 3;

struct Economy {
    /// Moves that still stand.
    stands: Vec<bool>,
    /// Of each row, the moves that touch it, and whether they keep it open.
    touching: Vec<Vec<(u32, bool)>>,
    width: i64,
    /// Rows that are hidden whatever moves.
    pinned: Vec<bool>,
}

impl Search<'_> {
    /// Hides less where that keeps every small row open; `small` says of each row whether its leading and its other
    /// measures must be.
    pub fn economize(&mut self, small: &[[bool; 2]]) {
        if self.rounds() {
            return;
        }
        let mut economy = Economy {
            stands: vec![true; self.moves.len()],
            touching: vec![Vec::new(); small.len()],
            width: self.cube.width,
            pinned: small.iter().zip(&self.cube.forced).map(|(s, f)| *f || *s != [false; 2]).collect(),
        };
        for (at, moved) in self.moves.iter().enumerate() {
            economy.touch(at as u32, moved);
        }
        for _ in 0..ROUNDS {
            let mut order: Vec<(u64, u32)> = (0..self.moves.len() as u32)
                .filter(|at| economy.stands[*at as usize])
                .map(|at| (self.cost_of(&economy.alone(at, &self.moves)), at))
                .filter(|(cost, _)| *cost > 0)
                .collect();
            order.sort_by_key(|(cost, at)| (std::cmp::Reverse(*cost), *at));
            let mut any = false;
            for (_, at) in order {
                any |= self.take_back(at, small, &mut economy);
            }
            if !any {
                break;
            }
        }
        self.settle(&economy.stands);
    }

    fn cost_of(&self, rows: &[u32]) -> u64 {
        rows.iter().map(|row| self.cube.costs[*row as usize]).sum()
    }

    /// Takes a move back where what it keeps open can be kept open for less.
    fn take_back(&mut self, at: u32, small: &[[bool; 2]], economy: &mut Economy) -> bool {
        let alone = economy.alone(at, &self.moves);
        let mut budget = self.cost_of(&alone);
        if budget == 0 || self.moves[at as usize].cells.iter().any(|cell| self.loose[cell.0 as usize]) {
            return false;
        }
        let leading = self.moves[at as usize].leading;
        let which = usize::from(!leading);
        let keeps = |other: (u32, bool)| other.1 && self.moves[other.0 as usize].leading == leading;
        let needs: Vec<u32> = self.moves[at as usize]
            .opens(economy.width)
            .filter(|row| small[*row as usize][which])
            .filter(|row| !economy.others(*row, at).any(keeps))
            .collect();
        alone.iter().for_each(|row| self.hidden[*row as usize] = false);
        let before = self.moves.len();
        let mut hides = Vec::new();
        for row in needs {
            if self.moves[before..].iter().any(|m| m.cells.iter().any(|cell| cell.0 == row)) {
                continue;
            }
            let best = self.cheapest(row, leading, true, budget);
            let Some(best) = best.filter(|best| !best.cells.iter().any(|cell| self.loose[cell.0 as usize])) else {
                hides.iter().for_each(|row: &u32| self.hidden[*row as usize] = false);
                alone.iter().for_each(|row| self.hidden[*row as usize] = true);
                self.moves.truncate(before);
                return false;
            };
            budget -= best.cost;
            best.hides.iter().for_each(|row| self.hidden[*row as usize] = true);
            hides.extend(best.hides);
            self.moves.push(Move { cells: best.cells, leading, up: best.up, down: best.down });
        }
        economy.stands[at as usize] = false;
        economy.stands.resize(self.moves.len(), true);
        for number in before..self.moves.len() {
            economy.touch(number as u32, &self.moves[number]);
        }
        true
    }

    /// Leaves out the moves that were taken back.
    fn settle(&mut self, stands: &[bool]) {
        let mut stand = stands.iter();
        self.moves.retain(|_| *stand.next().expect("as many as moves"));
        self.kept_by.iter_mut().for_each(|kept| kept.fill(NONE));
        for (at, moved) in self.moves.iter().enumerate() {
            for row in moved.opens(self.cube.width) {
                self.kept_by[usize::from(!moved.leading)][row as usize] = at as u32;
            }
        }
    }
}

impl Economy {
    fn touch(&mut self, at: u32, moved: &Move) {
        let opens: BTreeSet<u32> = moved.opens(self.width).collect();
        moved.cells.iter().for_each(|(row, _)| self.touching[*row as usize].push((at, opens.contains(row))));
    }

    /// Other moves that stand and touch a row, and whether they keep it open.
    fn others(&self, row: u32, at: u32) -> impl Iterator<Item = (u32, bool)> {
        self.touching[row as usize].iter().copied().filter(move |m| m.0 != at && self.stands[m.0 as usize])
    }

    /// Rows that are hidden because of this move alone.
    fn alone(&self, at: u32, moves: &[Move]) -> Vec<u32> {
        let rows = moves[at as usize].cells.iter().map(|cell| cell.0);
        rows.filter(|row| !self.pinned[*row as usize] && self.others(*row, at).next().is_none()).collect()
    }
}
