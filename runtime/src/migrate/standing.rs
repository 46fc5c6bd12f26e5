//! How far a history has been applied, by the ledger and the files.

use super::Direction;
use super::error::LedgerFault;
use super::ledger::{Entry, State};

/// One migration of a chain of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub migration: String,
    /// Its hash.
    pub hash: String,
}

/// How far a history has been applied.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// So many migrations of the chain are applied.
    pub applied: usize,
    /// A run that has begun and not ended: its row. Going up it is of the migration at `applied`, going down of the one before.
    pub unfinished: Option<Entry>,
}

/// Returns how far a history has been applied.
///
/// A baseline stands for all migrations up to its own.
///
/// # Errors
/// A ledger that does not fit the chain: two unfinished runs, a migration that is not in the chain or has another hash, a gap.
pub fn standing(entries: &[Entry], history: &str, chain: &[Link]) -> Result<Standing, LedgerFault> {
    let ours: Vec<&Entry> = entries.iter().filter(|entry| entry.history == history).collect();
    let mut unfinished: Option<&Entry> = None;
    let mut applied = vec![false; chain.len()];
    for entry in &ours {
        let Some(at) = chain.iter().position(|link| link.migration == entry.migration) else {
            // What was taken back, or never came about, may have left the files.
            if entry.is_in_effect() || entry.is_unfinished() {
                return Err(LedgerFault::Unknown { migration: entry.migration.clone(), hash: entry.hash.clone() });
            }
            continue;
        };
        // Of an unfinished run the steps that are left may be mended.
        if chain[at].hash != entry.hash && entry.is_in_effect() {
            let (migration, applied) = (entry.migration.clone(), entry.hash.clone());
            return Err(LedgerFault::Edited { migration, applied, here: chain[at].hash.clone() });
        }
        match (entry.direction, entry.state) {
            (_, State::Running | State::Failed) => {
                if let Some(other) = unfinished.filter(|other| other.migration != entry.migration) {
                    return Err(LedgerFault::TwoRunning { one: other.migration.clone(), other: entry.migration.clone() });
                }
                unfinished = Some(entry);
            }
            (Direction::Up, State::Baseline) => applied[..=at].fill(true),
            (Direction::Up, State::Done | State::Finished) => applied[at] = true,
            (Direction::Up, State::RolledBack) | (Direction::Down, _) => applied[at] = false,
        }
    }
    let count = applied.iter().filter(|it| **it).count();
    if let Some(missing) = applied[..count].iter().position(|it| !it) {
        let last = applied.iter().rposition(|it| *it).unwrap_or(missing);
        return Err(LedgerFault::Gap { missing: chain[missing].migration.clone(), applied: chain[last].migration.clone() });
    }
    Ok(Standing { applied: count, unfinished: unfinished.cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<Link> {
        ["1", "2", "3"].map(|it| Link { migration: format!("000{it}_m"), hash: format!("h{it}") }).to_vec()
    }

    fn entry(at: usize, direction: Direction, state: State) -> Entry {
        Entry {
            number: 1,
            history: "lab".into(),
            migration: format!("000{at}_m"),
            hash: format!("h{at}"),
            version: "0.1.0".into(),
            direction,
            state,
            step: 0,
            steps: 0,
            stored: None,
            started: String::new(),
            ended: None,
            by: String::new(),
        }
    }

    #[test]
    fn rows_tell_how_far_things_are() {
        let up = |at, state| entry(at, Direction::Up, state);
        let of = |entries: &[Entry]| standing(entries, "lab", &chain()).map(|it| (it.applied, it.unfinished.map(|it| it.migration)));
        assert_eq!(of(&[]).expect("in order"), (0, None));
        assert_eq!(of(&[up(2, State::Baseline)]).expect("in order"), (2, None));
        assert_eq!(of(&[up(1, State::Finished), up(2, State::Running)]).expect("in order"), (1, Some("0002_m".into())));
        let back = [up(1, State::Done), up(2, State::RolledBack), entry(2, Direction::Down, State::Done)];
        assert_eq!(of(&back).expect("in order"), (1, None));
        let again = [back.as_slice(), &[up(2, State::Done)]].concat();
        assert_eq!(of(&again).expect("in order"), (2, None));
        let halfway_back = [up(1, State::Done), up(2, State::Done), entry(2, Direction::Down, State::Failed)];
        assert_eq!(of(&halfway_back).expect("in order"), (2, Some("0002_m".into())));
    }

    #[test]
    fn ledgers_out_of_order_are_refused() {
        let up = |at, state| entry(at, Direction::Up, state);
        let of = |entries: &[Entry]| standing(entries, "lab", &chain()).expect_err("out of order");
        assert!(matches!(of(&[up(1, State::Done), up(3, State::Done)]), LedgerFault::Gap { .. }));
        assert!(matches!(of(&[up(1, State::Running), up(2, State::Running)]), LedgerFault::TwoRunning { .. }));
        assert!(matches!(of(&[up(4, State::Done)]), LedgerFault::Unknown { .. }));
        assert!(matches!(of(&[Entry { hash: "other".into(), ..up(1, State::Done) }]), LedgerFault::Edited { .. }));
    }
}
