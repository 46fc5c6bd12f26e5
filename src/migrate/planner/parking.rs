//! Hidden names.

use djc_core::plan::{PARKED_COLUMN, PARKED_TABLE};

use super::Park;

/// Greatest length of a hidden name in bytes: what every server takes.
const NAME_MAX: usize = 63;

/// Returns the hidden name of a column that goes; `None` where nothing is kept.
pub(super) fn parked_column(park: Park<'_>, name: &str) -> Option<String> {
    park.mark().map(|mark| cut(&format!("{PARKED_COLUMN}{mark}_{name}")))
}

/// Returns the hidden name of a table that goes; `None` where nothing is kept.
pub(super) fn parked_table(park: Park<'_>, stored: &str) -> Option<String> {
    park.mark().map(|mark| cut(&format!("{PARKED_TABLE}{mark}_{stored}")))
}

/// Returns the name under which a column gets its values before it takes its own name.
pub(super) fn working_column(park: Park<'_>, name: &str) -> String {
    cut(&format!("{PARKED_COLUMN}new_{}{name}", park.mark().map(|mark| format!("{mark}_")).unwrap_or_default()))
}

/// Returns a name for a column that is on its way to another, or to be dropped.
pub(super) fn passing_column(name: &str) -> String {
    cut(&format!("{PARKED_COLUMN}old_{name}"))
}

/// Returns a name for a table that is on its way to another, or to be dropped.
pub(super) fn passing_table(stored: &str) -> String {
    cut(&format!("{PARKED_TABLE}old_{stored}"))
}

/// Cuts a name to what servers take; a digest at the end keeps names apart.
fn cut(name: &str) -> String {
    if name.len() <= NAME_MAX {
        return name.to_string();
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    let mut end = NAME_MAX - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", &name[..end], &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let park = Park::Under("0007");
        assert_eq!(parked_column(park, "weight").as_deref(), Some("_djc_0007_weight"));
        let (one, other) = (format!("{}a", "µ".repeat(40)), format!("{}b", "µ".repeat(40)));
        let (one, other) = (parked_table(park, &one).expect("it is kept"), parked_table(park, &other).expect("it is kept"));
        assert!(one.len() <= NAME_MAX && other.len() <= NAME_MAX);
        assert_ne!(one, other);
    }
}
