//! The name that was probably meant.

/// Returns the candidate nearest to `word`, if one is near enough to be a slip of the keyboard.
///
/// Near enough is a third of the longer word; letter case counts for less than a letter. Of equally near ones the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distances count in thirds, so that a difference in letter case can be less than a letter.
    let mut best: Option<(usize, &str)> = None;
    let word: Vec<char> = word.chars().take(LENGTH_MAX).collect();
    for candidate in candidates {
        let other: Vec<char> = candidate.chars().take(LENGTH_MAX).collect();
        let longest = word.len().max(other.len());
        // Any short word is one letter from any other, so there only letter case can be a slip.
        let limit = best.map_or(if longest < 3 { 1 } else { longest }, |(distance, _)| distance - 1);
        if word.len().abs_diff(other.len()) * 3 > limit {
            continue;
        }
        let distance = distance(&word, &other);
        if distance <= limit {
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

/// Returns three times the number of letters to add, drop, change or swap; one for a change of letter case.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (at, row) in rows.iter_mut().enumerate() {
        row[0] = at * 3;
    }
    for at in 0..=to.len() {
        rows[0][at] = at * 3;
    }
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let (a, b) = (from[i - 1], to[j - 1]);
            let change = if a == b {
                0
            } else if a.eq_ignore_ascii_case(&b) {
                1
            } else {
                3
            };
            let mut least = (rows[i - 1][j - 1] + change).min(rows[i - 1][j] + 3).min(rows[i][j - 1] + 3);
            if i > 1 && j > 1 && a == to[j - 2] && b == from[i - 2] {
                least = least.min(rows[i - 2][j - 2] + 3);
            }
            rows[i][j] = least;
        }
    }
    rows[from.len()][to.len()]
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
