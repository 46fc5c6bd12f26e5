//! The name that was probably meant: one measure of slips for all messages.

/// Returns the candidate nearest to `word`, if one is near enough to be a slip of the keyboard.
///
/// Near enough is a third of the longer word; letter case counts for less than a letter. Of equally near ones the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distances count in thirds, so that a difference in letter case can be less than a letter.
    let mut best: Option<(usize, &str)> = None;
    let word: Vec<char> = word.chars().take(LENGTH_MAX).collect();
    let mut other: Vec<char> = Vec::new();
    let mut rows = Rows::default();
    for candidate in candidates.into_iter().take(CANDIDATES_MAX) {
        other.clear();
        other.extend(candidate.chars().take(LENGTH_MAX));
        let longest = word.len().max(other.len());
        // Any short word is one letter from any other, so there only letter case can be a slip.
        let limit = best.map_or(if longest < 3 { 1 } else { longest }, |(distance, _)| distance - 1);
        if word.len().abs_diff(other.len()) * 3 > limit {
            continue;
        }
        if let Some(distance) = rows.distance(&word, &other, limit) {
            if distance == 0 {
                return Some(candidate);
            }
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Names longer than this are compared by their beginning.
const LENGTH_MAX: usize = 80;

/// No more candidates than this are compared.
const CANDIDATES_MAX: usize = 20_000;

/// The rows of the table of distances that are still needed; kept from one comparison to the next.
#[derive(Default)]
struct Rows {
    last_but_one: Vec<usize>,
    last: Vec<usize>,
    this: Vec<usize>,
}

impl Rows {
    /// Returns three times the number of letters to add, drop, change or swap, one for a change of letter case; `None` above `limit`.
    fn distance(&mut self, from: &[char], to: &[char], limit: usize) -> Option<usize> {
        let Rows { last_but_one, last, this } = self;
        last.clear();
        last.extend((0..=to.len()).map(|at| at * 3));
        last_but_one.clone_from(last);
        for (i, a) in from.iter().enumerate() {
            this.clear();
            this.push((i + 1) * 3);
            let mut least_of_row = this[0];
            for (j, b) in to.iter().enumerate() {
                let change = if a == b {
                    0
                } else if a.eq_ignore_ascii_case(b) {
                    1
                } else {
                    3
                };
                let mut least = (last[j] + change).min(last[j + 1] + 3).min(this[j] + 3);
                if i > 0 && j > 0 && *a == to[j - 1] && *b == from[i - 1] {
                    least = least.min(last_but_one[j - 1] + 3);
                }
                this.push(least);
                least_of_row = least_of_row.min(least);
            }
            // No later row has less: a swap looks back over one row, but costs three, as dropping a letter does.
            if least_of_row > limit {
                return None;
            }
            std::mem::swap(last_but_one, last);
            std::mem::swap(last, this);
        }
        last.last().copied().filter(|distance| *distance <= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let names = ["Subject", "Session", "SubjBlinded"];
        assert_eq!(nearest("Sbuject", names), Some("Subject"));
        assert_eq!(nearest("subject", names), Some("Subject"));
        assert_eq!(nearest("Sessions", names), Some("Session"));
        assert_eq!(nearest("Electrode", names), None);
        assert_eq!(nearest("q", ["x", "Q"]), Some("Q"));
    }
}
